import {
  addDims,
  bindDim,
  broadcastShapes,
  ceilDiv,
  exactQuotient,
  floorDiv,
  Generator,
  maxDims,
  mayEqual,
  productOf,
  subDims,
  symbolsOf,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

describe('a dim', () => {
  it.each([
    [addDims('time', -2), 'time - 2'],
    [addDims('time', 'time', 3), '2*time + 3'],
    [subDims('time', 'time'), 0],
    [subDims(addDims('a', 'b', 1), 'a'), 'b + 1'],
    [productOf([20, 'time', 'batch']), '20*batch*time'],
    [productOf([addDims('t', 1), addDims('t', -1)]), 't*t - 1'],
    [floorDiv(productOf([4, 'h']), 2), '2*h'],
    [floorDiv(addDims(productOf([2, 'h']), 1), 2), 'h'],
    [floorDiv(floorDiv('h', 2), 2), 'floor(h / 4)'],
    [floorDiv(addDims(floorDiv('h', 2), 1), 3), 'floor((h + 2) / 6)'],
    [ceilDiv('h', 2), 'floor((h + 1) / 2)'],
    [subDims(addDims('a', maxDims('b', 2)), addDims('c', 'd', 5)), 'a - c - d + max(2, b) - 5'],
    [addDims('Infinity', 'Infinity'), '2*Infinity'],
    [maxDims(addDims('Infinity', -1), 3), 'max(3, Infinity - 1)'],
    [ceilDiv(ceilDiv('h', 2), 2), 'floor((h + 3) / 4)'],
    [addDims(floorDiv(addDims('h', -2), 2), 1), 'floor(h / 2)'],
    [productOf([floorDiv('h', 2), 2, 'batch']), '2*batch*floor(h / 2)'],
    [maxDims(addDims('h', 1), 'h'), 'h + 1'],
    [maxDims(subDims('h', 'w'), 0), 'max(0, h - w)'],
    [exactQuotient(productOf(['batch', addDims('t', -2), 8]), productOf(['batch', 8])), 't - 2'],
    [exactQuotient(productOf(['batch', addDims('t', -2), 8]), productOf([addDims('t', -2), 2])), '4*batch'],
    [exactQuotient('batch', 2), undefined],
    [exactQuotient('batch', 'time'), undefined],
  ])('has one spelling: %#', (dim, expected) => {
    expect(dim).toBe(expected)
  })

  it('knows its symbols, and what it cannot equal', () => {
    expect(symbolsOf(addDims(floorDiv(addDims('h', 1), 2), productOf(['batch', 3])))).toEqual(['batch', 'h'])
    expect([
      mayEqual('time', addDims('time', -2)),
      mayEqual('a', 'b'),
      mayEqual('a', 3),
      mayEqual(2, 3),
    ]).toEqual([false, true, true, false])
    expect(broadcastShapes(['batch', 'a', 3], ['batch', 'b', 1])).toEqual(['batch', 'a', 3])
    expect(broadcastShapes(['a'], [4])).toEqual([4])
    expect(() => broadcastShapes(['a'], [addDims('a', 1)])).toThrow('do not broadcast')
  })

  // Against arithmetic on numbers: the same steps on symbols, then bound, and on the numbers themselves.
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('means what its steps mean, seed %i', (seed) => {
    const random = new Generator(seed, [7, 0])
    const uniform = random.uniform(400)
    let at = 0
    const pick = (count: number): number => Math.floor(uniform[at++]! * count)
    const sizes = { a: 1 + pick(30), b: 1 + pick(30), c: 1 + pick(30) }
    const pool: (readonly [number | string, number])[] = Object.entries(sizes).map(([name, size]) => [
      name,
      size,
    ])
    for (let step = 0; step < 12; step++) {
      const [x, n] = pool[pick(pool.length)]!
      const [y, m] = pool[pick(pool.length)]!
      const k = 1 + pick(5)
      const made = [
        () => [addDims(x, y), n + m] as const,
        () => [subDims(x, k), n - k] as const,
        () => [subDims(x, y), n - m] as const,
        () => [productOf([x, k]), n * k] as const,
        () => (Math.abs(n * m) < 1e6 ? ([productOf([x, y]), n * m] as const) : ([x, n] as const)),
        () => [floorDiv(x, k), Math.floor(n / k)] as const,
        () => [ceilDiv(x, k), Math.ceil(n / k)] as const,
        () => [maxDims(x, y), Math.max(n, m)] as const,
      ][pick(8)]!()
      pool.push(made)
    }
    for (const [dim, size] of pool) expect(bindDim(dim, sizes)).toBe(Object.is(size, -0) ? 0 : size)
  })
})
