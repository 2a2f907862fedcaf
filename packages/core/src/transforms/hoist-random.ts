import type { RandomAttributes } from '../program/ops/source.ts'
import type { Program } from '../program/types.ts'
import { rewrite } from './rewrite.ts'

/** A program that draws nothing itself, and what has to be drawn for it at each run. */
export interface Hoisted {
  /** With one more input a draw, after the others: `random:0`, `random:1`, … */
  readonly program: Program
  readonly draws: readonly RandomAttributes[]
}

/** Turns random values into inputs, so that one generator feeds every engine the same numbers. */
export function hoistRandom(program: Program): Hoisted {
  const draws: RandomAttributes[] = []
  const hoisted = rewrite(program, (b, equation) => {
    if (equation.op !== 'random') return undefined
    draws.push(equation.attrs)
    return [b.input({ shape: equation.attrs.shape, dtype: 'float32' }, `random:${draws.length - 1}`)]
  })
  return { program: hoisted, draws }
}
