import { Builder, gradient, print, type Value } from '@fn/core'
import { describe, expect, it } from 'vitest'

function program(write: (b: Builder, x: Value, w: Value) => Value) {
  const b = new Builder()
  const x = b.input({ shape: [4, 3], dtype: 'float32' }, 'x')
  const w = b.input({ shape: [3, 2], dtype: 'float32' }, 'w')
  return b.build({ loss: b.at('loss', () => b.reduceSum(b.at('layer', () => write(b, x, w)))) })
}

describe('the gradient of a program', () => {
  it('is a program: a dense layer needs no transpose', () => {
    const dense = program((b, x, w) => b.relu(b.matmul(x, w)))
    expect(print(gradient(dense, 'loss', ['x', 'w']))).toMatchInlineSnapshot(`
      "(x: float32[4, 3], w: float32[3, 2])
        %0: float32[4, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # loss/layer
        %1: float32[4, 2] = call relu(%0)   # loss/layer
        %2: float32[] = reduceSum(%1) axes=[0,1] keepDims=false   # loss
        %3: float32[4, 2] = call step(%1)   # loss/layer
        %4: float32[4, 3] = dot(%3, w) contract=[[1],[1]] batch=[[],[]]   # loss/layer
        %5: float32[3, 2] = dot(x, %3) contract=[[0],[0]] batch=[[],[]]   # loss/layer
        → loss: %2, d:x: %4, d:w: %5"
    `)
  })

  it('does not compute what is not asked for', () => {
    const dense = program((b, x, w) => b.tanh(b.matmul(x, w)))
    expect(print(gradient(dense, 'loss', ['w']))).toMatchInlineSnapshot(`
      "(x: float32[4, 3], w: float32[3, 2])
        %0: float32[4, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # loss/layer
        %1: float32[4, 2] = tanh(%0)   # loss/layer
        %2: float32[] = reduceSum(%1) axes=[0,1] keepDims=false   # loss
        %3: float32[] = constant() data=[1] shape=[] dtype="float32"
        %4: float32[4, 2] = mul(%1, %1)   # loss/layer
        %5: float32[4, 2] = sub(%3, %4)   # loss/layer
        %6: float32[3, 2] = dot(x, %5) contract=[[0],[0]] batch=[[],[]]   # loss/layer
        → loss: %2, d:w: %6"
    `)
  })

  it('uses the rule of a composite where it has one, and inlines it where it has none', () => {
    const ops = (name: string, options = {}) => {
      const program_ = program((b, x, w) => b.call(name, [b.matmul(x, w)], options))
      return gradient(program_, 'loss', ['w']).equations.map((equation) =>
        equation.op === 'call' ? equation.attrs.name : equation.op,
      )
    }
    expect(ops('softmax')).toContain('softmax')
    expect(ops('gelu', { approximate: false })).not.toContain('gelu')
  })

  it('is 0 where nothing depends on the input, and where it is stopped', () => {
    const stopped = program((b, x, w) => b.add(b.stopGradient(b.matmul(x, w)), b.scalar(1)))
    const { equations, outputs } = gradient(stopped, 'loss', ['w'])
    const zero = equations.find((equation) => equation.outputs.includes(outputs[1]!))
    expect(zero).toMatchObject({ op: 'constant', attrs: { data: [0], shape: [3, 2] } })
  })

  it('says what it can not do', () => {
    const pooled = new Builder()
    const x = pooled.input({ shape: [1, 4, 1], dtype: 'float32' }, 'x')
    const attrs = { window: [2], strides: [2], padding: [[0, 0]] } as const
    const y = pooled.maxPool(x, attrs)
    const slope = pooled.at('pool', () => pooled.maxPoolGrad(x, y, pooled.square(y), attrs))
    expect(() => gradient(pooled.build({ loss: pooled.reduceSum(slope) }), 'loss', ['x'])).toThrow(
      'maxPoolGrad at "pool" has no gradient: the second derivative of a max pooling is not needed by any layer.',
    )
    const matrix = program((b, a, w) => b.matmul(a, w))
    expect(() => gradient({ ...matrix, outputs: [matrix.equations[0]!.outputs[0]!] }, 'loss', ['w'])).toThrow(
      'Expected a float32 scalar "loss" to differentiate. Received: float32 [4, 2].',
    )
    expect(() => gradient(matrix, 'loss', ['v'])).toThrow('The program has no input "v".')
  })
})
