import { Builder, fromJson, type Program, print, toJson, verify } from '@fn/core'
import { describe, expect, it } from 'vitest'

function sample(): Program {
  const b = new Builder()
  const x = b.input({ shape: ['batch', 4], dtype: 'float32' }, 'x')
  const w = b.input({ shape: [4, 2], dtype: 'float32' }, 'w')
  return b.build({ y: b.at('dense_1', () => b.softmax(b.add(b.matmul(x, w), b.constant([1, -0], [2])))) })
}

describe('a program', () => {
  it('prints one equation a line, with the layer that asked for it', () => {
    expect(print(sample())).toMatchInlineSnapshot(`
      "(x: float32[batch, 4], w: float32[4, 2])
        %0: float32[batch, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # dense_1
        %1: float32[2] = constant() data=[1,-0] shape=[2] dtype="float32"   # dense_1
        %2: float32[batch, 2] = add(%0, %1)   # dense_1
        %3: float32[batch, 2] = call softmax(%2)   # dense_1
        → y: %3"
    `)
  })

  it('comes back whole from JSON, with numbers that JSON has not', () => {
    const b = new Builder()
    const x = b.input({ shape: [3], dtype: 'float32' }, 'x')
    const data = [Number.NaN, Number.NEGATIVE_INFINITY, -0]
    const program = b.build({ y: b.add(x, b.constant(data, [3])) })
    const [equation] = fromJson(toJson(program)).equations
    expect(equation?.op === 'constant' ? Array.from(equation.attrs.data) : []).toEqual(data)
    expect(print(fromJson(toJson(sample())))).toBe(print(sample()))
    expect(() => fromJson('{"inputs"')).toThrow(/^Expected the JSON of a program/)
    expect(() => fromJson('[1]')).toThrow(
      'Expected the JSON of a program: an object of inputs, equations and outputs.',
    )
  })

  it('is verified: every value once, before it is read, with the type of its rule', () => {
    const program = sample()
    expect(verify(program)).toBe(program)
    const { equations, outputs } = program
    const [dot, constant, add] = equations
    expect(() => verify({ ...program, equations: [add!, dot!, constant!] })).toThrow(
      /Equation 0, add at "dense_1": %\d+ is read before it is written\./,
    )
    expect(() => verify({ ...program, equations: [dot!, dot!] })).toThrow(/is written twice/)
    const wrong = { ...dot!, outputs: [{ ...dot!.outputs[0]!, shape: ['batch', 3] }] } as typeof dot
    expect(() => verify({ ...program, equations: [wrong!, ...equations.slice(1)] })).toThrow(
      'Equation 0, dot at "dense_1": expected outputs float32[batch, 2]. Received: float32[batch, 3].',
    )
    expect(() => verify({ ...program, outputs: [...outputs, ...outputs] })).toThrow(
      /2 outputs has 1 output names/,
    )
  })
})
