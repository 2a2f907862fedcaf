import type { EquationOf, ScanAttributes } from '@fn/core'
import { Emission } from '../emission.ts'
import { Graph } from '../graph/graph.ts'
import type { Attribute } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'

/** Writes the program of an emission into its graph. */
export type Write = (emission: Emission, inputs: readonly Operand[], around: string) => readonly Operand[]

/**
 * A loop as Scan, its body as a graph of its own. What all steps share is seen from there by name; a form of it that
 * the body asks for is written into the graph around the loop, which gets the Scan itself only afterwards.
 */
export function emitScan(
  emission: Emission,
  inputs: readonly Operand[],
  { body, carries, sequences, reverse }: ScanAttributes,
  { path, outputs }: EquationOf<'scan'>,
  write: Write,
): readonly Operand[] {
  const { graph, opset } = emission
  const inner = new Graph(graph)
  const labelled = (what: string): string => [path, what].filter(Boolean).join('/')
  const changing = carries + sequences
  const operands = body.inputs.map((input, at) => {
    if (at >= changing) return inputs[at]!
    const label = labelled(at < carries ? 'carry' : 'element')
    return new Computed(inner, input, inner.parameter(input, label))
  })
  const made = write(new Emission(inner, opset, body, emission), operands, path)
  inner.at(path, () => {
    for (const operand of made) inner.output(operand.tensor)
  })
  const backwards = (count: number): number[] => new Array<number>(count).fill(1)
  const attributes: Readonly<Record<string, Attribute>> = {
    body: { body: inner },
    num_scan_inputs: sequences,
    ...(reverse && {
      scan_input_directions: backwards(sequences),
      scan_output_directions: backwards(outputs.length - carries),
    }),
  }
  const given = inputs.slice(0, changing).map(({ tensor }) => tensor)
  const node = graph.node('Scan', given, outputs, attributes)
  return outputs.map((type, at) => new Computed(graph, type, node.outputs[at]!))
}
