import type { OpName, Program } from '@fn/core'

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

/** How often each value is read, by id; to be an output is a reading. */
export function readCounts({ equations, outputs }: Program): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { id } of [...equations.flatMap(({ inputs }) => inputs), ...outputs])
    counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}
