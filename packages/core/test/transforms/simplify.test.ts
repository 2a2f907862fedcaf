import {
  Builder,
  hoistRandom,
  inline,
  legalize,
  print,
  prune,
  simplify,
  type TensorType,
  type Value,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const matrix: TensorType = { shape: [2, 3], dtype: 'float32' }

/** The ops that are left of what is written. */
function left(write: (b: Builder, x: Value, y: Value) => Value): string[] {
  const b = new Builder()
  const result = write(b, b.input(matrix, 'x'), b.input(matrix, 'y'))
  return simplify(b.build({ result })).equations.map(({ op }) => op)
}

describe('simplify', () => {
  it.each<[string, (b: Builder, x: Value, y: Value) => Value, string[]]>([
    ['neutral operands', (b, x) => b.add(b.mul(b.div(b.sub(x, 0), 1), 1), 0), []],
    [
      'not where the shape changes',
      (b, x) => b.add(b.reduceSum(x, [0]), b.zerosLike(matrix)),
      ['reduceSum', 'constant', 'add'],
    ],
    ['not x · 0: x may be NaN', (b, x) => b.mul(x, 0), ['constant', 'mul']],
    [
      'arithmetic on constants',
      (b, x) => b.mul(x, b.sqrt(b.add(b.scalar(3), b.neg(b.scalar(-1))))),
      ['constant', 'mul'],
    ],
    [
      'common subexpressions',
      (b, x, y) => b.mul(b.exp(b.add(x, y)), b.exp(b.add(x, y))),
      ['add', 'exp', 'mul'],
    ],
    ['not random ones', (b) => b.add(b.random([2, 3]), b.random([2, 3])), ['random', 'random', 'add']],
    ['what works on no elements', (b, x) => b.exp(b.slice(x, [0, 0], [0, 3])), ['constant']],
    ['what is made of no elements', (b, x) => b.reduceMax(b.slice(x, [0, 0], [0, 3]), [0]), ['constant']],
    [
      'a product over an axis of no elements',
      (b, x, y) => b.matmul(b.slice(x, [0, 0], [2, 0]), b.slice(y, [0, 0], [0, 3])),
      ['constant'],
    ],
    ['a part of no elements', (b, x, y) => b.concat([x, b.slice(y, [0, 0], [0, 3])], 0), []],
    ['two negations', (b, x) => b.neg(b.neg(x)), []],
    ['x + (−y)', (b, x, y) => b.add(x, b.neg(y)), ['sub']],
    ['two transposes', (b, x) => b.transpose(b.transpose(x, [1, 0]), [1, 0]), []],
    ['two reshapes', (b, x) => b.reshape(b.reshape(x, [6]), [2, 3]), []],
    [
      'a transpose that moves only a 1',
      (b, x) => b.transpose(b.reshape(x, [2, 1, 3]), [1, 0, 2]),
      ['reshape'],
    ],
    [
      'a broadcast that an op does by itself',
      (b, x) => b.mul(x, b.broadcast(b.reduceSum(x, [0]), [2, 3])),
      ['reduceSum', 'mul'],
    ],
    [
      'a broadcast that it does not: it comes after',
      (b, x) => b.add(b.broadcast(b.reduceSum(x), [2, 3]), b.reduceSum(x)),
      ['reduceSum', 'add', 'broadcast'],
    ],
    [
      'what a broadcast has between a number and a matrix',
      (b, x) => b.mul(b.mul(b.broadcast(b.reduceSum(x, [0]), [2, 3]), 2), x),
      ['reduceSum', 'constant', 'mul', 'mul'],
    ],
    ['sums over axes of size 1', (b, x) => b.reduceSum(b.reshape(x, [2, 1, 3]), [1]), []],
    ['casts to the same dtype', (b, x) => b.cast(x, 'float32'), []],
    [
      'not a sum of what leaves a gap',
      (b, x, y) =>
        b.add(
          b.add(b.pad(x, [0, 3], [0, 4]), b.pad(y, [0, 0], [0, 7])),
          b.pad(b.reshape(x, [2, 3]), [0, 6], [0, 1]),
        ),
      ['pad', 'pad', 'add', 'pad', 'add'],
    ],
    [
      'a sum of what fills an axis together',
      (b, x, y) =>
        b.add(b.add(b.pad(x, [0, 3], [0, 3]), b.pad(y, [0, 0], [0, 6])), b.pad(b.neg(x), [0, 6], [0, 0])),
      ['neg', 'concat'],
    ],
    [
      'not of what lies over each other',
      (b, x, y) => b.add(b.pad(x, [0, 0], [0, 2]), b.pad(y, [0, 2], [0, 0])),
      ['pad', 'pad', 'add'],
    ],
  ])('%s', (_what, write, expected) => {
    expect(left(write)).toEqual(expected)
  })

  it('asks the slope of a relu under a pooling where the pooling took from it', () => {
    const b = new Builder()
    const pool = { window: [2], strides: [2], padding: [[0, 0]] } as const
    const x = b.relu(b.input({ shape: [1, 6, 2], dtype: 'float32' }, 'x'))
    const y = b.maxPool(x, pool)
    const g = b.input({ shape: [1, 3, 2], dtype: 'float32' }, 'g')
    const slope = b.mul(b.maxPoolGrad(x, y, g, pool), b.call('step', [x]))
    const { equations } = simplify(b.build({ slope }))
    const [step] = equations.filter((equation) => equation.op === 'call' && equation.attrs.name === 'step')
    expect(step!.outputs[0]!.shape).toEqual([1, 3, 2])
    expect(equations.at(-1)!.op).toBe('maxPoolGrad')
  })

  it('multiplies before a loop what does not wait for the step before', () => {
    const b = new Builder()
    const sequences = ['x', 'y', 'z'].map((name) => b.input({ shape: [5, 3], dtype: 'float32' }, name))
    const { carries } = b.scan(
      [b.input({ shape: [3], dtype: 'float32' }, 'h')],
      sequences,
      (step, [h], [x, y, z]) => ({ carries: [step.mul(z!, step.mul(step.mul(x!, h!), y!))], outputs: [] }),
    )
    const { equations } = simplify(b.build({ h: carries[0]! }))
    expect(equations.map(({ op }) => op)).toEqual(['mul', 'mul', 'scan'])
    const [loop] = equations.flatMap((equation) => (equation.op === 'scan' ? [equation.attrs.body] : []))
    expect(loop!.equations.map(({ op }) => op)).toEqual(['mul'])
  })

  it('tells 0 from −0', () => {
    expect(left((b, x) => b.concat([b.div(x, 0), b.div(x, -0)], 0))).toEqual([
      'constant',
      'div',
      'constant',
      'div',
      'concat',
    ])
  })
})

describe('prune', () => {
  it('drops what no output needs, and keeps the signature', () => {
    const b = new Builder()
    const [x, y] = [b.input(matrix, 'x'), b.input(matrix, 'y')]
    b.exp(y)
    const program = prune(b.build({ z: b.abs(x) }))
    expect(program.equations.map(({ op }) => op)).toEqual(['abs'])
    expect(program.inputs.map(({ name }) => name)).toEqual(['x', 'y'])
  })
})

describe('inline', () => {
  it('replaces calls, nested ones too', () => {
    const b = new Builder()
    const x = b.input(matrix, 'x')
    const program = b.build({ y: b.at('a', () => b.softmax(b.relu(x))) })
    expect(print(inline(program, ({ name }) => name === 'relu'))).toMatchInlineSnapshot(`
      "(x: float32[2, 3])
        %0: float32[] = constant() data=[0] shape=[] dtype="float32"   # a
        %1: float32[2, 3] = max(x, %0)   # a
        %2: float32[2, 3] = call softmax(%1)   # a
        → y: %2"
    `)
    expect(inline(program).equations.every(({ op, path }) => op !== 'call' && path === 'a')).toBe(true)
  })
})

describe('hoistRandom', () => {
  it('turns draws into inputs', () => {
    const b = new Builder()
    const x = b.input(matrix, 'x')
    const { program, draws } = hoistRandom(
      b.build({ y: b.add(b.mul(x, b.random([2, 3])), b.random([3], 'normal')) }),
    )
    expect(program.inputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['x', [2, 3]],
      ['random:0', [2, 3]],
      ['random:1', [3]],
    ])
    expect(draws).toEqual([
      { shape: [2, 3], distribution: 'uniform', stream: 0 },
      { shape: [3], distribution: 'normal', stream: 1 },
    ])
    expect(program.equations.some(({ op }) => op === 'random')).toBe(false)
  })
})

