import { ConfigError, ShapeError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape } from '../program/dims.ts'
import type { Value } from '../program/types.ts'

/** The letters of the axes of x, of y and of their product: 'abc,cd->abd'. */
export interface Equation {
  readonly x: string
  readonly y: string
  readonly output: string
}

/** @throws ConfigError for what is no such equation, or names an axis twice */
export function equationOf(label: string, equation: string): Equation {
  const [, x, y, output] =
    /^((?:\.\.\.)?[a-zA-Z]*(?:\.\.\.)?),([a-zA-Z]*)->((?:\.\.\.)?[a-zA-Z]*(?:\.\.\.)?)$/.exec(
      typeof equation === 'string' ? equation.replaceAll(' ', '') : '',
    ) ?? []
  const letters = [x, y, output].map((part) => [...(part ?? '').replaceAll('.', '')])
  const known = new Set([...letters[0]!, ...letters[1]!])
  const fits =
    x !== undefined &&
    letters.every((part) => new Set(part).size === part.length) &&
    letters[2]!.every((letter) => known.has(letter)) &&
    x.includes('...') === output!.includes('...')
  if (!fits)
    throw new ConfigError(
      `${label}: expected an equation such as "abc,cd->abd". Received: ${JSON.stringify(equation)}.`,
    )
  return { x, y: y!, output: output! }
}

/** The equation with letters of their own for the axes that '...' stands for. */
export function withoutEllipsis({ x, y, output }: Equation, rank: number): Equation {
  if (!x.includes('...')) return { x, y, output }
  const spare = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'].filter(
    (letter) => !`${x}${y}`.includes(letter),
  )
  const rest = spare.slice(0, Math.max(rank - (x.length - 3), 0)).join('')
  return { x: x.replace('...', rest), y, output: output.replace('...', rest) }
}

/**
 * Σ x·y over the letters that the output has not.
 *
 * @throws ShapeError for a tensor of another rank than the equation says
 */
export function einsum(b: Builder, equation: Equation, x: Value, y: Value): Value {
  const sides = [
    { value: x, letters: equation.x, other: equation.y },
    { value: y, letters: equation.y, other: equation.x },
  ].map(({ value, letters, other }) => {
    if (value.shape.length !== letters.length)
      throw new ShapeError(`expected a tensor of the axes ${letters}. Received: ${formatShape(value.shape)}.`)
    // What only one side has, and the output has not, is summed first.
    const alone = [...letters].flatMap((letter, axis) =>
      other.includes(letter) || equation.output.includes(letter) ? [] : [axis],
    )
    return {
      value: b.reduceSum(value, alone),
      letters: [...letters].filter((_, axis) => !alone.includes(axis)),
    }
  })
  const [left, right] = sides as [(typeof sides)[number], (typeof sides)[number]]
  const both = left.letters.filter((letter) => right.letters.includes(letter))
  const batch = both.filter((letter) => equation.output.includes(letter))
  const summed = both.filter((letter) => !equation.output.includes(letter))
  const axes = (side: typeof left, letters: readonly string[]): number[] =>
    letters.map((letter) => side.letters.indexOf(letter))
  const product = b.dot(left.value, right.value, {
    contract: [axes(left, summed), axes(right, summed)],
    batch: [axes(left, batch), axes(right, batch)],
  })
  const free = [...left.letters, ...right.letters].filter((letter) => !both.includes(letter))
  const made = [...batch, ...free]
  return b.transpose(
    product,
    [...equation.output].map((letter) => made.indexOf(letter)),
  )
}
