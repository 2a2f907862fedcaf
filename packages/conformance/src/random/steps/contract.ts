import {
  type ConvAttributes,
  concrete,
  type PoolAttributes,
  type Value,
  windowCount,
  windowSpan,
} from '@fn/core'
import type { Choices } from '../choices.ts'
import type { Sketch } from '../sketch.ts'
import { isFull, ofRank, type Step } from './step.ts'

/** Every axis of x is summed over, runs along, or is free; y is made to fit, its axes in any order. */
const dot: Step = (s, pick) => {
  const x = s.any(pick, 'float32', ofRank(0, 4), () => pick.of([[2, 3], [3], [2, 2, 3], [2, 1, 2, 3]]))
  const roles = x.shape.map(() => pick.of(['contract', 'free', 'free', 'batch', 'contract'] as const))
  const axesOf = (role: 'contract' | 'batch'): number[] =>
    x.shape.flatMap((_, axis) => (roles[axis] === role ? [axis] : []))
  const [contract, batch] = [pick.shuffled(axesOf('contract')), pick.shuffled(axesOf('batch'))]
  const free = Array.from({ length: pick.of([1, 0, 1, 2]) }, () => pick.of([2, 3, 1]))
  const sizes = [...[...batch, ...contract].map((axis) => Number(x.shape[axis])), ...free]
  if (x.shape.length - contract.length + free.length > 5) return []
  const order = pick.shuffled(sizes.map((_, at) => at))
  const y = s.any(
    pick,
    'float32',
    ({ shape }) => shape.join() === order.map((at) => sizes[at]).join(),
    () => order.map((at) => sizes[at]!),
  )
  const places = [...batch, ...contract].map((_, at) => order.indexOf(at))
  const attrs = {
    contract: [contract, places.slice(batch.length)],
    batch: [batch, places.slice(0, batch.length)],
  } as const
  return [s.dot(x, y, attrs)]
}

/** A tensor of examples with 1 to 3 spatial axes and channels. */
const images = (s: Sketch, pick: Choices): Value =>
  s.any(
    pick,
    'float32',
    (value) => isFull(value) && ofRank(3)(value),
    () =>
      pick.of([
        [1, 4, 2],
        [2, 4, 3, 2],
        [2, 5, 1],
        [1, 5, 4, 4],
        [1, 3, 3, 2, 2],
        [2, 3, 1, 2],
      ]),
  )

const anyPadding = (pick: Choices): [number, number] => [pick.of([0, 1, 0, 2]), pick.of([0, 1, 0, 2])]

/** For each spatial axis a window that fits. */
function anyWindow(pick: Choices, size: readonly number[], forConv: boolean) {
  const axes = size.map((dim) => {
    const window = pick.of([2, 1, 3])
    const stride = pick.of([1, 2, 1, 3])
    const dilation = forConv && pick.maybe(25) ? 2 : 1
    const given = anyPadding(pick)
    const padding: [number, number] = forConv
      ? given
      : [Math.min(given[0], window - 1), Math.min(given[1], window - 1)]
    return windowSpan(window, dilation) <= dim + padding[0] + padding[1]
      ? { window, stride, dilation, padding }
      : { window: 1, stride, dilation: 1, padding: [0, 0] as [number, number] }
  })
  return {
    window: axes.map(({ window }) => window),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    padding: axes.map(({ padding }) => padding),
  }
}

const conv: Step = (s, pick) => {
  const op = pick.of(['conv', 'conv', 'convTranspose', 'convFilterGrad'] as const)
  const x = images(s, pick)
  const size = concrete(x.shape).slice(1, -1)
  const { window, ...rest } = anyWindow(pick, size, true)
  const channels = Number(x.shape.at(-1))
  const groups = pick.maybe(30) ? pick.of([2, channels, 1].filter((count) => channels % count === 0)) : 1
  const attrs: ConvAttributes = { ...rest, groups }
  const filters = groups * pick.of([1, 2, 3])
  const kernel = [...window, channels / groups, filters]
  if (op === 'conv') return [s.conv(x, s.fresh(kernel), attrs)]
  const counts = size.map((dim, axis) => Number(windowCount(dim, axis, { window, ...rest })))
  const g = s.fresh([Number(x.shape[0]), ...counts, filters])
  return op === 'convTranspose'
    ? [s.convTranspose(g, s.fresh(kernel), { ...attrs, inputSize: size })]
    : [s.convFilterGrad(x, g, { ...attrs, kernelSize: window })]
}

const pool: Step = (s, pick) => {
  const op = pick.of(['maxPool', 'avgPool', 'avgPoolGrad', 'maxPoolGrad'] as const)
  const x = images(s, pick)
  const size = concrete(x.shape).slice(1, -1)
  const { dilations: _, ...attrs } = anyWindow(pick, size, false)
  if (op === 'avgPool') return [s.avgPool(x, attrs)]
  const g = (): Value => s.fresh(pooledShape(x, attrs))
  if (op === 'avgPoolGrad') return [s.avgPoolGrad(g(), { ...attrs, inputSize: size })]
  if (!s.isFarFromTies(x)) return []
  const y = s.maxPool(x, attrs)
  return op === 'maxPool' ? [y] : s.smooth ? [] : [s.maxPoolGrad(x, y, g(), attrs)]
}

function pooledShape(x: Value, attrs: PoolAttributes): number[] {
  const [examples, ...rest] = concrete(x.shape)
  const dilations = attrs.window.map(() => 1)
  return [
    examples!,
    ...rest.slice(0, -1).map((dim, axis) => Number(windowCount(dim, axis, { ...attrs, dilations }))),
    rest.at(-1)!,
  ]
}

export const contract = { dot, conv, pool }
