import { formatShape } from './dims.ts'
import type { Equation, Program, Value } from './types.ts'

/**
 * The program as text, one equation a line, values numbered in the order of the lines:
 *
 * ```text
 * (x: float32[batch, 4], w: float32[4, 2])
 *   %0: float32[batch, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # dense_1
 *   → y: %0
 * ```
 */
export function print(program: Program): string {
  const names = new Map<number, string>()
  for (const input of program.inputs) names.set(input.id, input.name ?? `%${names.size}`)
  let next = 0
  for (const { outputs } of program.equations) for (const { id } of outputs) names.set(id, `%${next++}`)
  const name = ({ id }: Value): string => names.get(id) ?? `?${id}`
  const typed = (value: Value): string => `${name(value)}: ${value.dtype}${formatShape(value.shape)}`

  const line = (equation: Equation): string => {
    const { op, inputs, outputs, path } = equation
    const what = equation.op === 'call' ? `call ${equation.attrs.name}` : op
    const attrs = equation.op === 'call' ? equation.attrs.options : withoutBody(equation.attrs)
    const words = Object.entries(attrs).map(([key, value]) => ` ${key}=${formatAttribute(value)}`)
    const comment = path === '' ? '' : `   # ${path}`
    return `  ${outputs.map(typed).join(', ')} = ${what}(${inputs.map(name).join(', ')})${words.join('')}${comment}${bodyOf(equation)}`
  }
  return [
    `(${program.inputs.map(typed).join(', ')})`,
    ...program.equations.map(line),
    `  → ${program.outputs.map((value, at) => `${program.outputNames[at]}: ${name(value)}`).join(', ')}`,
  ].join('\n')
}

function withoutBody(attrs: object): object {
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== 'body'))
}

/** The body of a loop, under its line. */
function bodyOf(equation: Equation): string {
  if (equation.op !== 'scan') return ''
  return `\n${print(equation.attrs.body).replace(/^/gm, '      ')}`
}

function formatAttribute(value: unknown): string {
  if (ArrayBuffer.isView(value) || (Array.isArray(value) && value.length > 16)) {
    const elements = value as unknown as ArrayLike<number>
    return elements.length > 16
      ? `[${elements[0]}, ${elements[1]}, … ${elements.length} elements]`
      : `[${Array.from(elements)}]`
  }
  if (typeof value === 'number') return String(value)
  return JSON.stringify(value)
}
