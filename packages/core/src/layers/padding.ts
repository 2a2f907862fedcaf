import { ShapeError } from '../errors.ts'
import { windowSpan } from '../program/ops/window.ts'
import type { Shape } from '../program/types.ts'

/** valid: windows stay inside. same: ⌈size / stride⌉ windows, with zeros around where need be. */
export type Padding = 'valid' | 'same'

/** causal: zeros before the first step alone, so that no window sees what comes after its own step. */
export type CausalPadding = Padding | 'causal'

export const paddings: readonly Padding[] = ['valid', 'same']

export const causalPaddings: readonly CausalPadding[] = [...paddings, 'causal']

/** The explicit padding of the spatial axes of x [n, …spatial, c]; where it is odd, the larger part comes last. */
export function explicitPadding(
  padding: CausalPadding,
  shape: Shape,
  window: readonly number[],
  strides: readonly number[],
  dilations: readonly number[] = window.map(() => 1),
): readonly (readonly [number, number])[] {
  return window.map((size, axis) => {
    if (padding === 'valid') return [0, 0]
    const span = windowSpan(size, dilations[axis]!)
    if (padding === 'causal') return [span - 1, 0]
    const stride = strides[axis]!
    const dim = shape[axis + 1]!
    if (typeof dim !== 'number' && stride > 1) {
      throw new ShapeError(
        `expected a fixed size along axis ${axis + 1} for padding "same" with strides > 1.`,
      )
    }
    const total =
      typeof dim === 'number' ? Math.max((Math.ceil(dim / stride) - 1) * stride + span - dim, 0) : span - 1
    return [Math.floor(total / 2), Math.ceil(total / 2)]
  })
}
