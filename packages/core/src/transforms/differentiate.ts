import { FnError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { opDefinition } from '../program/ops/index.ts'
import type { Equation, Program, Value } from '../program/types.ts'
import { type LinearizedScan, linearizeScan } from './scan-gradient.ts'

/** A program that was written, and the way back through it. */
export interface Differentiated {
  /** What stands in the builder for a value of the program. */
  here(value: Value): Value
  /** From the slopes of the outputs to those of the inputs; undefined where nothing flows. */
  pullback(slopes: readonly (Value | undefined)[]): readonly (Value | undefined)[]
}

export type Differentiate = typeof differentiate

/**
 * Writes a program into a builder so that reverse mode can follow: loops keep what their way back needs.
 *
 * @param isTarget which inputs slopes are wanted for
 */
export function differentiate(
  b: Builder,
  program: Program,
  inputs: readonly Value[],
  isTarget: (input: Value, at: number) => boolean,
): Differentiated {
  const values = new Map<number, Value>()
  program.inputs.forEach(({ id }, at) => {
    values.set(id, inputs[at]!)
  })
  const here = (value: Value): Value => values.get(value.id)!

  // Values that depend on a target: the slope is followed through these alone.
  const active = new Set(program.inputs.filter(isTarget).map(({ id }) => id))
  const loops = new Map<Equation, { readonly loop: LinearizedScan; readonly outputs: readonly Value[] }>()
  for (const equation of program.equations) {
    const isActive = equation.inputs.map(({ id }) => active.has(id))
    const given = equation.inputs.map(here)
    const path = [b.path, equation.path].filter(Boolean).join('/')
    let written: readonly Value[]
    if (equation.op === 'scan' && isActive.includes(true)) {
      const loop = linearizeScan(equation, isActive, differentiate)
      written = b.emit('scan', given, loop.attrs, path)
      loops.set(equation, { loop, outputs: written })
    } else {
      written = b.emit(equation.op, given, equation.attrs, path)
    }
    equation.outputs.forEach(({ id }, at) => {
      values.set(id, written[at]!)
      if (isActive.includes(true)) active.add(id)
    })
  }

  const pullback: Differentiated['pullback'] = (seeds) => {
    const slopes = new Map<number, Value>()
    const flow = (id: number, slope: Value): void => {
      const before = slopes.get(id)
      slopes.set(id, before === undefined ? slope : b.add(before, slope))
    }
    program.outputs.forEach(({ id }, at) => {
      const seed = seeds[at]
      if (seed !== undefined && active.has(id)) flow(id, seed)
    })
    for (const equation of program.equations.toReversed()) {
      const { op, outputs, attrs, path } = equation
      const gradients = outputs.map(({ id }) => slopes.get(id))
      const g = gradients.find((slope) => slope !== undefined)
      if (g === undefined) continue
      const given = equation.inputs.map(here)
      const scan = loops.get(equation)
      const rule = opDefinition(op).gradient
      if (scan === undefined && typeof rule !== 'function')
        throw new FnError(`${op} at "${path}" has no gradient: ${rule.reason}.`)
      b.at(path, () => {
        const into =
          scan === undefined
            ? // A scan that is active is in the table of loops; for all others the rule is a function.
              (rule as Exclude<typeof rule, { reason: string }>)(b, {
                inputs: given,
                outputs: outputs.map(here),
                attrs,
                gradients,
                g,
              })
            : scan.loop.pullback(b, given, scan.outputs, gradients)
        equation.inputs.forEach(({ id }, at) => {
          const slope = into[at]
          if (slope && active.has(id)) flow(id, slope)
        })
      })
    }
    return program.inputs.map(({ id }) => slopes.get(id))
  }
  return { here, pullback }
}
