import { Generator, initializers, setRandomSeed } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'
import { initializerOf } from '../../src/initializers/index.ts'
import { philox } from '../../src/random/philox.ts'

describe('philox', () => {
  // The known answers of the Random123 distribution (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('counter %s, key %s', (counter, key, expected) => {
    const out = new Uint32Array(4)
    philox(counter, key, out)
    expect(Array.from(out)).toEqual(expected)
  })

  it('permutes', () => {
    const order = new Generator(3).permutation(1000)
    expect(Array.from(order).sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, at) => at))
    expect(order.filter((value, at) => value === at).length).toBeLessThan(10)
  })
})

const moments = (values: ArrayLike<number>) => {
  const list = Array.from(values)
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length
  const variance = list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length
  return {
    mean,
    stddev: Math.sqrt(variance),
    min: Math.min(...list.slice(0, 100_000)),
    max: Math.max(...list.slice(0, 100_000)),
  }
}

describe.each(listFixtures('initializers'))('the initializer %s', (name) => {
  const fixture = loadFixture('initializers', name)

  it.each(fixture.cases)('draws as Keras does on $shape', ({ shape, low, high, mean, stddev }) => {
    const draws = 40
    const size = shape.reduce((product, dim) => product * dim, 1)
    const values: number[] = []
    const initializer = initializerOf({
      class_name: fixture.class_name,
      config: { ...fixture.config, seed: null },
    })
    const repeats = Math.max(draws, Math.ceil(20_000 / size))
    for (let seed = 0; seed < repeats; seed++) values.push(...Array.from(initializer.values(shape, seed)))
    const found = moments(values)
    // Five standard errors of the mean and of the deviation.
    const error = (5 * stddev) / Math.sqrt(values.length)
    expect(Math.abs(found.mean - mean)).toBeLessThan(error)
    expect(Math.abs(found.stddev - stddev)).toBeLessThan(error)
    if (low !== null) expect(found.min).toBeGreaterThanOrEqual(low - 1e-6)
    if (high !== null) expect(found.max).toBeLessThanOrEqual(high + 1e-6)
  })
})

describe('seeds', () => {
  it('give the same weights whenever they are the same', () => {
    const draw = () => Array.from(initializers.glorotUniform({ seed: 7 }).values([3, 4], 0))
    expect(draw()).toEqual(draw())
    setRandomSeed(1)
  })
})
