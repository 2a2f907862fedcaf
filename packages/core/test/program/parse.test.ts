import {
  addDims,
  Builder,
  ceilDiv,
  gradient,
  inline,
  maxDims,
  type Program,
  parse,
  print,
  simplify,
  subDims,
  toJson,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const whole = (program: Program): string => print(program, { whole: true })

/** The program with its values numbered from 0, so that two of them can be compared. */
function numbered(program: Program): unknown {
  const ids = new Map<number, number>()
  return JSON.parse(toJson(program), (key, value) => {
    if (key === 'body') return numbered(value)
    if (key === 'id') return ids.get(value) ?? ids.set(value, ids.size).get(value)
    return value
  })
}

function expectSame(program: Program): void {
  const again = parse(whole(program))
  expect(whole(again)).toBe(whole(program))
  expect(numbered(again)).toEqual(numbered(program))
}

describe('parse', () => {
  it('reads what is written by hand', () => {
    const program = parse(`
      (x: float32[batch, 4], w: float32[4, 2])
        %0: float32[batch, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # dense_1
        %1: float32[batch, 2] = call softmax(%0)   # dense_1
        → y: %1, logits: %0`)
    const b = new Builder()
    const x = b.input({ shape: ['batch', 4], dtype: 'float32' }, 'x')
    const w = b.input({ shape: [4, 2], dtype: 'float32' }, 'w')
    const logits = b.at('dense_1', () => b.matmul(x, w))
    expect(numbered(program)).toEqual(
      numbered(b.build({ y: b.at('dense_1', () => b.softmax(logits)), logits })),
    )
  })

  it('gives back attributes of every kind', () => {
    const b = new Builder()
    const x = b.input({ shape: [2, 5], dtype: 'float32' }, 'x')
    const numbers = b.constant([Number.NaN, Infinity, -Infinity, -0, 1e-30, Math.fround(0.1)], [6])
    const long = b.constant(
      Float32Array.from({ length: 20 }, (_, at) => at / 3),
      [4, 5],
    )
    const padded = b.pad(b.slice(x, [0, 1], [null, 4], [1, 2]), [0, 1], [1, 0], -Infinity)
    const composite = b.call('elu', [x], { alpha: -0.5 })
    const named = b.composite('own', [x], { text: 'a "# b=1', flag: true, list: [1, 2] }, (inner) => [
      inner.neg(inner.outside(x)),
    ])
    expectSame(b.build({ numbers, long, padded, composite, named: named[0]! }))
    expect(print(b.build({ numbers }))).toContain(
      'data=[NaN,Infinity,-Infinity,-0,1e-30,0.10000000149011612]',
    )
  })

  it('gives back sizes that are expressions, in shapes and in attributes', () => {
    const b = new Builder()
    const x = b.input({ shape: ['batch', 'h', addDims('w', -2)], dtype: 'float32' }, 'x')
    const halved = b.slice(x, [0, 0, 0], [null, null, null], [1, 2, 1])
    const spread = b.pad(halved, [0, maxDims(subDims('h', 'w'), 0), 1], [0, ceilDiv('w', 2), 0])
    const flat = b.reshapeTo(spread, ['batch', -1])
    const program = b.build({ halved, spread, flat })
    expect(whole(program)).toContain('float32[batch, floor((h + 1) / 2), w - 2]')
    expect(whole(program)).toContain('max(0, h - w)')
    expectSame(program)
  })

  it('gives back names and labels that look like the text around them', () => {
    const b = new Builder()
    const names = [
      '%0',
      'a: b',
      'x,y',
      'f(x)',
      '"',
      '→',
      'carry:0',
      'lstm_1/kernel',
      'a=1',
      '#',
      'zwei\nZeilen',
      'a:',
    ]
    const inputs = names.map((name) => b.input({ shape: [], dtype: 'int32' }, name))
    const sums = inputs.map((x, at) => b.at(names[at]!, () => b.add(x, inputs[0]!)))
    expectSame(b.build(sums.map((sum, at) => [names[at]!, sum] as const)))
  })

  it('gives back loops in loops, and what a gradient makes of them', () => {
    const b = new Builder()
    const x = b.input({ shape: [3, 2, 4], dtype: 'float32' }, 'x')
    const h = b.input({ shape: [4], dtype: 'float32' }, 'h')
    const { carries, outputs } = b.scan([h], [x], (step, [before], [rows]) => {
      const inner = step.scan([before!], [rows!], (deep, [sum], [row]) => ({
        carries: [deep.call('gelu', [deep.add(sum!, row!)], { approximate: false })],
        outputs: [],
      }))
      return { carries: inner.carries, outputs: [step.mul(inner.carries[0]!, 3)] }
    })
    const program = b.build({ loss: b.add(b.mean(carries[0]!), b.mean(outputs[0]!)) })
    for (const made of [program, inline(program), simplify(program), gradient(program, 'loss', ['x', 'h'])])
      expectSame(made)
  })

  it('says where and what it does not understand', () => {
    const lines = (...equations: string[]): string => ['(x: float32[2])', ...equations, '→ y: %0'].join('\n')
    const message = (text: string): string => {
      try {
        parse(text)
      } catch (error) {
        return (error as Error).message
      }
      return 'understood'
    }
    expect(message(lines('%0: float32[2] = exp(z)'))).toBe(
      'Line 2: expected a value that is written above. Received: z.',
    )
    expect(message(lines('%0: float32[2] = glow(x)'))).toBe('Line 2: expected an op. Received: glow.')
    expect(message(lines('%0: float32[3] = exp(x)'))).toBe(
      'Line 2: exp gives float32[2]. Received: float32[3].',
    )
    expect(message(lines('%0: float32[2] = exp(x, x)'))).toBe('Line 2: exp: expected 1 inputs. Received: 2.')
    expect(message(lines('%0: half[2] = exp(x)'))).toBe(
      'Line 2: expected a dtype: float32, int32, bool. Received: half.',
    )
    expect(message(lines('%0: float32[20] = constant() data=[1, 2, … 20 elements]'))).toBe(
      'Line 2: expected all elements, which print gives with { whole: true }. Received: "… 20 elements]".',
    )
    expect(message(lines('%0: float32[2] = call own(x)'))).toBe('Line 2: There is no composite "own".')
    expect(message('(x: float32[2], x: float32[2])\n→ y: x')).toBe(
      'Line 1: expected every name once. Received: x again.',
    )
    expect(message('(x: float32[2])\n→ y: x\n→')).toBe('Line 3: expected the end. Received: "→".')
    expect(message('(x: float32[2])')).toBe('Line 1: expected a value with its type. Received: "".')
  })
})
