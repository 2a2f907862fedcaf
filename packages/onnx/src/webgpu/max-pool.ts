import type { PoolAttributes } from '@fn/core'
import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../graph/types.ts'
import { maximaByPlace } from '../ops/maxima.ts'
import { placesIn } from '../ops/pads.ts'
import { cut, padded, spread } from './pieces.ts'

/** Of a float32; a GPU need not know infinity. */
const LOWEST = -3.4028234663852886e38

/**
 * The gradient of MaxPool without its second output, the places of the maxima, which the WebGPU provider of ONNX Runtime does
 * not give (microsoft/onnxruntime#23714). For each place of the window, what comes to it goes to the element that was there.
 */
export function webgpuMaxPoolGrad(
  graph: Graph,
  [x, y, g]: readonly [Tensor, Tensor, Tensor],
  { window, strides, padding }: PoolAttributes,
): Tensor {
  const size = x.shape.slice(2) as number[]
  const out = y.shape.slice(2) as number[]
  const images = padding.reduce(
    (tensor, [low, high], axis) => padded(graph, tensor, axis + 2, low, high, LOWEST),
    x,
  )
  const parts = maximaByPlace(graph, [images, y, g], window, strides)
  const wholes = placesIn(window).map((place, at) =>
    place.reduce((tensor, start, axis) => {
      const apart = spread(graph, tensor, axis + 2, strides[axis]!)
      // All parts lie in as much room as the last place of the window needs.
      return padded(graph, apart, axis + 2, start, window[axis]! - 1 - start)
    }, parts[at]!),
  )
  const sum = wholes.reduce((a, b) => graph.one('Add', [a, b], a))
  return size.reduce((tensor, count, axis) => {
    const low = padding[axis]![0]
    const room = out[axis]! * strides[axis]! + window[axis]! - 1
    const reached = padded(graph, tensor, axis + 2, 0, Math.max(low + count - room, 0))
    return cut(graph, reached, axis + 2, low, low + count)
  }, sum)
}
