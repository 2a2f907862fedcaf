import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import type { Value } from '../../program/types.ts'
import { GatedCell, type GatedCellOptions } from './gated-cell.ts'

export interface GruCellOptions extends GatedCellOptions {
  /** Whether the reset gate is applied after the product with the recurrent kernel (as cuDNN does) or before. */
  readonly resetAfter?: boolean
}

/** A cell of the GRU (Cho et al., 2014). Its state is h. */
export class GRUCell extends GatedCell {
  static override readonly className = 'GRUCell'
  protected override readonly gates = 3
  protected override readonly loopName = 'gru'
  readonly resetAfter: boolean

  constructor({ resetAfter = true, ...options }: GruCellOptions) {
    super(options)
    this.resetAfter = resetAfter
  }

  override get stateSizes(): readonly number[] {
    return [this.units]
  }

  /** One bias for the inputs and, where the gate comes after the product, one for the states. */
  protected override buildBias(): Variable {
    const width = 3 * this.units
    return this.addWeight('bias', this.resetAfter ? [2, width] : [width], this.biasRules)
  }

  #biases(b: Scope): readonly [inputs: Value | undefined, states: Value | undefined] {
    if (this.bias === undefined) return [undefined, undefined]
    const bias = b.read(this.bias)
    if (!this.resetAfter) return [bias, undefined]
    const row = (at: number): Value => b.reshape(b.sliceAxis(bias, 0, at, at + 1), [3 * this.units])
    return [row(0), row(1)]
  }

  // z = σ(x·Wz + h·Uz);  r = σ(x·Wr + h·Ur);  n = φ(x·Wn + r(h·Un)), or φ(x·Wn + (rh)·Un);  h′ = zh + (1 − z)n
  override call([x, h]: readonly Value[], b: Scope): readonly Value[] {
    const { units, activation, recurrentActivation } = this
    const [inputBias, stateBias] = this.#biases(b)
    const add = (value: Value, bias: Value | undefined): Value => (bias ? b.add(value, bias) : value)
    const fromInput = add(this.product(x!, b.read(this.kernel), this.dropout, b), inputBias)
    const recurrent = b.read(this.recurrentKernel)
    const ofGates = this.resetAfter ? recurrent : b.sliceAxis(recurrent, 1, 0, 2 * units)
    const fromState = add(this.product(h!, ofGates, this.recurrentDropout, b), stateBias)
    const [z, r] = [0, 1].map((gate) =>
      recurrentActivation(b, b.add(this.gate(fromInput, gate, b), this.gate(fromState, gate, b))),
    )
    const reset = this.resetAfter
      ? b.mul(r!, this.gate(fromState, 2, b))
      : this.product(b.mul(r!, h!), this.gate(recurrent, 2, b), this.recurrentDropout, b)
    const candidate = activation(b, b.add(this.gate(fromInput, 2, b), reset))
    const next = b.add(b.mul(z!, h!), b.mul(b.sub(1, z!), candidate))
    return [next, next]
  }

  protected override get loopOptions() {
    return { resetAfter: this.resetAfter }
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...super.config(), resetAfter: this.resetAfter }
  }
}

/**
 * One step of a GRU, for `rnn`. Takes [batch, features] and the state [batch, units]; gives the output and the next
 * state.
 *
 * @example
 * const encoder = layers.rnn({ cell: layers.gruCell({ units: 64 }) })
 */
export const gruCell = (options: GruCellOptions): GRUCell => new GRUCell(options)
