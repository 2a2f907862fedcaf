import type { DType } from '@fn/core'
import { type Draft, draft, float, int, label } from '../op-case.ts'

const noSlope = { gradient: false }

const constant = (what: string, data: readonly number[], shape: readonly number[], dtype: DType): Draft =>
  draft(what, [], (b) => b.constant(data, shape, dtype), noSlope)

const iota = (shape: readonly number[], axis: number, dtype: DType): Draft =>
  draft(`${dtype} ${label(shape)} along ${axis}`, [], (b) => b.iota(shape, axis, dtype), noSlope)

const random = (distribution: 'uniform' | 'normal'): Draft =>
  draft(distribution, [], (b) => b.random([3, 4], distribution), { ...noSlope, shapeOnly: true })

export const sourceCases = {
  constant: [
    constant('float32', [1.5, -2, 0.25, 3, 0, -0.5], [2, 3], 'float32'),
    constant('float32 filled', [0.75], [2, 3], 'float32'),
    constant('float32 scalar', [-3.5], [], 'float32'),
    constant('not finite', [Infinity, -Infinity, Number.NaN, 1], [4], 'float32'),
    constant('int32', [-7, 0, 2147483647, -2147483648], [4], 'int32'),
    constant('int32 filled', [-7], [2, 2], 'int32'),
    constant('bool', [1, 0, 1], [3], 'bool'),
    constant('bool filled', [1], [2, 2], 'bool'),
    draft('added to x', [float([2, 3])], (b, [x]) => b.add(x!, b.constant([1, -2, 3], [3]))),
  ],
  iota: [
    iota([5], 0, 'int32'),
    iota([2, 3], 0, 'int32'),
    iota([2, 3], 1, 'int32'),
    iota([2, 3, 2], 1, 'float32'),
    iota([2, 2, 3, 2], 2, 'float32'),
    draft(
      'one-hot of x',
      [int([4], [2, 0, 1, 2])],
      (b, [x]) => b.cast(b.equal(b.reshape(x!, [4, 1]), b.iota([1, 3], 1)), 'float32'),
      noSlope,
    ),
  ],
  random: [random('uniform'), random('normal')],
  dimSize: [
    draft('of axis 0', [float([2, 3])], (b, [x]) => b.dimSize(x!, 0), noSlope),
    draft('of axis 2', [float([2, 3, 4])], (b, [x]) => b.dimSize(x!, 2), noSlope),
    draft('of int32', [int([5])], (b, [x]) => b.dimSize(x!, 0), noSlope),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
