import type { Layer } from '@fn/core'
import type { Hdf5, Numbers } from './hdf5.ts'

// Keras 1 keeps the gates of recurrent layers apart: kernel, recurrent kernel and bias of one after the other.

/** The gates of Keras 2 by their positions in Keras 1: i, f, c, o of i, c, f, o; and z, r, h. */
const GATES: Readonly<Record<string, readonly number[]>> = { LSTM: [0, 2, 1, 3], GRU: [0, 1, 2] }

/** True if the names are those of a recurrent layer of Keras 1, a weight for each gate. */
export const hasGatesApart = ({ className }: Layer<unknown>, names: readonly string[]): boolean =>
  Object.hasOwn(GATES, className) && names.length === 3 * GATES[className]!.length

/** The kernel (0), the recurrent kernel (1) or the bias (2) of a layer whose gates the file has apart. */
export function joinedGates(
  file: Hdf5,
  { className }: Layer<unknown>,
  paths: readonly string[],
  index: number,
): Numbers {
  const parts = GATES[className]!.map((gate) => file.numbers(paths[3 * gate + index]!))
  const [first] = parts
  const lead = first!.shape.slice(0, -1)
  const rows = lead.reduce((product, size) => product * size, 1)
  const width = parts.reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0)
  const data = new Float32Array(rows * width)
  let column = 0
  for (const { shape, data: part } of parts) {
    const units = shape.at(-1) ?? 0
    for (let row = 0; row < rows; row++)
      data.set(Float32Array.from(part.subarray(row * units, (row + 1) * units)), row * width + column)
    column += units
  }
  return { shape: [...lead, width], data }
}
