import { type Builder, broadcastShapes, concrete, type Shape, sameShape, type Value } from '@fn/core'
import type { Choices } from '../choices.ts'
import { partnerShape, type Step } from './step.ts'

const broadcasts = (from: Shape, to: Shape): boolean => {
  try {
    return sameShape(broadcastShapes(from, to), to)
  } catch {
    return false
  }
}

/** A value as an operand beside one of this shape: itself where it broadcasts to it, else the sum of its elements. */
const fitted = (b: Builder, value: Value, shape: Shape): Value =>
  broadcasts(value.shape, shape) ? value : b.reduceSum(value)

/** One equation of a body, of float32 values. Nothing is known of these but that they are moderate. */
function bodyStep(b: Builder, pick: Choices, values: readonly Value[], smooth: boolean): Value {
  const x = pick.of(values)
  const kind = pick.of([
    'tanh',
    'add',
    'mul',
    'sigmoid',
    'sub',
    'sin',
    'square',
    'softmax',
    'sum',
    'move',
    'dot',
    'kink',
    'inner',
  ])
  const other = (): Value => fitted(b, pick.of(values), x.shape)
  switch (kind) {
    case 'add':
    case 'sub':
      return b[kind](x, other())
    case 'mul':
      return b.mul(x, b.tanh(other()))
    case 'sigmoid':
    case 'sin':
      return b[kind](x)
    case 'square':
      return b.square(b.tanh(x))
    case 'softmax':
      return x.shape.length > 0 && x.shape.at(-1) !== 0 ? b.softmax(x) : b.cos(x)
    case 'sum':
      return x.shape.length > 0 ? b.reduceSum(x, [pick.below(x.shape.length)], pick.maybe(50)) : b.neg(x)
    case 'move':
      return moved(b, pick, x)
    case 'dot':
      return b.dot(x, x, {
        contract: [x.shape.map((_, axis) => axis), x.shape.map((_, axis) => axis)],
        batch: [[], []],
      })
    case 'kink':
      return smooth ? b.softplus(x) : b.max(b.relu(x), other())
    case 'inner': {
      if (x.shape.length === 0) return b.expm1(b.tanh(x))
      const { carries } = b.scan(
        [b.zerosLike({ shape: x.shape.slice(1), dtype: 'float32' })],
        [x],
        (deep, [sum], [row]) => ({
          carries: [deep.tanh(deep.add(deep.mul(sum!, 0.5), row!))],
          outputs: [],
        }),
      )
      return carries[0]!
    }
    default:
      return b.tanh(x)
  }
}

function moved(b: Builder, pick: Choices, x: Value): Value {
  const axes = x.shape.map((_, axis) => axis)
  if (axes.length === 0) return b.broadcast(x, [2])
  const axis = pick.below(axes.length)
  switch (pick.below(6)) {
    case 0:
      return b.transpose(x, pick.shuffled(axes))
    case 1:
      return b.reverse(x, [axis])
    case 2:
      return b.reshape(x, [concrete(x.shape).reduce((a, c) => a * c, 1)])
    case 3:
      return b.pad(
        x,
        axes.map((at) => Number(at === axis)),
        axes.map(() => 0),
      )
    case 4:
      return b.concat([x, b.tanh(x)], axis)
    default:
      return x.shape[axis] === 0 ? x : b.sliceAxis(x, axis, 0, 1)
  }
}

/** A loop with a small body: carries, sequences, outputs, and values of the program around it. */
export const scan: Step = (s, pick) => {
  const length = pick.of([2, 3, 1, 4, 3])
  const element = (): number[] => pick.of([[2], [], [3], [2, 2], [1, 3]])
  const isSequence = ({ shape }: Value): boolean => shape[0] === length && shape.length <= 3
  const sequences = [
    s.any(pick, 'float32', isSequence, () => [length, ...element()]),
    ...(pick.maybe(30) ? [s.any(pick, 'float32', isSequence, () => [length, ...element()])] : []),
    ...(pick.maybe(20) ? [s.fresh([length], 'bool')] : []),
  ]
  const carried = Array.from({ length: pick.of([1, 1, 0, 2]) }, () =>
    s.any(pick, 'float32', ({ shape }) => shape.length <= 2, element),
  )
  const counts = pick.maybe(20)
  const around = s.any(
    pick,
    'float32',
    ({ shape }) => shape.length <= 2,
    () => partnerShape(pick, sequences[0]!.shape.slice(1)),
  )
  const size = 1 + pick.below(4)
  const outputCount = pick.of([1, 0, 2])
  const { smooth } = s

  const { carries, outputs } = s.scan(
    [...carried, ...(counts ? [s.constant([1], [], 'int32')] : [])],
    sequences,
    (inner, before, elements) => {
      // What writes the body knows nothing of lanes.
      const b: Builder = inner
      const floats = [...before, ...elements].filter(({ dtype }) => dtype === 'float32')
      const values = [...floats, ...(pick.maybe(50) ? [b.tanh(b.outside(around))] : [])]
      if (counts) values.push(b.cast(before.at(-1)!, 'float32'))
      if (pick.maybe(10)) values.push(b.constant([0.5, -1], [2]))
      for (let at = 0; at < size; at++) {
        const made = bodyStep(b, pick, values, smooth)
        if (concrete(made.shape).reduce((x, y) => x * y, 1) <= 24 && made.shape.length <= 4)
          values.unshift(made)
      }
      const next = carried.map((_, at) => {
        const old = before[at]!
        const moved = b.tanh(b.add(old, fitted(b, pick.of(values), old.shape)))
        const kept = elements.find(({ dtype }) => dtype === 'bool')
        return kept ? b.select(kept, moved, old) : pick.maybe(10) ? old : moved
      })
      return {
        carries: [...next, ...(counts ? [b.add(before.at(-1)!, 1)] : [])],
        outputs: Array.from({ length: outputCount }, () => pick.of([...values, ...next])),
      }
    },
    { reverse: pick.maybe(40) },
  )
  return [...carries, ...outputs]
}
