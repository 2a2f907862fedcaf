import { concrete, type DType, sizeOf, type Value } from '@fn/core'
import type { Choices } from '../choices.ts'
import type { Sketch } from '../sketch.ts'
import { isFull, ofRank, type Step } from './step.ts'

const anything = (
  s: Sketch,
  pick: Choices,
  accepts?: (value: Value) => boolean,
  make?: () => number[],
): Value => s.any(pick, pick.of<DType>(['float32', 'float32', 'float32', 'int32', 'bool']), accepts, make)

const some = (pick: Choices): number[] => pick.of([[3], [2, 3], [2, 3, 2], [1, 4, 2, 2]])

/** As sizes whose product is that of the sizes given. */
function refactored(pick: Choices, shape: readonly number[]): number[] {
  if (shape.includes(0)) return pick.of([[0], [0, 2], [3, 0, 1]])
  const sizes: number[] = []
  let left = sizeOf(shape)
  while (left > 1 && sizes.length < 4) {
    const divisor = pick.of([2, 3, 5, left, 4].filter((size) => left % size === 0))
    sizes.push(divisor)
    left /= divisor
  }
  if (left > 1) sizes.push(left)
  if (sizes.length < 5 && pick.maybe(40)) sizes.splice(pick.below(sizes.length + 1), 0, 1)
  return sizes
}

const reshape: Step = (s, pick) => {
  const x = anything(s, pick)
  return [s.reshape(x, refactored(pick, concrete(x.shape)))]
}

const transpose: Step = (s, pick) => {
  const x = anything(s, pick, ofRank(2), () => some(pick))
  return [s.transpose(x, pick.shuffled(x.shape.map((_, axis) => axis)))]
}

const broadcast: Step = (s, pick) => {
  const x = anything(s, pick)
  const shape = concrete(x.shape).map((size) => (size === 1 ? pick.of([1, 2, 3]) : size))
  return [s.broadcast(x, [...(shape.length < 4 && pick.maybe(50) ? [pick.of([2, 1, 3])] : []), ...shape])]
}

const slice: Step = (s, pick) => {
  const x = anything(s, pick, ofRank(1), () => some(pick))
  const shape = concrete(x.shape)
  const starts = shape.map((size) => pick.below(size + (pick.maybe(10) ? 1 : 0) || 1))
  const ends = shape.map((size, axis) =>
    pick.maybe(40) ? starts[axis]! + pick.below(size - starts[axis]! + 1) : null,
  )
  return [
    s.slice(
      x,
      starts,
      ends,
      shape.map(() => pick.of([1, 1, 2, 3])),
    ),
  ]
}

const pad: Step = (s, pick) => {
  const x = anything(s, pick, ofRank(1), () => some(pick))
  const amounts = (): number[] => x.shape.map(() => pick.of([0, 1, 0, 2]))
  return [s.pad(x, amounts(), amounts(), x.dtype === 'bool' ? pick.below(2) : pick.of([0, 1, -2]))]
}

const concat: Step = (s, pick) => {
  const x = anything(s, pick, ofRank(1), () => some(pick))
  const axis = pick.below(x.shape.length)
  const fits = ({ shape }: Value): boolean =>
    shape.length === x.shape.length && shape.every((size, at) => at === axis || size === x.shape[at])
  const others = Array.from({ length: pick.of([1, 2, 0, 1]) }, () =>
    s.any(pick, x.dtype, fits, () =>
      concrete(x.shape).map((size, at) => (at === axis ? pick.of([1, 2, 3, 0]) : size)),
    ),
  )
  return [s.concat(pick.maybe(50) ? [x, ...others] : [...others, x], axis)]
}

const reverse: Step = (s, pick) => {
  const x = anything(s, pick, ofRank(1), () => some(pick))
  return [
    s.reverse(
      x,
      pick.some(
        x.shape.map((_, axis) => axis),
        60,
      ),
    ),
  ]
}

/** Numbers of rows, in the range that there is. */
function rowNumbers(s: Sketch, pick: Choices, rows: number): Value {
  const fits = (value: Value): boolean => {
    const [least, greatest] = s.rangeOf(value)
    return isFull(value) && value.shape.length < 3 && least >= 0 && greatest < rows
  }
  const known = s.pool.filter((value) => value.dtype === 'int32' && fits(value))
  if (known.length > 0 && pick.maybe(60)) return pick.of(known)
  const shape = pick.of([[], [3], [2, 2], [1], [0]])
  return s.fresh(
    shape,
    'int32',
    Array.from({ length: sizeOf(shape) }, () => pick.below(rows)),
  )
}

const gather: Step = (s, pick) => {
  const x = anything(
    s,
    pick,
    (value) => isFull(value) && ofRank(1, 4)(value),
    () => some(pick),
  )
  return [s.gather(x, rowNumbers(s, pick, Number(x.shape[0])))]
}

const scatterAdd: Step = (s, pick) => {
  const size = pick.of([3, 1, 4])
  const indices = rowNumbers(s, pick, size)
  const rank = indices.shape.length
  const fits = ({ shape }: Value): boolean => indices.shape.every((dim, axis) => dim === shape[axis])
  const updates = s.any(pick, 'float32', fits, () => [
    ...concrete(indices.shape),
    ...pick.of([[], [2], [1, 3]]),
  ])
  return updates.shape.length - rank > 3 ? [] : [s.scatterAdd(indices, updates, size)]
}

const reduce: Step = (s, pick) => {
  const op = pick.of(['reduceSum', 'reduceMax', 'reduceMin', 'argMax', 'mean', 'reduceProd'] as const)
  const integer = op !== 'mean' && pick.maybe(20)
  const accepts = (value: Value): boolean => ofRank(1)(value) && (op === 'reduceSum' || isFull(value))
  const x = s.any(pick, integer ? 'int32' : 'float32', accepts, () => some(pick))
  if (op === 'argMax') return s.isFarFromTies(x) ? [s.argMax(x, pick.below(x.shape.length))] : []
  if ((op === 'reduceMax' || op === 'reduceMin') && !integer && !s.isFarFromTies(x)) return []
  const axes = x.shape.map((_, axis) => axis)
  return [s[op](x, pick.maybe(30) ? axes : pick.some(axes, 50), pick.maybe(40))]
}

const cumSum: Step = (s, pick) => {
  const x = s.any(pick, pick.maybe(20) ? 'int32' : 'float32', ofRank(1), () => some(pick))
  return [s.cumSum(x, pick.below(x.shape.length), { exclusive: pick.maybe(30), reverse: pick.maybe(30) })]
}

const topK: Step = (s, pick) => {
  const x = s.any(pick, 'float32', ofRank(1), () => some(pick))
  return s.isFarFromTies(x) ? s.topK(x, pick.below(Number(x.shape.at(-1)) + 1)) : []
}

export const move = {
  reshape,
  transpose,
  broadcast,
  slice,
  pad,
  concat,
  reverse,
  gather,
  scatterAdd,
  reduce,
  cumSum,
  topK,
}
