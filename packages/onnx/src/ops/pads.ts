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

/** All places in a window, row by row. */
export const placesIn = (window: readonly number[]): readonly (readonly number[])[] =>
  window.reduce<readonly (readonly number[])[]>(
    (places, size) => places.flatMap((place) => Array.from({ length: size }, (_, at) => [...place, at])),
    [[]],
  )
