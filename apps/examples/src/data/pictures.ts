import type { Generator } from '@fn/core'
import type { Digits } from './mnist.ts'

/** Red, green and blue of the colours that digits are painted in. */
export const colours = {
  red: [1, 0, 0],
  green: [0, 1, 0],
  blue: [0, 0, 1],
  yellow: [1, 1, 0],
} as const

export type Colour = keyof typeof colours

/** What is painted, and where its upper left corner lies. */
export interface Stroke {
  /** Which of the digits. */
  readonly at: number
  readonly colour: Colour
  readonly left: number
  readonly top: number
  /** How many pixels wide and high the digit becomes. */
  readonly size: number
}

const WIDTH = 28
/** MNIST centres what is written, of 20 × 20 pixels, in 28 × 28. */
const MARGIN = 4
const INNER = 20

/** Paints a digit into a square picture of `side` pixels, row-major [side, side, 3]. */
export function paint(
  picture: Float32Array,
  side: number,
  { images }: Digits,
  { at, colour, left, top, size }: Stroke,
): void {
  const source = (pixel: number): number => MARGIN + Math.floor((pixel * INNER) / size)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const grey = images[(at * WIDTH + source(y)) * WIDTH + source(x)]!
      colours[colour].forEach((share, channel) => {
        picture[((top + y) * side + left + x) * 3 + channel] = grey * share
      })
    }
  }
}

/** One of some things. */
export const pick = <T>(items: readonly T[], random: Generator): T =>
  items[Math.floor(random.uniform(1)[0]! * items.length)]!

/** The first digits in colours, each filling its picture: row-major [count, side, side, 3]. */
export function colouredDigits(digits: Digits, count: number, side: number, random: Generator): Float32Array {
  const size = side * side * 3
  const pictures = new Float32Array(count * size)
  const names = Object.keys(colours) as Colour[]
  for (let at = 0; at < count; at++) {
    const picture = pictures.subarray(at * size, (at + 1) * size)
    paint(picture, side, digits, { at, colour: pick(names, random), left: 0, top: 0, size: side })
  }
  return pictures
}
