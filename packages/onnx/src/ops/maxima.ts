import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../graph/types.ts'
import { placesIn } from './pads.ts'

/**
 * For each place of a window, with all windows at once: g where the first maximum of the window stands at this place,
 * else 0.
 *
 * @param inputs x, with its padding, channels first; y, the maxima of its windows, and g in the shape of y
 */
export function maximaByPlace(
  graph: Graph,
  [x, y, g]: readonly [Tensor, Tensor, Tensor],
  window: readonly number[],
  strides: readonly number[],
): readonly Tensor[] {
  const out = y.shape.slice(2) as number[]
  const truth = { shape: y.shape, dtype: 'bool' } as const
  const places = placesIn(window)
  const axes = graph.list(...out.map((_, axis) => axis + 2))
  const zero = graph.scalar(0)
  let passed: Tensor | undefined
  return places.map((place, at) => {
    let here: Tensor | undefined
    if (at < places.length - 1) {
      const ends = place.map((start, axis) => start + (out[axis]! - 1) * strides[axis]! + 1)
      const cut = [graph.list(...place), graph.list(...ends), axes, graph.list(...strides)]
      here = graph.one('Equal', [graph.one('Slice', [x, ...cut], y), y], truth)
    }
    if (passed !== undefined) {
      const open = graph.one('Not', [passed], truth)
      // A window that has it nowhere before has it at its last place.
      const first = here === undefined ? open : graph.one('And', [here, open], truth)
      if (here !== undefined) passed = graph.one('Or', [passed, here], truth)
      here = first
    } else passed = here
    return here === undefined ? g : graph.one('Where', [here, g, zero], g)
  })
}
