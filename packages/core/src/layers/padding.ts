import type { Builder } from '../program/builder.ts'
import { addDims, ceilDiv, floorDiv, maxDims, productOf, subDims } from '../program/dims.ts'
import { windowSpan } from '../program/ops/window.ts'
import type { Dim, Shape, Value } from '../program/types.ts'

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
): readonly (readonly [Dim, Dim])[] {
  return window.map((size, axis) => {
    if (padding === 'valid') return [0, 0]
    const span = windowSpan(size, dilations[axis]!)
    if (padding === 'causal') return [span - 1, 0]
    const stride = strides[axis]!
    const dim = shape[axis + 1]!
    // A window of one element always fits.
    if (span === 1) return [0, 0]
    if (stride === 1) return [Math.floor((span - 1) / 2), Math.ceil((span - 1) / 2)]
    // (⌈n / s⌉ − 1) s + span − n, which is at least span − s
    const needed = addDims(productOf([ceilDiv(dim, stride), stride]), span - stride, productOf([-1, dim]))
    const total = span >= stride ? needed : maxDims(needed, 0)
    const before = floorDiv(total, 2)
    return [before, subDims(total, before)]
  })
}

/**
 * A tensor for a window with explicit padding. Padding that follows from a size which is known later is put around the
 * tensor itself.
 *
 * @param value what the padding holds
 */
export function padded(
  b: Builder,
  x: Value,
  padding: readonly (readonly [Dim, Dim])[],
  value = 0,
): { readonly x: Value; readonly padding: readonly (readonly [number, number])[] } {
  const isKnown = (sides: readonly [Dim, Dim]): sides is readonly [number, number] =>
    sides.every((side) => typeof side === 'number')
  if (padding.every(isKnown)) return { x, padding }
  const along = (side: 0 | 1): readonly Dim[] => [0, ...padding.map((sides) => sides[side]), 0]
  return { x: b.pad(x, along(0), along(1), value), padding: padding.map(() => [0, 0]) }
}
