import { windowSpan } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { add, stridedSlice } from './kernel.ts'
import { insertZeros, resize } from './spatial.ts'

/** [n, h, w, c] */
export type Size = readonly [number, number, number, number]

/** A window that slides over an image. */
export interface Window {
  readonly window: readonly [number, number]
  readonly strides: readonly [number, number]
  readonly dilations?: readonly [number, number]
  readonly padding: readonly (readonly [number, number])[]
}

/** The places of a window in row-major order. */
function* places([rows, columns]: readonly [number, number]): Iterable<readonly [number, number]> {
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) yield [row, column]
}

/**
 * Takes an image apart into one tensor [n, oh, ow, c] for each place of the window, and puts such tensors together
 * again, adding where windows overlap.
 */
export function windows(
  [n, h, w, c]: Size,
  [oh, ow]: readonly [number, number],
  { window, strides, dilations = [1, 1], padding }: Window,
) {
  const [height, width] = [windowSpan(oh, strides[0]), windowSpan(ow, strides[1])]
  const reach = [
    height - 1 + windowSpan(window[0], dilations[0]),
    width - 1 + windowSpan(window[1], dilations[1]),
  ] as const
  const around = [
    [padding[0]![0], reach[0] - h - padding[0]![0]],
    [padding[1]![0], reach[1] - w - padding[1]![0]],
  ] as const
  const starts = [...places(window)].map(
    ([row, column]) => [row * dilations[0], column * dilations[1]] as const,
  )
  return {
    /** Elements beyond the image count as `value`. */
    take(x: Tensor, value: number): readonly Tensor[] {
      const padded = resize(x, around, value)
      return starts.map(([row, column]) =>
        stridedSlice(
          padded,
          [0, row, column, 0],
          [n, row + height, column + width, c],
          [1, strides[0], strides[1], 1],
        ),
      )
    },
    give(pieces: readonly Tensor[]): Tensor {
      const spread = starts.map(([row, column], at) =>
        resize(insertZeros(pieces[at]!, strides), [
          [row, reach[0] - row - height],
          [column, reach[1] - column - width],
        ]),
      )
      return resize(
        spread.reduce(add),
        around.map(([before, after]) => [-before, -after] as const),
      )
    },
  }
}
