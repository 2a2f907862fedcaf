import { reference } from '@fn/backend-reference'
import {
  type Backend,
  Builder,
  type Dim,
  gradient,
  type HostArray,
  legalize,
  type OpName,
  type Program,
  print,
  unroll,
  type Value,
} from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

const engine = await reference()
/** The reference without its loops. */
const loopless: Backend = {
  ...engine,
  capabilities: {
    ...engine.capabilities,
    ops: new Set<OpName>([...engine.capabilities.ops].filter((op) => op !== 'scan')),
  },
}

/** Running sums of x, each multiplied by the last of all. */
function sums(length: Dim, reverse = false): Program {
  const b = new Builder()
  const x = b.input({ shape: [length, 2], dtype: 'float32' }, 'x')
  const { carries, outputs } = b.at('sums', () =>
    b.scan(
      [b.zerosLike({ shape: [2], dtype: 'float32' })],
      [x],
      (step, [sum], [element]) => {
        const next = step.add(sum!, element!)
        return { carries: [next], outputs: [next] }
      },
      { reverse },
    ),
  )
  return b.build({ y: b.mul(outputs[0]!, carries[0]!) })
}

/** A loop in a loop, and a loop without carries, in one scalar. */
function nested(): Program {
  const b = new Builder()
  const [x, w] = [
    b.input({ shape: [3, 2, 2], dtype: 'float32' }, 'x'),
    b.input({ shape: [2, 2], dtype: 'float32' }, 'w'),
  ]
  const { carries, outputs } = b.scan(
    [b.zerosLike({ shape: [2], dtype: 'float32' })],
    [x],
    (outer, [h], [rows]) => {
      const inner = outer.scan(
        [h!],
        [rows!],
        (deep, [state], [row]) => ({
          carries: [deep.tanh(deep.add(row!, deep.matmul(state!, deep.outside(outer.outside(w)))))],
          outputs: [state!],
        }),
        { reverse: true },
      )
      return { carries: inner.carries, outputs: inner.outputs }
    },
  )
  const squares = b.scan([], [x], (step, _none, [row]) => ({ carries: [], outputs: [step.mul(row!, row!)] }))
  const all: Value[] = [...carries, ...outputs, ...squares.outputs]
  return b.build({ loss: all.map((value) => b.reduceSum(b.sin(value))).reduce(b.add) })
}

const array = (shape: readonly number[]): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float64Array.from({ length: shape.reduce((x, y) => x * y, 1) }, (_, at) => Math.sin(at + 1)),
})

const ops = (program: Program): readonly string[] => program.equations.map(({ op }) => op)

describe('unroll', () => {
  it('repeats the steps of a loop', () => {
    expect(print(legalize(sums(2, true), loopless))).toMatchInlineSnapshot(`
      "(x: float32[2, 2])
        %0: float32[1, 2] = slice(x) starts=[1,0] ends=[2,null] strides=[1,1]   # sums
        %1: float32[2] = reshape(%0) shape=[2]   # sums
        %2: float32[1, 2] = slice(x) starts=[0,0] ends=[1,null] strides=[1,1]   # sums
        %3: float32[2] = reshape(%2) shape=[2]   # sums
        %4: float32[2] = add(%1, %3)   # sums
        %5: float32[1, 2] = reshape(%4) shape=[1,2]   # sums
        %6: float32[2, 2] = concat(%5, %0) axis=0   # sums
        %7: float32[2, 2] = mul(%6, %4)
        → y: %7"
    `)
  })

  it.each<[string, Program, readonly HostArray[]]>([
    ['forwards', sums(4), [array([4, 2])]],
    ['backwards', sums(4, true), [array([4, 2])]],
    ['one step', sums(1), [array([1, 2])]],
    ['no step', sums(0), [array([0, 2])]],
    ['in each other', nested(), [array([3, 2, 2]), array([2, 2])]],
    ['and their slopes', gradient(nested(), 'loss', ['x', 'w']), [array([3, 2, 2]), array([2, 2])]],
  ])('computes what loops do: %s', async (_what, program, inputs) => {
    expect(ops(program)).toContain('scan')
    expect(ops(legalize(program, loopless))).not.toContain('scan')
    expect(await run(program, inputs, loopless)).toEqual(await run(program, inputs))
  })

  it('leaves loops of a length that is a symbol, which an engine without loops refuses', () => {
    expect(ops(unroll(sums('time')))).toContain('scan')
    expect(() => legalize(sums('time'), loopless)).toThrow(
      'scan (float32) at "sums": the backend lacks loops, and the number of steps is a symbol',
    )
  })
})
