import { concrete, type EquationOf, sizeOf, type Value } from '@fn/core'
import { type Access, FunctionWriter, type Local } from './assembler.ts'

const BYTES = 4
const LANES = 4

/**
 * y[k, r…] = Σ updates[i…, r…] over all i with indices[i…] = k, where y holds zeros before. Once everybody has read y,
 * `clear` puts the zeros back: of a large table that is much less than to fill it each time.
 */
export class Scatter {
  readonly inputs: readonly [indices: Value, updates: Value]
  readonly outputs: readonly [Value]
  readonly #count: number
  readonly #rows: number
  readonly #columns: number

  constructor({ inputs, outputs, attrs: { size } }: EquationOf<'scatterAdd'>) {
    this.inputs = inputs as [Value, Value]
    this.outputs = outputs as [Value]
    this.#count = sizeOf(concrete(inputs[0]!.shape))
    this.#rows = size as number
    this.#columns = sizeOf(concrete(outputs[0]!.shape).slice(1))
  }

  /** The function of the addresses of indices, updates and y. */
  write(): FunctionWriter {
    const w = new FunctionWriter(3)
    const [indices, updates, y] = [w.parameter(0), w.parameter(1), w.parameter(2)]
    this.#eachRow(w, indices, y, (row, at) => w.store(row, w.add(w.load(row, at), w.load(updates, at)), at), [
      updates,
    ])
    return w
  }

  /** The function of the addresses of indices and y. */
  clear(): FunctionWriter {
    const w = new FunctionWriter(2)
    this.#eachRow(w, w.parameter(0), w.parameter(1), (row, at) => w.store(row, w.local(0), at))
    return w
  }

  /** For each index, and four elements or a single one of the row of y that it names. */
  #eachRow(
    w: FunctionWriter,
    indices: Local,
    y: Local,
    write: (row: Local, at: Access) => void,
    beside: readonly Local[] = [],
  ): void {
    const bytes = this.#columns * BYTES
    const whole = (this.#columns - (this.#columns % LANES)) * BYTES
    w.loop(w.row, 0, this.#count, 1, () => {
      w.rowAt(indices, y, { rows: this.#rows, bytes }, (row) => {
        const at = (single: boolean): Access => ({ place: w.place, single })
        if (whole > 0) w.loop(w.place, 0, whole, LANES * BYTES, () => write(row, at(false)))
        if (whole < bytes) w.loop(w.place, whole, bytes, BYTES, () => write(row, at(true)))
      })
      w.advance(indices, BYTES)
      for (const pointer of beside) w.advance(pointer, bytes)
    })
  }
}
