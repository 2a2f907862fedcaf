import type { Equation, OpName, Program } from '@fn/core'

/** Ops whose windows want channels first. */
const windows: ReadonlySet<OpName> = new Set([
  'conv',
  'convTranspose',
  'convFilterGrad',
  'maxPool',
  'maxPoolGrad',
  'avgPool',
  'avgPoolGrad',
])

/** Ops that pass no layout on: they need the layout of the program, or bring another rank. */
const bounds: ReadonlySet<OpName> = new Set([
  'reshape',
  'transpose',
  'dot',
  'dimSize',
  'argMax',
  'topK',
  'gather',
  'scatterAdd',
  'scan',
])

/** The values, by id, that end in a window before anything asks for the layout of the program. */
export function wantedChannelsFirst({ equations }: Program): ReadonlySet<number> {
  const wanted = new Set<number>()
  for (const { op, inputs, outputs } of equations.toReversed()) {
    if (!windows.has(op) && (bounds.has(op) || !outputs.some(({ id }) => wanted.has(id)))) continue
    const { length } = outputs[0]!.shape
    for (const { id, shape } of inputs) if (shape.length === length) wanted.add(id)
  }
  return wanted
}

/** Who reads each value, by id, once for each time: an equation, or nobody inside where it is an output. */
export function readersOf({
  equations,
  outputs,
}: Program): ReadonlyMap<number, readonly (Equation | undefined)[]> {
  const readers = new Map<number, (Equation | undefined)[]>()
  const read = (id: number, reader?: Equation): void => {
    const known = readers.get(id)
    if (known === undefined) readers.set(id, [reader])
    else known.push(reader)
  }
  for (const equation of equations) for (const { id } of equation.inputs) read(id, equation)
  for (const { id } of outputs) read(id)
  return readers
}

/** The equation that gives each value, by id. */
export const originsOf = ({ equations }: Program): ReadonlyMap<number, Equation> =>
  new Map(equations.flatMap((equation) => equation.outputs.map(({ id }) => [id, equation] as const)))
