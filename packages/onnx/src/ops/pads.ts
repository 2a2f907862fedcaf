import type { PoolAttributes } from '@fn/core'
import type { Attribute } from '../graph/types.ts'

/** All amounts before, then all amounts after, as ONNX lists them. */
export const pads = (padding: PoolAttributes['padding']): number[] => [
  ...padding.map(([before]) => before),
  ...padding.map(([, after]) => after),
]

export const poolAttributes = ({
  window,
  strides,
  padding,
}: PoolAttributes): Readonly<Record<string, Attribute>> => ({
  kernel_shape: window,
  strides,
  pads: pads(padding),
})
