import type { Builder } from '../program/builder.ts'
import { type ScanAttributes, scanLength } from '../program/ops/control.ts'
import type { OpName } from '../program/ops/index.ts'
import type { Equation, Value } from '../program/types.ts'
import { coneOf, rolesOf, scanOf } from './scan-body.ts'
import { straighten } from './straighten.ts'
import { isVectorizable, type Lane, vectorize } from './vectorize.ts'

/**
 * Loop fission: what needs no recurrence leaves the loop and is done for all steps at once. Before the loop goes what
 * depends on no carry (the projection of the inputs, the slopes of gates); after it what no carry depends on (the
 * products that make the slopes of weights), if it is worth keeping its operands. Of the products that stay, operands that
 * are the same at every step have their axes brought in order before it.
 *
 * @returns the outputs of the scan; undefined, and nothing written, where all of it belongs into the loop
 */
export function fission(
  b: Builder,
  inputs: readonly Value[],
  attrs: ScanAttributes,
  path: string,
): readonly Value[] | undefined {
  const { body } = attrs
  const length = scanLength(inputs, attrs)
  const own = rolesOf(body.inputs, attrs)
  const given = rolesOf(inputs, attrs)
  const next = body.outputs.slice(0, attrs.carries)
  const outputs = body.outputs.slice(attrs.carries)

  // What a value of the body depends on: nothing that changes (false), on elements alone (true); absent: on carries.
  const kinds = new Map<number, boolean>()
  for (const { id } of own.sequences) kinds.set(id, true)
  for (const { id } of own.others) kinds.set(id, false)
  const before: Equation[] = []
  for (const equation of body.equations) {
    const stacked = equation.inputs.map(({ id }) => kinds.get(id))
    if (stacked.includes(undefined)) continue
    const elements = stacked.includes(true)
    if (elements && !isVectorizable(equation, stacked as boolean[])) continue
    for (const { id } of equation.outputs) kinds.set(id, elements)
    before.push(equation)
  }
  const isBefore = new Set(before)

  // The loop: what carries need, and what outputs need that are not worth to be computed after it.
  const inLoop = body.equations.filter((equation) => !isBefore.has(equation))
  const core = new Set(coneOf(inLoop, next).equations)
  const isLater = (output: Value): boolean => {
    const cone = coneOf(inLoop, [output]).equations.filter((equation) => !core.has(equation))
    return (
      cone.some(({ op }) => worthwhile.has(op)) &&
      cone.every((equation) =>
        isVectorizable(
          equation,
          equation.inputs.map(({ id }) => kinds.get(id) ?? true),
        ),
      )
    )
  }
  const stay = outputs.filter((output) => !kinds.has(output.id) && !isLater(output))
  for (const equation of coneOf(inLoop, stay).equations) core.add(equation)
  const after = coneOf(inLoop, outputs).equations.filter((equation) => !core.has(equation))
  const { equations, moved } = straighten(
    body.equations.filter((equation) => core.has(equation)),
    ({ id }) => kinds.get(id) === false,
    body,
  )

  // Sources cost nothing, and say more where they are used.
  const isSource = ({ inputs: { length: arity } }: Equation): boolean => arity === 0
  const sources = before.filter(isSource)
  const idle = outputs.every(({ id }) => !kinds.has(id)) && after.length === 0 && moved.length === 0
  if (idle && sources.length === before.length) return undefined

  const lanes = new Map<number, Lane>()
  own.sequences.forEach(({ id }, at) => {
    lanes.set(id, { value: given.sequences[at]!, stacked: true })
  })
  own.others.forEach(({ id }, at) => {
    lanes.set(id, { value: given.others[at]!, stacked: false })
  })
  const write = (equation: Equation): void => {
    const label = [path, equation.path].filter(Boolean).join('/')
    const operands = equation.inputs.map(({ id }) => lanes.get(id)!)
    const stacked = operands.some((lane) => lane.stacked)
    const made = stacked
      ? [b.under(label, () => vectorize(b, equation, operands, length))]
      : b.emit(
          equation.op,
          operands.map(({ value }) => value),
          equation.attrs,
          label,
        )
    equation.outputs.forEach(({ id }, at) => {
      lanes.set(id, { value: made[at]!, stacked })
    })
  }
  for (const equation of [...before, ...moved]) write(equation)

  // The loop reads what was done before it, and gives what is done after it to read.
  const loop = coneOf([...sources, ...equations], [...next, ...stay])
  const made = new Set(equations.flatMap((equation) => equation.outputs.map(({ id }) => id)))
  const carried = new Set(own.carries.map(({ id }) => id))
  const kept = unique([
    ...stay,
    ...outputs.filter(({ id }) => made.has(id) || carried.has(id)),
    ...after.flatMap((equation) => equation.inputs.filter(({ id }) => made.has(id) || carried.has(id))),
  ])
  const sourceIds = new Set(sources.flatMap((equation) => equation.outputs.map(({ id }) => id)))
  const readFrom = unique([
    ...own.sequences,
    ...own.others,
    ...[...before, ...moved].flatMap((equation) => equation.outputs),
  ]).filter(({ id }) => loop.reads.has(id) && !sourceIds.has(id))
  const elements = readFrom.filter(({ id }) => lanes.get(id)!.stacked)
  const others = readFrom.filter(({ id }) => !lanes.get(id)!.stacked)
  if (elements.length === 0) elements.push(own.sequences[0]!)
  const slim = scanOf(
    { carries: own.carries, sequences: elements, others, equations: loop.equations, next, outputs: kept },
    attrs.reverse,
  )
  const results =
    next.length === 0 && kept.length === 0
      ? []
      : b.emit(
          'scan',
          [...given.carries, ...[...elements, ...others].map(({ id }) => lanes.get(id)!.value)],
          slim,
          path,
        )
  kept.forEach(({ id }, at) => {
    lanes.set(id, { value: results[next.length + at]!, stacked: true })
  })
  for (const equation of after) write(equation)

  return [
    ...results.slice(0, next.length),
    ...outputs.map((output) => {
      const { value, stacked } = lanes.get(output.id)!
      return stacked ? value : b.broadcast(value, [length, ...output.shape])
    }),
  ]
}

/** Ops that gain more by being one large op than their operands cost to keep. */
const worthwhile: ReadonlySet<OpName> = new Set(['dot', 'reduceSum', 'conv', 'convTranspose'])

const unique = (values: readonly Value[]): Value[] => [
  ...new Map(values.map((value) => [value.id, value])).values(),
]
