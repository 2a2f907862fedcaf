import { concrete, type Shape, sizeOf, stridesOf, type WindowAttributes, windowCount } from '@fn/core'
import { offsets } from './tensor.ts'

/**
 * All touches of a window that slides over the spatial axes: element `kernel[t]` of the window, at its place
 * `output[t]`, lies on element `input[t]` of the input. Positions count row-major over the spatial axes. Sorted by
 * output, then by element of the window; what falls on padding is left out.
 *
 * Convolution is the trilinear form Σₜ x[input t] · k[kernel t] · y[output t], taken with two of the three given.
 */
export interface Taps {
  readonly output: Int32Array
  readonly input: Int32Array
  readonly kernel: Int32Array
}

export function tapsOf(inputSize: Shape, attrs: WindowAttributes): Taps {
  const { window, strides, dilations, padding } = attrs
  const size = concrete(inputSize)
  const outputSize = size.map((dim, axis) => windowCount(dim, axis, attrs) as number)
  const places = sizeOf(outputSize)
  const elements = sizeOf(window)

  // Along each axis for itself, the position o · stride + k · dilation − before, of all pairs of o and k.
  const position = size.map((_, axis) => {
    const ofPlace = offsets(outputSize, onAxis(axis, strides))
    const ofElement = offsets(window, onAxis(axis, dilations), -padding[axis]![0])
    return (place: number, element: number): number => ofPlace[place]! + ofElement[element]!
  })

  const inputStrides = stridesOf(size)
  const [output, input, kernel] = [0, 0, 0].map(() => new Int32Array(places * elements)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  let count = 0
  for (let place = 0; place < places; place++) {
    for (let element = 0; element < elements; element++) {
      let from = 0
      let inside = true
      for (let axis = 0; axis < size.length; axis++) {
        const at = position[axis]!(place, element)
        inside &&= at >= 0 && at < size[axis]!
        from += at * inputStrides[axis]!
      }
      if (!inside) continue
      output[count] = place
      input[count] = from
      kernel[count++] = element
    }
  }
  return {
    output: output.subarray(0, count),
    input: input.subarray(0, count),
    kernel: kernel.subarray(0, count),
  }
}

/** The steps with all axes but one standing still. */
const onAxis = (axis: number, steps: readonly number[]): number[] =>
  steps.map((step, at) => (at === axis ? step : 0))
