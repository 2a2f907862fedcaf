import type { DType } from '@fn/core'
import { bool, type Draft, draft, float, int, label } from '../op-case.ts'

const noSlope = { gradient: false }

const constant = (what: string, data: ArrayLike<number>, shape: readonly number[], dtype: DType): Draft =>
  draft(what, [], (b) => b.constant(data, shape, dtype), noSlope)

const iota = (shape: readonly number[], axis: number, dtype: DType): Draft =>
  draft(`${dtype} ${label(shape)} along ${axis}`, [], (b) => b.iota(shape, axis, dtype), noSlope)

const random = (distribution: 'uniform' | 'normal', shape = [3, 4]): Draft =>
  draft(`${distribution} ${label(shape)}`, [], (b) => b.random(shape, distribution), {
    ...noSlope,
    shapeOnly: true,
  })

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
    constant('huge and tiny', [1e30, -1e30, 1e38], [3], 'float32'),
    constant('tiny', [1e-30, -1e-30, 1e-37], [3], 'float32'),
    constant('of one element, rank 5', [2.5], [1, 1, 1, 1, 1], 'float32'),
    constant('bool scalar', [1], [], 'bool'),
    constant('int32 scalar', [16777217], [], 'int32'),
    draft(
      'no elements, in each dtype, listed and filled',
      [],
      (b) =>
        (['float32', 'int32', 'bool'] as const).flatMap((dtype) => [
          b.constant([], [0, 3], dtype),
          b.constant([1], [2, 0], dtype),
        ]),
      noSlope,
    ),
    draft(
      'from the middle of a memory, of which a kernel once took the beginning',
      [],
      (b) => [
        b.constant(Float32Array.of(9, 1.5, -2, 3).subarray(1), [3], 'float32'),
        b.constant(Int32Array.of(9, 8, 7).subarray(1), [2], 'int32'),
        b.constant(Uint8Array.of(1, 0, 0, 1, 0).subarray(1), [4], 'bool'),
      ],
      noSlope,
    ),
    draft(
      '−0 is not 0',
      [],
      (b) => [b.div(1, b.constant([-0], [2])), b.div(1, b.constant([-0, 0], [2]))],
      noSlope,
    ),
    draft('added to x', [float([2, 3])], (b, [x]) => b.add(x!, b.constant([1, -2, 3], [3]))),
  ],
  iota: [
    iota([5], 0, 'int32'),
    iota([2, 3], 0, 'int32'),
    iota([2, 3], 1, 'int32'),
    iota([2, 3, 2], 1, 'float32'),
    iota([2, 2, 3, 2], 2, 'float32'),
    iota([2, 1, 3, 1, 2], 2, 'int32'),
    iota([1], 0, 'float32'),
    iota([17], 0, 'float32'),
    iota([0], 0, 'int32'),
    iota([2, 0], 0, 'float32'),
    iota([0, 3], 1, 'int32'),
    draft(
      'one-hot of x',
      [int([4], [2, 0, 1, 2])],
      (b, [x]) => b.cast(b.equal(b.reshape(x!, [4, 1]), b.iota([1, 3], 1)), 'float32'),
      noSlope,
    ),
  ],
  random: [random('uniform'), random('normal'), random('uniform', [0, 3]), random('normal', [])],
  dimSize: [
    draft('of axis 0', [float([2, 3])], (b, [x]) => b.dimSize(x!, 0), noSlope),
    draft('of axis 2', [float([2, 3, 4])], (b, [x]) => b.dimSize(x!, 2), noSlope),
    draft('of int32', [int([5])], (b, [x]) => b.dimSize(x!, 0), noSlope),
    draft(
      'of bool, axes of 0 and 1',
      [bool([0, 1])],
      (b, [x]) => [b.dimSize(x!, 0), b.dimSize(x!, 1)],
      noSlope,
    ),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
