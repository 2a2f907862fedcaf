import {
  type Backend,
  Builder,
  type DeviceTensor,
  type Executable,
  type HostArray,
  legalize,
  type Program,
  type Value,
} from '@fn/core'
import { hostArray, uniform } from '../ops/values.ts'
import { isRefused } from '../run-on.ts'

export const floats = (...data: number[]): HostArray => hostArray([data.length], 'float32', data)

export const [x, y] = [floats(1, -2, 3), floats(4, 0.5, -1)]
export const [sum, product] = [floats(5, -1.5, 2), floats(4, -1, -3)]

/** A program over x and y. */
function over(write: (b: Builder, x: Value, y: Value) => readonly (readonly [string, Value])[]): Program {
  const b = new Builder()
  return b.build(write(b, b.input(x, 'x'), b.input(y, 'y')))
}

export const arithmetic = over((b, left, right) => [
  ['a', b.add(left, right)],
  ['b', b.mul(left, right)],
])

/** Needs no op at all. */
export const echo = over((_b, left, right) => [
  ['x', left],
  ['y', right],
])

/** One value under two names, inputs that are outputs, a constant. */
export const shared = over((b, left, right) => {
  const total = b.add(left, right)
  return [
    ['x', left],
    ['again', left],
    ['a', total],
    ['b', total],
    ['constant', b.constant([7, 8, 9], [3])],
  ]
})

/** next = state / 2 + step, on so many numbers: engines may keep large state elsewhere than small. */
export function moving(size: number) {
  const state = floats(...Array.from({ length: size }, (_, at) => (at % 7) - 3))
  const step = floats(...Array.from({ length: size }, (_, at) => (at % 5) - 1))
  const b = new Builder()
  const [before, by] = [b.input(state, 'state'), b.input(step, 'step')]
  const next = b.add(b.mul(before, 0.5), by)
  return {
    program: b.build({ next, old: b.neg(before), total: b.reduceSum(before) }),
    state,
    step,
    after: (given: HostArray): HostArray =>
      floats(...Array.from(given.data, (value, at) => value * 0.5 + step.data[at]!)),
  }
}

/** one = 1 + x and two = 2y, on many numbers, and the sum of x. */
export const pairOfStates = (() => {
  const [first, second] = [moving(5000).state, moving(5000).step]
  const b = new Builder()
  const [one, two] = [b.input(first, 'one'), b.input(second, 'two')]
  const program = b.build({ one: b.add(one, 1), two: b.mul(two, 2), total: b.reduceSum(one) })
  const after = ([x, y]: readonly [HostArray, HostArray]): readonly [HostArray, HostArray] => [
    floats(...Array.from(x.data, (value) => value + 1)),
    floats(...Array.from(y.data, (value) => value * 2)),
  ]
  return { program, start: [first, second] as const, after }
})()

/** Sums of many terms, by every op that makes some and that the backend has. */
export function sums(backend: Backend): { readonly program: Program; readonly inputs: readonly HostArray[] } {
  const next = uniform(1)
  const draw = (...shape: number[]): HostArray =>
    hostArray(
      shape,
      'float32',
      Array.from({ length: shape.reduce((a, b) => a * b) }, () => next() - 0.5),
    )
  const conv = { strides: [1], dilations: [1], padding: [[1, 1] as const], groups: 1 }
  const rows = hostArray(
    [512],
    'int32',
    Array.from({ length: 512 }, (_, at) => at % 3),
  )
  const makers: readonly (readonly [HostArray[], (b: Builder, inputs: readonly Value[]) => Value])[] = [
    [[draw(64, 65)], (b, [of]) => b.reduceSum(of!)],
    [[draw(64, 65)], (b, [of]) => b.reduceSum(of!, [0])],
    [[draw(5, 300), draw(300, 7)], (b, [left, right]) => b.matmul(left!, right!)],
    [[draw(2, 33, 8), draw(3, 8, 5)], (b, [of, kernel]) => b.conv(of!, kernel!, conv)],
    [
      [draw(4, 33, 8), draw(4, 33, 5)],
      (b, [of, g]) => b.convFilterGrad(of!, g!, { ...conv, kernelSize: [3] }),
    ],
    [[rows, draw(512)], (b, [at, of]) => b.scatterAdd(at!, of!, 3)],
  ]
  const b = new Builder()
  const inputs: HostArray[] = []
  const outputs = makers.flatMap(([arrays, make]): readonly Value[] => {
    const alone = new Builder()
    const only = make(
      alone,
      arrays.map((array, at) => alone.input(array, `${at}`)),
    )
    if (isRefused(backend, alone.build({ only }))) return []
    const given = arrays.map((array, at) => b.input(array, `${inputs.length + at}`))
    inputs.push(...arrays)
    return [make(b, given)]
  })
  return { program: b.build(outputs.map((value, at) => [`${at}`, value] as const)), inputs }
}

/** What to run where the program does not matter. */
export const programFor = (backend: Backend): Program =>
  legalize(isRefused(backend, arithmetic) ? echo : arithmetic, backend)

export function disposeAll(things: readonly (DeviceTensor | Executable)[]): void {
  for (const thing of things) thing.dispose()
}
