import type { Tensor } from '@tensorflow/tfjs-core'
import { pad, reshape, slice } from './kernel.ts'

/** Pads the spatial axes of x [n, h, w, c], or crops them where an amount is negative; what is padded may be cropped too. */
export function resize(x: Tensor, amounts: readonly (readonly [number, number])[], value = 0): Tensor {
  const all = [[0, 0] as const, ...amounts, [0, 0] as const]
  const padded = pad(
    x,
    all.map(([before, after]) => [Math.max(before, 0), Math.max(after, 0)] as const),
    value,
  )
  return slice(
    padded,
    all.map(([before]) => Math.max(-before, 0)),
    x.shape.map((dim, axis) => dim + all[axis]![0] + all[axis]![1]),
  )
}

/** x [n, h, w, c] with stride − 1 zeros between its neighbours along both spatial axes. */
export function insertZeros(x: Tensor, [strideH, strideW]: readonly [number, number]): Tensor {
  const [n, h, w, c] = x.shape as [number, number, number, number]
  let spread = x
  // Each pixel becomes a row of its own, which grows at its end.
  if (strideW > 1)
    spread = reshape(
      pad(reshape(x, [n * h * w, 1, c]), [
        [0, 0],
        [0, strideW - 1],
        [0, 0],
      ]),
      [n, h, w * strideW, c],
    )
  const wide = w * strideW
  if (strideH > 1)
    spread = reshape(
      pad(reshape(spread, [n * h, 1, wide * c]), [
        [0, 0],
        [0, strideH - 1],
        [0, 0],
      ]),
      [n, h * strideH, wide, c],
    )
  return slice(spread, [0, 0, 0, 0], [n, (h - 1) * strideH + 1, (w - 1) * strideW + 1, c])
}
