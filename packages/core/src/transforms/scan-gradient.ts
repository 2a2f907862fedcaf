import { Builder } from '../program/builder.ts'
import type { ScanAttributes } from '../program/ops/control.ts'
import type { EquationOf, Value } from '../program/types.ts'
import type { Differentiate } from './differentiate.ts'
import { coneOf, rolesOf, scanOf } from './scan-body.ts'
import { simplify } from './simplify.ts'

/** A loop that also keeps what the way back needs, and that way. */
export interface LinearizedScan {
  /** Its further outputs are the residuals. */
  readonly attrs: ScanAttributes
  /** The slopes of the inputs, from those of the outputs that the loop had before; null where there is none. */
  pullback(
    b: Builder,
    inputs: readonly Value[],
    outputs: readonly Value[],
    slopes: readonly (Value | undefined)[],
  ): readonly (Value | null)[]
}

/**
 * The gradient of a loop is a loop in the other direction. One step back takes the slopes of the next carries and of
 * the outputs, and gives those of the carries, of the elements, and its share of those of the other inputs, which are
 * summed over all steps: gcₜ, gxₜ, gkₜ = vjp(body)(cₜ, xₜ, k; gcₜ₊₁, gyₜ), gk = Σ gkₜ.
 *
 * What of the forward step it needs are the residuals. What follows from these alone is computed anew: `simplify` does
 * it for all steps at once, outside of the loop, as it does the products that make the slopes of weights.
 *
 * @param isActive for each input, whether its slope is wanted
 * @param differentiate what differentiates the body
 */
export function linearizeScan(
  scan: EquationOf<'scan'>,
  isActive: readonly boolean[],
  differentiate: Differentiate,
): LinearizedScan {
  const { attrs } = scan
  const { body, carries: count } = attrs
  const active = activeInputs(scan, isActive)
  const b = new Builder()
  const inputs = body.inputs.map((input) => b.input(input, input.name!))
  const { here, pullback } = differentiate(b, body, inputs, (_, at) => active[at]!)
  const forward = body.outputs.map(here)
  const isSmooth = (at: number): boolean =>
    body.outputs[at]!.dtype === 'float32' && (at >= count || active[at]!)
  const cotangents = forward.map((value, at) => (isSmooth(at) ? b.input(value, `slope:${at}`) : undefined))
  const slopes = pullback(cotangents)
  const wanted = body.inputs.map((input, at) => (active[at] ? (slopes[at] ?? b.zerosLike(input)) : undefined))
  const present = (values: readonly (Value | undefined)[]): readonly Value[] =>
    values.filter((value) => value !== undefined)

  // One program of both ways, simplified, and then cut in two.
  const joint = simplify(
    b.build([...forward, ...present(wanted)].map((value, at) => [`${at}`, value] as const)),
  )
  const jointInputs = joint.inputs.slice(0, body.inputs.length)
  const jointCotangents = joint.inputs.slice(body.inputs.length)
  const jointForward = joint.outputs.slice(0, forward.length)
  const jointSlopes = joint.outputs.slice(forward.length)
  const ahead = coneOf(joint.equations, jointForward)
  const isAhead = new Set(ahead.equations)
  const back = coneOf(
    joint.equations.filter((equation) => !isAhead.has(equation) || equation.inputs.length === 0),
    jointSlopes,
  )
  const own = rolesOf(jointInputs, attrs)
  const madeAhead = ahead.equations
    .filter((equation) => equation.inputs.length > 0)
    .flatMap((equation) => equation.outputs)
  const residuals = [...own.carries, ...madeAhead].filter(({ id }) => back.reads.has(id))
  // What the loop gives anyway need not be kept twice.
  const given = jointForward.slice(count)
  const extra = residuals.filter(({ id }) => !given.some((value) => value.id === id))
  const placeOf = new Map([...given, ...extra].map(({ id }, at) => [id, count + at]))

  const extended = scanOf(
    {
      ...own,
      equations: ahead.equations,
      next: jointForward.slice(0, count),
      outputs: [...given, ...extra],
    },
    attrs.reverse,
  )
  const carriesBack = own.carries.map((_, at) => active[at]!)
  const slotOf = cotangents.map((value, at) =>
    value === undefined ? -1 : cotangents.slice(0, at).filter(Boolean).length,
  )
  const cotangentOf = (at: number): Value | undefined => jointCotangents[slotOf[at]!]
  const outputsBack = cotangents.map((value, at) => at >= count && value !== undefined)
  const slopeOf = (at: number): Value => jointSlopes[active.slice(0, at).filter(Boolean).length]!
  const activeAt = active.flatMap((is, at) => (is ? [at] : []))
  const backward = scanOf(
    {
      carries: own.carries.flatMap((_, at) => (carriesBack[at] ? [cotangentOf(at)!] : [])),
      sequences: [
        ...cotangents.flatMap((_, at) => (outputsBack[at] ? [cotangentOf(at)!] : [])),
        ...residuals,
        ...own.sequences,
      ],
      others: own.others,
      equations: back.equations,
      next: activeAt.filter((at) => at < count).map(slopeOf),
      outputs: activeAt.filter((at) => at >= count).map(slopeOf),
    },
    !attrs.reverse,
  )

  return {
    attrs: extended,
    pullback(outer, operands, outputs, incoming) {
      const slope = (at: number): Value =>
        incoming[at] ?? outer.broadcast(outer.scalar(0), outputs[at]!.shape)
      const made = rolesOf(operands, attrs)
      const results = outer.emit(
        'scan',
        [
          ...own.carries.flatMap((_, at) => (carriesBack[at] ? [slope(at)] : [])),
          ...cotangents.flatMap((_, at) => (outputsBack[at] ? [slope(at)] : [])),
          ...residuals.map(({ id }) => outputs[placeOf.get(id)!]!),
          ...made.sequences,
          ...made.others,
        ],
        backward,
      )
      return operands.map((_, at) => {
        if (!isActive[at]) return null
        const result = results[activeAt.indexOf(at)]!
        return at < count + attrs.sequences ? result : outer.reduceSum(result, [0])
      })
    },
  }
}

/** A carry is active too if a step makes it depend on what is. */
function activeInputs({ attrs }: EquationOf<'scan'>, given: readonly boolean[]): readonly boolean[] {
  const { body, carries } = attrs
  const active = body.inputs.map(({ dtype }, at) => given[at]! && dtype === 'float32')
  for (;;) {
    const depends = new Set(body.inputs.flatMap(({ id }, at) => (active[at] ? [id] : [])))
    for (const { inputs, outputs } of body.equations) {
      if (inputs.some(({ id }) => depends.has(id))) for (const { id } of outputs) depends.add(id)
    }
    const more = body.outputs
      .slice(0, carries)
      .flatMap(({ id, dtype }, at) => (!active[at] && dtype === 'float32' && depends.has(id) ? [at] : []))
    if (more.length === 0) return active
    for (const at of more) active[at] = true
  }
}