describe('legalize', () => {
  const capabilities = {
    ops: new Set(['add', 'exp', 'constant'] as const),
    composites: new Set(['softmax']),
    dtypes: new Set(['float32'] as const),
    precision: 'float32' as const,
  }

  it('keeps what is claimed and reports all that is lacking', () => {
    const b = new Builder()
    const x = b.input(matrix, 'x')
    expect(
      print(legalize(b.build({ y: b.stopGradient(b.softmax(b.exp(x))) }), { name: 'tiny', capabilities })),
    ).toContain('call softmax')
    const y = b.at('one', () => b.relu(x))
    const program = b.build({ y: b.at('two', () => b.add(b.iota([2, 3], 0), b.cast(y, 'int32'))) })
    expect(() => legalize(program, { name: 'tiny', capabilities })).toThrow(
      'Backend "tiny" can not run this program. Missing: max (float32) at "one": the backend lacks this op; iota (int32) at "two": the backend lacks this op; cast (int32) at "two": the backend lacks this op; add (int32) at "two": the backend lacks int32.',
    )
  })

  it('says once what every step of a loop lacks', () => {
    const b = new Builder()
    const { carries } = b.at('loop', () =>
      b.scan([b.input({ shape: [3], dtype: 'float32' }, 'h')], [b.input(matrix, 'x')], (step, [h], [x]) => ({
        carries: [step.tanh(step.add(h!, x!))],
        outputs: [],
      })),
    )
    const lacking = { ...capabilities, ops: new Set(['add', 'slice', 'reshape'] as const) }
    expect(() => legalize(b.build({ y: carries[0]! }), { name: 'tiny', capabilities: lacking })).toThrow(
      /Missing: tanh \(float32\) at "loop": the backend lacks this op\.$/,
    )
  })

  it('asks about single equations', () => {
    const b = new Builder()
    const program = b.build({ y: b.at('here', () => b.exp(b.input(matrix, 'x'))) })
    const refuses = () => 'not today'
    expect(() => legalize(program, { name: 'tiny', capabilities: { ...capabilities, refuses } })).toThrow(
      'exp (float32) at "here": not today',
    )
  })
})
