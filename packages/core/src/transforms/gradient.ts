import { FnError } from '../errors.ts'
import { Builder } from '../program/builder.ts'
import { composites } from '../program/composites.ts'
import { formatShape } from '../program/dims.ts'
import type { Program, Value } from '../program/types.ts'
import { differentiate } from './differentiate.ts'
import { inline } from './inline.ts'
import { simplify } from './simplify.ts'

/**
 * Reverse mode: a program that computes what the given one does and, after that, the slopes of its output `of` in
 * each of its inputs `wrt`, under the names `d:<input>`. An input on which the output does not depend has slope 0.
 *
 * @param program the program; its output `of` is a float32 scalar
 * @throws FnError where an op that the slope must pass through has none
 * @example
 * const program = b.build({ loss: b.mean(b.square(b.sub(b.matmul(x, w), y))) })
 * gradient(program, 'loss', ['w']) // outputs: loss, d:w
 */
export function gradient(program: Program, of: string, wrt: readonly string[]): Program {
  const source = simplify(inline(program, ({ name }) => composites[name]?.gradient === undefined))
  const loss = source.outputs[source.outputNames.indexOf(of)]
  if (loss === undefined || loss.shape.length > 0 || loss.dtype !== 'float32') {
    const received = loss
      ? `${loss.dtype} ${formatShape(loss.shape)}`
      : `outputs ${source.outputNames.join(', ')}`
    throw new FnError(`Expected a float32 scalar "${of}" to differentiate. Received: ${received}.`)
  }

  for (const name of wrt) {
    if (!source.inputs.some((input) => input.name === name))
      throw new FnError(`The program has no input "${name}".`)
  }
  const b = new Builder()
  const inputs = source.inputs.map((input) => b.input(input, input.name!))
  const { here, pullback } = differentiate(b, source, inputs, ({ name }) => wrt.includes(name!))
  const slopes = pullback(source.outputNames.map((name) => (name === of ? b.scalar(1) : undefined)))
  const slopeOf = (name: string): Value => {
    const at = source.inputs.findIndex((input) => input.name === name)
    return slopes[at] ?? b.zerosLike(source.inputs[at]!)
  }
  return simplify(
    b.build([
      ...source.outputNames.map((name, at) => [name, here(source.outputs[at]!)] as const),
      ...wrt.map((name) => [`d:${name}`, slopeOf(name)] as const),
    ]),
  )
}
