import type { Builder, Value } from '@fn/core'
import { bool, type Draft, draft, extremeIntegers, float, int, label, notFinite } from '../op-case.ts'

type List = readonly number[]

const reshape = (from: List, to: List): Draft =>
  draft(`${label(from)} to ${label(to)}`, [float(from)], (b, [x]) => b.emit('reshape', [x!], { shape: to }))

const transpose = (shape: List, permutation: List): Draft =>
  draft(`${label(shape)} by ${permutation}`, [float(shape)], (b, [x]) =>
    b.emit('transpose', [x!], { permutation }),
  )

const broadcast = (from: List, to: List): Draft =>
  draft(`${label(from)} to ${label(to)}`, [float(from)], (b, [x]) => b.emit('broadcast', [x!], { shape: to }))

const slice = (shape: List, starts: List, ends: readonly (number | null)[], strides?: List): Draft =>
  draft(
    `${label(shape)} [${starts}] to [${ends.map((end) => end ?? 'end')}]${strides ? ` by [${strides}]` : ''}`,
    [float(shape)],
    (b, [x]) => b.slice(x!, starts, ends, strides),
  )

const pad = (shape: List, low: List, high: List, value = 0): Draft =>
  draft(
    `${label(shape)} [${low}] [${high}] with ${value}`,
    [float(shape)],
    (b, [x]) => b.pad(x!, low, high, value),
    // Beside what is far out a difference is lost.
    { gradient: Math.abs(value) < 100 || 'by rule' },
  )

const concat = (axis: number, ...shapes: readonly List[]): Draft =>
  draft(
    `${label(...shapes)} along ${axis}`,
    shapes.map((shape) => float(shape)),
    (b, inputs) => b.concat(inputs, axis),
  )

const reverse = (shape: List, axes: List): Draft =>
  draft(`${label(shape)} along ${axes}`, [float(shape)], (b, [x]) => b.reverse(x!, axes))

const noSlope = { gradient: false }

/** What moves elements has to leave them as they are, whatever they are. */
const untouched = (write: (b: Builder, x: Value) => Value): readonly Draft[] => [
  draft(
    'not finite',
    [float([3, 4], [...notFinite, 1, 2, ...notFinite, 3, 4, -5, 6])],
    (b, [x]) => write(b, x!),
    {
      gradient: 'by rule',
    },
  ),
  draft(
    'huge and tiny',
    [float([3, 4], 'huge'), float([3, 4], 'tiny')],
    (b, xs) => xs.map((x) => write(b, x)),
    {
      gradient: 'by rule',
    },
  ),
  draft(
    'int32, extremes',
    [int([3, 4], [...extremeIntegers, 1, 2, 3, 4])],
    (b, [x]) => write(b, x!),
    noSlope,
  ),
  draft('bool, odd sizes', [bool([5, 7]), bool([3, 5])], (b, xs) => xs.map((x) => write(b, x)), noSlope),
]

/** int32 and bool without elements. */
const nothing = (shape: List, write: (b: Builder, x: Value) => Value): Draft =>
  draft(
    `int32 and bool, ${label(shape)}`,
    [int(shape), bool(shape)],
    (b, xs) => xs.map((x) => write(b, x)),
    noSlope,
  )

