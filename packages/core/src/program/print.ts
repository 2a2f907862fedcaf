import { formatShape } from './dims.ts'
import type { Equation, Program, Value } from './types.ts'

export interface PrintOptions {
  /** Whether long constants and the bodies of composites are written out, which `parse` needs. */
  readonly whole?: boolean
}

/**
 * The program as text, one equation a line, values numbered in the order of the lines; the body of a loop under its line:
 *
 * ```text
 * (x: float32[batch, 4], w: float32[4, 2])
 *   %0: float32[batch, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # dense_1
 *   → y: %0
 * ```
 */
export function print(program: Program, options: PrintOptions = {}): string {
  const names = new Map<number, string>()
  for (const input of program.inputs)
    names.set(input.id, input.name === undefined ? `%${names.size}` : word(input.name))
  let next = 0
  for (const { outputs } of program.equations) for (const { id } of outputs) names.set(id, `%${next++}`)
  const name = ({ id }: Value): string => names.get(id) ?? `?${id}`
  const typed = (value: Value): string => `${name(value)}: ${value.dtype}${formatShape(value.shape)}`

  const line = (equation: Equation): string => {
    const { op, inputs, outputs, path } = equation
    const what = equation.op === 'call' ? `call ${word(equation.attrs.name)}` : op
    const attrs = equation.op === 'call' ? equation.attrs.options : withoutBody(equation.attrs)
    const words = Object.entries(attrs).map(([key, value]) => ` ${key}=${formatAttribute(value, options)}`)
    const comment = path === '' ? '' : `   # ${/^[^\s"](.*\S)?$/.test(path) ? path : JSON.stringify(path)}`
    return `  ${outputs.map(typed).join(', ')} = ${what}(${inputs.map(name).join(', ')})${words.join('')}${comment}${bodyOf(equation, options)}`
  }
  return [
    `(${program.inputs.map(typed).join(', ')})`,
    ...program.equations.map(line),
    `  → ${program.outputs.map((value, at) => `${word(program.outputNames[at]!)}: ${name(value)}`).join(', ')}`,
  ].join('\n')
}

/** A name as it stands in the text, in quotes where it could be taken for something else. */
const word = (name: string): string => (/^[^\s,()"%=#→][^\s,()"]*$/.test(name) ? name : JSON.stringify(name))

function withoutBody(attrs: object): object {
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== 'body'))
}

/** The body of a loop, under its line, and that of a composite where it is asked for. */
function bodyOf(equation: Equation, options: PrintOptions): string {
  if (equation.op !== 'scan' && !(equation.op === 'call' && options.whole)) return ''
  return `\n${print(equation.attrs.body, options).replace(/^/gm, '      ')}`
}

function formatAttribute(value: unknown, { whole = false }: PrintOptions): string {
  // JSON has no NaN, no infinities and no −0.
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (!ArrayBuffer.isView(value) && !Array.isArray(value)) return JSON.stringify(value)
  const elements: readonly unknown[] = Array.from(value as ArrayLike<unknown>)
  const format = (element: unknown): string => formatAttribute(element, { whole })
  return elements.length > 16 && !whole
    ? `[${elements.slice(0, 2).map(format).join(', ')}, … ${elements.length} elements]`
    : `[${elements.map(format).join()}]`
}
