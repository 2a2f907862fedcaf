import { FnError, messageOf } from '../errors.ts'
import type { Program } from './types.ts'
import { verify } from './verify.ts'

// JSON has no NaN, no infinities and no −0; they are written as { "number": "NaN" }.
const isPlain = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0)

function encode(_key: string, value: unknown): unknown {
  if (typeof value === 'number')
    return isPlain(value) ? value : { number: Object.is(value, -0) ? '-0' : String(value) }
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array)
  return value
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'number' in value && typeof value.number === 'string') {
    return Number(value.number)
  }
  return value
}

/** The program as JSON text. Constants keep their numbers exactly. */
export function toJson(program: Program): string {
  return JSON.stringify(program, encode)
}

/**
 * The program that `toJson` wrote.
 *
 * @throws FnError where the text is no JSON, or the program in it does not hold together
 */
export function fromJson(text: string): Program {
  let program: Program
  try {
    program = JSON.parse(text, decode) as Program
  } catch (error) {
    throw new FnError(`Expected the JSON of a program. ${messageOf(error)}.`)
  }
  if (
    !Array.isArray(program?.inputs) ||
    !Array.isArray(program.equations) ||
    !Array.isArray(program.outputs)
  ) {
    throw new FnError('Expected the JSON of a program: an object of inputs, equations and outputs.')
  }
  return verify(program)
}
