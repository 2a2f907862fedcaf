import { describe, expect, it } from 'vitest'
import { digitPairs, SIDE as PAIR_SIDE } from '../src/data/digit-pairs.ts'
import { mnist } from '../src/data/mnist.ts'
import { answers, FRAMES, filmScenes, pictureScenes, SIDE, VOCABULARY, WORDS } from '../src/data/scenes.ts'

const { train: digits } = mnist({ train: 200, test: 0 })
const PICTURE = SIDE * SIDE * 3

/** How bright each half of a picture is. */
function brightness(picture: Float32Array): Readonly<Record<string, number>> {
  const sums = { left: 0, right: 0, top: 0, bottom: 0 }
  picture.forEach((value, at) => {
    const pixel = Math.floor(at / 3)
    sums[pixel % SIDE < SIDE / 2 ? 'left' : 'right'] += value
    sums[pixel < (SIDE * SIDE) / 2 ? 'top' : 'bottom'] += value
  })
  return sums
}

/** The channels in which there is anything. */
const channelsOf = (picture: Float32Array): string =>
  [0, 1, 2].filter((channel) => picture.some((value, at) => at % 3 === channel && value > 0)).join()

const channels = { red: '0', green: '1', blue: '2', yellow: '0,1' }

describe('scenes', () => {
  it('are the same each time, with questions of known words and one answer each', () => {
    const scenes = pictureScenes(digits, 50)
    expect(pictureScenes(digits, 50)).toEqual(scenes)
    expect(scenes.pictures).toHaveLength(50 * PICTURE)
    expect(scenes.questions).toHaveLength(50 * WORDS)
    expect(scenes.questions.every((word) => word >= 0 && word < VOCABULARY)).toBe(true)
    expect(scenes.answers.every((answer) => answer >= 0 && answer < answers.length)).toBe(true)
  })

  it('show what the answer says', () => {
    const { pictures, answers: right } = pictureScenes(digits, 200)
    const seen = new Set<string>()
    right.forEach((at, row) => {
      const answer = answers[at]!
      seen.add(answer)
      const picture = pictures.subarray(row * PICTURE, (row + 1) * PICTURE)
      const bright = brightness(picture)
      if (answer in channels) expect(channelsOf(picture)).toBe(channels[answer as keyof typeof channels])
      else if (answer.includes(' ')) {
        const [vertical, horizontal] = answer.split(' ') as [string, string]
        expect(bright[vertical]).toBeGreaterThan(vertical === 'top' ? bright.bottom! : bright.top!)
        expect(bright[horizontal]).toBeGreaterThan(horizontal === 'left' ? bright.right! : bright.left!)
      } else expect(answer).toBe(answers[digits.labels[row]!])
    })
    expect(seen.size).toBe(18)
  })

  it('move where the answer says', () => {
    const { pictures, answers: right } = filmScenes(digits, 100)
    expect(pictures).toHaveLength(100 * FRAMES * PICTURE)
    let moved = 0
    right.forEach((at, row) => {
      const answer = answers[at]!
      if (!['left', 'right', 'up', 'down'].includes(answer)) return
      moved++
      const frame = (number: number) =>
        brightness(
          pictures.subarray((row * FRAMES + number) * PICTURE, (row * FRAMES + number + 1) * PICTURE),
        )
      const [first, last] = [frame(0), frame(FRAMES - 1)]
      const side = answer === 'up' ? 'top' : answer === 'down' ? 'bottom' : answer
      expect(last[side]).toBeGreaterThan(first[side]!)
    })
    expect(moved).toBeGreaterThan(20)
  })
})

describe('digitPairs', () => {
  it('has one digit twice in every second pair, and else the smaller one first', () => {
    const { smaller, larger, same } = digitPairs(digits, 100)
    expect(digitPairs(digits, 100)).toEqual({ smaller, larger, same })
    const size = PAIR_SIDE * PAIR_SIDE
    const labelOf = (picture: Float32Array): number => {
      const at = [...digits.labels.keys()].find((index) =>
        Array.from({ length: PAIR_SIDE }, (_, y) => y).every((y) =>
          picture
            .subarray(y * PAIR_SIDE, (y + 1) * PAIR_SIDE)
            .every((value, x) => value === digits.images[(index * 28 + y) * 28 + x]),
        ),
      )
      return digits.labels[at!]!
    }
    expect(same.reduce((sum, value) => sum + value, 0)).toBe(50)
    same.forEach((isSame, row) => {
      const [a, b] = [smaller, larger].map((pictures) =>
        labelOf(pictures.subarray(row * size, (row + 1) * size)),
      )
      if (isSame) expect(a).toBe(b)
      else expect(a).toBeLessThan(b!)
    })
  })
})
