import type { Choices } from '../choices.ts'
import { type ModelSketch, sizesOf } from '../model-sketch.ts'
import { image, MOST, type ModelStep, ofRank, sequence, sizeOf } from './model-step.ts'

/** A sequence or an image, and of which of them it is. */
function spatial(s: ModelSketch, pick: Choices) {
  const flat = pick.maybe(50)
  const x = flat ? s.any(pick, ofRank(2), () => sequence(pick)) : s.any(pick, ofRank(3), () => image(pick))
  return { flat, x, sizes: sizesOf(x).slice(0, -1), channels: sizesOf(x).at(-1)! }
}

const conv: ModelStep = (s, pick) => {
  const { flat, x, sizes, channels } = spatial(s, pick)
  const kernelSize = sizes.map((size) => Math.min(pick.of([2, 3, 1]), size))
  const dilated = pick.maybe(20) && kernelSize.every((size, axis) => 2 * size - 1 <= sizes[axis]!)
  const groups = pick.maybe(20) ? channels : 1
  const options = {
    filters: groups * pick.of([1, 2]),
    kernelSize,
    padding: pick.of(['valid', 'same'] as const),
    activation: pick.of(['linear', 'tanh', 'relu'] as const),
    ...(dilated ? { dilationRate: 2 } : { strides: pick.of([1, 2]) }),
    ...(groups > 1 ? { groups } : {}),
  }
  s.call(
    flat
      ? s.make('conv1d', pick.maybe(25) ? { ...options, padding: 'causal' } : options)
      : s.make('conv2d', options),
    [x],
  )
}

/** Convolutions of each channel by itself, and those that go the other way. */
const convOfOtherKinds: ModelStep = (s, pick) => {
  const { flat, x, sizes, channels } = spatial(s, pick)
  const options = {
    kernelSize: sizes.map((size) => Math.min(pick.of([2, 1, 3]), size)),
    padding: pick.of(['valid', 'same'] as const),
    strides: pick.of([1, 2]),
  }
  const filters = pick.of([1, 2])
  switch (pick.of(['depthwise', 'separable', 'transpose'] as const)) {
    case 'depthwise':
      s.call(s.make(flat ? 'depthwiseConv1d' : 'depthwiseConv2d', options), [x])
      return
    case 'separable':
      s.call(s.make(flat ? 'separableConv1d' : 'separableConv2d', { ...options, filters }), [x])
      return
    default:
      if (4 * sizeOf(sizes) * channels <= MOST * 2)
        s.call(s.make(flat ? 'conv1dTranspose' : 'conv2dTranspose', { ...options, filters }), [x])
  }
}

const pool: ModelStep = (s, pick) => {
  const { flat, x, sizes } = spatial(s, pick)
  if (pick.maybe(35)) {
    const kind = flat
      ? pick.of(['globalAveragePooling1d', 'globalMaxPooling1d'] as const)
      : pick.of(['globalAveragePooling2d', 'globalMaxPooling2d'] as const)
    s.call(s.make(kind, pick.maybe(30) ? { keepdims: true } : {}), [x])
    return
  }
  const kind = flat
    ? pick.of(['maxPooling1d', 'averagePooling1d'] as const)
    : pick.of(['maxPooling2d', 'averagePooling2d'] as const)
  s.call(
    s.make(kind, {
      poolSize: sizes.map((size) => Math.min(pick.of([2, 3]), size)),
      padding: pick.of(['valid', 'same'] as const),
      ...(pick.maybe(40) ? { strides: pick.of([1, 2]) } : {}),
    }),
    [x],
  )
}

const edges: ModelStep = (s, pick) => {
  const { flat, x, sizes } = spatial(s, pick)
  switch (pick.of(['padding', 'cropping', 'upSampling'] as const)) {
    case 'padding':
      if (2 * sizeOf(sizesOf(x)) <= MOST)
        s.call(s.make(flat ? 'zeroPadding1d' : 'zeroPadding2d', { padding: 1 }), [x])
      return
    case 'cropping':
      if (sizes.every((size) => size > 2))
        s.call(s.make(flat ? 'cropping1d' : 'cropping2d', { cropping: 1 }), [x])
      return
    default:
      if (4 * sizeOf(sizesOf(x)) <= 2 * MOST)
        s.call(s.make(flat ? 'upSampling1d' : 'upSampling2d', { size: 2 }), [x])
  }
}

export const spatialLayers = { conv, convOfOtherKinds, pool, edges }
