import { FnError } from '../errors.ts'
import { Builder } from '../program/builder.ts'
import { composites } from '../program/composites.ts'
import { formatShape } from '../program/dims.ts'
import { opDefinition } from '../program/ops/index.ts'
import type { Program, Value } from '../program/types.ts'
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
  const source = inline(program, ({ name }) => composites[name]?.gradient === undefined)
  const loss = source.outputs[source.outputNames.indexOf(of)]
  if (loss === undefined || loss.shape.length > 0 || loss.dtype !== 'float32') {
    const received = loss
      ? `${loss.dtype} ${formatShape(loss.shape)}`
      : `outputs ${source.outputNames.join(', ')}`
    throw new FnError(`Expected a float32 scalar "${of}" to differentiate. Received: ${received}.`)
  }

  const b = new Builder()
  const here = b.inline(
    source,
    source.inputs.map((input) => b.input(input, input.name!)),
  )
  const targets = wrt.map((name) => {
    const target = source.inputs.find((input) => input.name === name)
    if (target === undefined) throw new FnError(`The program has no input "${name}".`)
    return target
  })

  // Values that depend on a target: the slope is followed through these alone.
  const active = new Set(targets.map(({ id }) => id))
  for (const { inputs, outputs } of source.equations) {
    if (inputs.some(({ id }) => active.has(id))) for (const { id } of outputs) active.add(id)
  }

  const slopes = new Map<number, Value>([[loss.id, b.scalar(1)]])
  for (const { op, inputs, outputs, attrs, path } of source.equations.toReversed()) {
    const gradients = outputs.map(({ id }) => slopes.get(id))
    const g = gradients.find((slope) => slope !== undefined)
    if (g === undefined || !outputs.some(({ id }) => active.has(id))) continue
    const rule = opDefinition(op).gradient
    if (typeof rule !== 'function') throw new FnError(`${op} at "${path}" has no gradient: ${rule.reason}.`)
    b.at(path, () => {
      const into = rule(b, { inputs: inputs.map(here), outputs: outputs.map(here), attrs, gradients, g })
      inputs.forEach(({ id }, at) => {
        const slope = into[at]
        if (!slope || !active.has(id)) return
        const before = slopes.get(id)
        slopes.set(id, before === undefined ? slope : b.add(before, slope))
      })
    })
  }

  return simplify(
    b.build([
      ...source.outputNames.map((name, at) => [name, here(source.outputs[at]!)] as const),
      ...targets.map((target) => [`d:${target.name}`, slopes.get(target.id) ?? b.zerosLike(target)] as const),
    ]),
  )
}
