import { Generator } from '@fn/core'
import type { Digits } from './mnist.ts'
import { type Colour, colours, paint, pick } from './pictures.ts'

// Pictures and films of one digit of MNIST in a colour, and questions about them. What a question asks for can be told
// from its words; what the answer is, from the picture.

/** How wide and high a picture is. */
export const SIDE = 32
/** How many words a question has at most. */
export const WORDS = 8
/** How many pictures a film has. */
export const FRAMES = 5

const DIGIT_SIZE = 20
const STEP = (SIDE - DIGIT_SIZE) / (FRAMES - 1)

const numerals = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const corners = ['top left', 'top right', 'bottom left', 'bottom right']
const directions = ['left', 'right', 'up', 'down']

const questions = {
  digit: ['which digit is this', 'what number do you see here', 'name the digit'],
  colour: ['what colour does it have', 'which colour is the digit', 'name the colour of this number'],
  corner: ['where is it', 'in which corner is the digit', 'name the place of the number'],
  direction: ['where does it go', 'in which direction does the digit move', 'which way does this number go'],
} as const

/** All answers; a target is the place of one of them. */
export const answers: readonly string[] = [...numerals, ...Object.keys(colours), ...corners, ...directions]

/** Word numbers from 1 on; 0 is padding. */
const numbers = new Map(
  [
    ...new Set(
      Object.values(questions)
        .flat()
        .flatMap((question) => question.split(' ')),
    ),
  ].map((word, at) => [word, at + 1]),
)

/** How many numbers there are for words, padding included. */
export const VOCABULARY = numbers.size + 1

/** Pictures or films, one question about each, and its answer. */
export interface Scenes {
  readonly count: number
  /** Row-major [count, SIDE, SIDE, 3] or [count, FRAMES, SIDE, SIDE, 3]. */
  readonly pictures: Float32Array
  /** Row-major [count, WORDS]. */
  readonly questions: Int32Array
  readonly answers: Int32Array
}

interface Scene {
  readonly colour: Colour
  /** Upper left corner of the digit in each picture. */
  readonly places: readonly (readonly [left: number, top: number])[]
  /** What may be asked, and what is right. */
  readonly facts: readonly (readonly [kind: keyof typeof questions, answer: string])[]
}

/** Pictures of the first digits, each in one of the four corners. */
export const pictureScenes = (digits: Digits, count: number): Scenes =>
  scenes(digits, count, 1, (random, numeral) => {
    const colour = pick(Object.keys(colours) as Colour[], random)
    const corner = pick(corners, random)
    const end = SIDE - DIGIT_SIZE
    return {
      colour,
      places: [[corner.endsWith('left') ? 0 : end, corner.startsWith('top') ? 0 : end]],
      facts: [
        ['digit', numeral],
        ['colour', colour],
        ['corner', corner],
      ],
    }
  })

/** Films of the first digits, which move across the picture from one border to the other. */
export const filmScenes = (digits: Digits, count: number): Scenes =>
  scenes(digits, count, FRAMES, (random, numeral) => {
    const colour = pick(Object.keys(colours) as Colour[], random)
    const direction = pick(directions, random)
    const aside = Math.floor(random.uniform(1)[0]! * (SIDE - DIGIT_SIZE + 1))
    const forward = direction === 'right' || direction === 'down'
    const places = Array.from({ length: FRAMES }, (_, frame) => {
      const along = STEP * (forward ? frame : FRAMES - 1 - frame)
      return direction === 'left' || direction === 'right'
        ? ([along, aside] as const)
        : ([aside, along] as const)
    })
    return {
      colour,
      places,
      facts: [
        ['digit', numeral],
        ['colour', colour],
        ['direction', direction],
      ],
    }
  })

/** The same ones each time. */
function scenes(
  digits: Digits,
  count: number,
  frames: number,
  invent: (random: Generator, numeral: string) => Scene,
): Scenes {
  const random = new Generator(1)
  const size = SIDE * SIDE * 3
  const pictures = new Float32Array(count * frames * size)
  const asked = new Int32Array(count * WORDS)
  const right = new Int32Array(count)
  for (let at = 0; at < count; at++) {
    const { colour, places, facts } = invent(random, numerals[digits.labels[at]!]!)
    places.forEach(([left, top], frame) => {
      const start = (at * frames + frame) * size
      paint(pictures.subarray(start, start + size), SIDE, digits, { at, colour, left, top, size: DIGIT_SIZE })
    })
    const [kind, answer] = pick(facts, random)
    asked.set(wordsOf(pick(questions[kind], random)), at * WORDS)
    right[at] = answers.indexOf(answer)
  }
  return { count, pictures, questions: asked, answers: right }
}

const wordsOf = (question: string): readonly number[] => question.split(' ').map((word) => numbers.get(word)!)