export const moveCases = {
  reshape: [
    reshape([2, 3], [3, 2]),
    reshape([2, 3], [6]),
    reshape([], [1]),
    reshape([1, 1], []),
    reshape([6], [1, 2, 3]),
    reshape([2, 3, 4], [4, 6]),
    reshape([4, 6], [2, 2, 3, 2]),
    reshape([2, 3, 2, 2], [2, 1, 3, 4, 1]),
    reshape([2, 1, 2, 3, 2], [8, 3]),
    draft('int32', [int([2, 3])], (b, [x]) => b.reshape(x!, [3, 2]), noSlope),
    draft('bool', [bool([2, 3])], (b, [x]) => b.reshape(x!, [6]), noSlope),
    reshape([0], [0, 3]),
    reshape([2, 0, 3], [0, 5]),
    reshape([1], []),
    reshape([1, 2, 1, 2, 3], [12]),
    reshape([17], [1, 17, 1]),
    nothing([2, 0], (b, x) => b.reshape(x, [0])),
    ...untouched((b, x) => b.reshape(x, [x.shape[1]!, x.shape[0]!])),
  ],
  transpose: [
    transpose([2, 3], [1, 0]),
    transpose([4], [0]),
    transpose([2, 3, 4], [0, 2, 1]),
    transpose([2, 3, 4], [2, 0, 1]),
    transpose([2, 3, 4], [1, 2, 0]),
    transpose([2, 3, 1, 4], [0, 2, 1, 3]),
    transpose([2, 3, 4, 5], [3, 1, 2, 0]),
    transpose([2, 3, 4, 2], [0, 3, 1, 2]),
    transpose([2, 1, 3, 2, 4], [4, 2, 0, 3, 1]),
    transpose([2, 3, 2, 1, 3], [1, 4, 3, 0, 2]),
    draft('int32', [int([2, 3])], (b, [x]) => b.transpose(x!, [1, 0]), noSlope),
    draft('bool', [bool([2, 3])], (b, [x]) => b.transpose(x!, [1, 0]), noSlope),
    transpose([], []),
    transpose([2, 0, 3], [2, 0, 1]),
    transpose([1, 1, 3], [2, 1, 0]),
    transpose([17, 5], [1, 0]),
    transpose([3, 5, 7], [1, 0, 2]),
    transpose([2, 3, 1, 2, 3], [0, 1, 2, 4, 3]),
    nothing([2, 0], (b, x) => b.transpose(x, [1, 0])),
    ...untouched((b, x) => b.transpose(x, [1, 0])),
    draft('bool of rank 4', [bool([2, 3, 1, 5])], (b, [x]) => b.transpose(x!, [3, 1, 0, 2]), noSlope),
  ],
  broadcast: [
    broadcast([3], [2, 3]),
    broadcast([], [2, 3]),
    broadcast([], []),
    broadcast([2, 1], [2, 3]),
    broadcast([1, 3], [2, 3]),
    broadcast([2, 1, 3], [2, 4, 3]),
    broadcast([3, 1], [2, 3, 4]),
    broadcast([2, 1, 2, 1], [2, 3, 2, 2]),
    broadcast([1, 3, 1], [2, 1, 2, 3, 2]),
    draft('int32', [int([3])], (b, [x]) => b.broadcast(x!, [2, 3]), noSlope),
    draft('bool', [bool([2, 1])], (b, [x]) => b.broadcast(x!, [2, 3]), noSlope),
    broadcast([1], [0]),
    broadcast([], [2, 0]),
    broadcast([0], [3, 0]),
    broadcast([2, 1], [2, 0]),
    broadcast([1], [17]),
    broadcast([], [1, 1, 1, 1, 1]),
    broadcast([5, 1], [3, 5, 7]),
    broadcast([1, 2, 1, 2, 1], [2, 2, 3, 2, 2]),
    nothing([1, 0], (b, x) => b.broadcast(x, [2, 0])),
    ...untouched((b, x) => b.broadcast(x, [2, ...x.shape])),
  ],
  slice: [
    slice([5], [1], [4]),
    slice([7], [0], [null], [2]),
    slice([7], [1], [7], [3]),
    slice([3, 4], [0, 1], [null, 3]),
    slice([3, 4], [2, 0], [3, null]),
    slice([5, 6], [0, 1], [5, 6], [2, 2]),
    slice([5, 7], [1, 0], [null, null], [3, 2]),
    slice([2, 5, 3], [0, 1, 0], [null, 5, null], [1, 2, 1]),
    slice([2, 5, 4, 3], [0, 1, 1, 0], [null, 4, 4, 2]),
    slice([2, 3, 4, 2, 3], [1, 0, 0, 0, 1], [2, 2, 4, 2, 3], [1, 1, 2, 1, 1]),
    draft('int32', [int([4, 5])], (b, [x]) => b.slice(x!, [1, 0], [3, null], [1, 2]), noSlope),
    draft('bool', [bool([4, 5])], (b, [x]) => b.slice(x!, [1, 0], [3, 4]), noSlope),
    slice([5], [2], [2]),
    slice([0], [0], [0]),
    slice([0, 3], [0, 1], [null, 3]),
    slice([4, 3], [4, 0], [null, 2]),
    slice([1], [0], [1], [3]),
    slice([3, 5], [2, 4], [3, 5], [2, 7]),
    slice([17], [3], [null]),
    slice([5, 13], [1, 2], [4, 9]),
    slice([2, 3, 2, 3, 5], [0, 1, 0, 0, 2], [2, 3, 1, 3, 5]),
    nothing([3, 0], (b, x) => b.slice(x, [1, 0], [3, 0])),
    ...untouched((b, x) => b.slice(x, [1, 0], [3, 3])),
    draft(
      'int32 extremes by strides',
      [int([8], extremeIntegers)],
      (b, [x]) => b.slice(x!, [0], [null], [2]),
      noSlope,
    ),
    draft('bool by strides', [bool([5, 7])], (b, [x]) => b.slice(x!, [0, 1], [5, 7], [2, 3]), noSlope),
  ],
  pad: [
    pad([4], [1], [2]),
    pad([2, 3], [0, 1], [0, 0]),
    pad([2, 3], [1, 0], [2, 3], -1.5),
    pad([2, 3, 2], [0, 1, 2], [1, 0, 1]),
    pad([2, 3, 4, 2], [0, 1, 2, 0], [0, 0, 1, 0]),
    pad([2, 1, 2, 3, 2], [0, 1, 0, 0, 0], [1, 1, 0, 2, 0], 2),
    draft('int32 with 7', [int([2, 3])], (b, [x]) => b.pad(x!, [1, 0], [0, 2], 7), noSlope),
    draft('bool with true', [bool([2, 3])], (b, [x]) => b.pad(x!, [0, 1], [1, 0], 1), noSlope),
    pad([0], [2], [1]),
    pad([2, 0], [1, 0], [0, 0]),
    pad([0, 3], [1, 1], [2, 0], 2.5),
    pad([1], [0], [16]),
    pad([5, 13], [1, 0], [0, 3]),
    pad([2, 3], [0, 2], [1, 0], Infinity),
    pad([2, 3], [0, 2], [1, 0], -Infinity),
    pad([2], [1], [0], 1e30),
    nothing([3, 0], (b, x) => b.pad(x, [0, 1], [0, 1], 1)),
    ...untouched((b, x) => b.pad(x, [1, 0], [0, 3])),
  ],
  concat: [
    concat(0, [2, 3], [1, 3], [3, 3]),
    concat(1, [2, 3], [2, 1], [2, 2]),
    concat(0, [2], [3]),
    concat(0, [3, 2]),
    concat(1, [2, 1, 3], [2, 2, 3]),
    concat(2, [2, 2, 1], [2, 2, 3], [2, 2, 2]),
    concat(3, [2, 1, 2, 3], [2, 1, 2, 1]),
    concat(1, [1, 2, 2, 1, 2], [1, 1, 2, 1, 2]),
    draft('x with itself', [float([2, 3])], (b, [x]) => b.concat([x!, x!], 0)),
    draft('int32', [int([2, 3]), int([2, 1])], (b, inputs) => b.concat(inputs, 1), noSlope),
    draft('bool', [bool([2, 3]), bool([1, 3])], (b, inputs) => b.concat(inputs, 0), noSlope),
    concat(0, [0], [3]),
    concat(1, [2, 3], [2, 0], [2, 1]),
    concat(0, [0, 2], [0, 2]),
    concat(0, [0, 2], [3, 2], [0, 2]),
    concat(1, [0, 2], [0, 3]),
    concat(1, [5, 17], [5, 3]),
    concat(0, [1], [1], [1], [1], [1], [1], [1]),
    draft(
      'int32 and bool with nothing',
      [int([2, 3]), int([2, 0]), bool([2, 3]), bool([2, 0])],
      (b, [x, y, p, q]) => [b.concat([x!, y!], 1), b.concat([q!, p!], 1)],
      noSlope,
    ),
    ...untouched((b, x) => b.concat([x, x], 1)),
  ],
  reverse: [
    reverse([5], [0]),
    reverse([2, 3], [0]),
    reverse([2, 3], [1]),
    reverse([2, 3], [0, 1]),
    reverse([2, 3, 4], [1]),
    reverse([2, 3, 4], [0, 2]),
    reverse([3, 3, 2, 2], [0, 1]),
    reverse([2, 1, 3, 2, 2], [2, 4]),
    draft('int32', [int([2, 3])], (b, [x]) => b.reverse(x!, [1]), noSlope),
    draft('bool', [bool([2, 3])], (b, [x]) => b.reverse(x!, [1]), noSlope),
    reverse([0], [0]),
    reverse([2, 0, 3], [0, 2]),
    reverse([1, 1], [0, 1]),
    reverse([17], [0]),
    reverse([5, 13], [1]),
    reverse([2, 3], []),
    reverse([1, 2, 1, 3, 2], [1, 3, 4]),
    nothing([3, 0], (b, x) => b.reverse(x, [0])),
    ...untouched((b, x) => b.reverse(x, [1])),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
