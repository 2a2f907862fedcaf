import { type ConvAttributes, concrete } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { reshape } from '../kernel.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import { convolve, convolveBack, filterSlope, type Planar } from './image.ts'
import { volume } from './volume.ts'

const pair = <T>(values: readonly T[], first: T): readonly [T, T] =>
  values.length === 1 ? [first, values[0]!] : [values[0]!, values[1]!]

const planar = ({ strides, dilations, padding, groups }: ConvAttributes): Planar => ({
  strides: pair(strides, 1),
  dilations: pair(dilations, 1),
  padding: pair<readonly [number, number]>(padding, [0, 0]),
  groups,
})

/** [n, w, c] → [n, 1, w, c]: one axis is an image of height 1. */
const image = (x: Tensor): Tensor =>
  x.shape.length === 3 ? reshape(x, [x.shape[0]!, 1, x.shape[1]!, x.shape[2]!]) : x
/** [k, c, f] → [1, k, c, f] */
const plane = (filter: Tensor): Tensor =>
  filter.shape.length === 3 ? reshape(filter, [1, ...filter.shape]) : filter

const isVolume = ({ strides }: ConvAttributes): boolean => strides.length === 3

const conv: Lowering<'conv'> = ({ inputs, attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  if (isVolume(attrs)) {
    const products = volume(concrete(inputs[0]!.shape), shape, concrete(inputs[1]!.shape), attrs)
    return ([x, filter]) => products.convolve(x!, filter!)
  }
  const options = planar(attrs)
  return ([x, filter]) => reshape(convolve(image(x!), plane(filter!), options), shape)
}

/** The gradient of a convolution into its input. */
const convTranspose: Lowering<'convTranspose'> = ({ inputs, attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  if (isVolume(attrs)) {
    const products = volume(shape, concrete(inputs[0]!.shape), concrete(inputs[1]!.shape), attrs)
    return ([y, filter]) => products.convolveBack(y!, filter!)
  }
  const [options, size] = [planar(attrs), pair(concrete(attrs.inputSize), 1)]
  return ([y, filter]) => reshape(convolveBack(image(y!), plane(filter!), size, options), shape)
}

/** The gradient of a convolution into its kernel. */
const convFilterGrad: Lowering<'convFilterGrad'> = ({ inputs, attrs, outputs }) => {
  const shape = concrete(outputs[0]!.shape)
  if (isVolume(attrs)) {
    const products = volume(concrete(inputs[0]!.shape), concrete(inputs[1]!.shape), shape, attrs)
    return ([x, g]) => products.filterSlope(x!, g!)
  }
  const [options, window] = [planar(attrs), pair(attrs.kernelSize, 1)]
  return ([x, g]) => reshape(filterSlope(image(x!), image(g!), window, options), shape)
}

export const convolution: Lowerings<'conv' | 'convTranspose' | 'convFilterGrad'> = {
  conv,
  convTranspose,
  convFilterGrad,
}
