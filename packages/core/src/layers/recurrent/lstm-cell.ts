import type { Scope } from '../../functional/scope.ts'
import type { Variable } from '../../functional/variable.ts'
import type { Initializer } from '../../initializers/initializer.ts'
import type { Value } from '../../program/types.ts'
import { GatedCell, type GatedCellOptions } from './gated-cell.ts'

export interface LstmCellOptions extends GatedCellOptions {
  /** Whether the bias of the forget gate starts at 1 (Jozefowicz et al., 2015). */
  readonly unitForgetBias?: boolean
}

/** A cell of the LSTM (Hochreiter and Schmidhuber, 1997). Its states are h and c. */
export class LSTMCell extends GatedCell {
  static override readonly className = 'LSTMCell'
  protected override readonly gates = 4
  protected override readonly loopName = 'lstm'
  readonly unitForgetBias: boolean

  constructor({ unitForgetBias = true, ...options }: LstmCellOptions) {
    super(options)
    this.unitForgetBias = unitForgetBias
  }

  override get stateSizes(): readonly number[] {
    return [this.units, this.units]
  }

  protected override buildBias(): Variable {
    const { initializer, ...rest } = this.biasRules
    const rules = {
      ...rest,
      initializer: this.unitForgetBias ? forgetOne(initializer, this.units) : initializer,
    }
    return this.addWeight('bias', [4 * this.units], rules)
  }

  // i, f, g, o = x·W + h·U + b;  c′ = σ(f)c + σ(i)φ(g);  h′ = σ(o)φ(c′)
  override call([x, h, c]: readonly Value[], b: Scope): readonly Value[] {
    const { activation, recurrentActivation } = this
    const projected = this.product(x!, b.read(this.kernel), this.dropout, b)
    const biased = this.bias ? b.add(projected, b.read(this.bias)) : projected
    const z = b.add(biased, this.product(h!, b.read(this.recurrentKernel), this.recurrentDropout, b))
    const [i, f, g, o] = [0, 1, 2, 3].map((gate) => this.gate(z, gate, b))
    const kept = b.mul(recurrentActivation(b, f!), c!)
    const next = b.add(kept, b.mul(recurrentActivation(b, i!), activation(b, g!)))
    const output = b.mul(recurrentActivation(b, o!), activation(b, next))
    return [output, output, next]
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...super.config(), unitForgetBias: this.unitForgetBias }
  }
}

/** Biases [i, f, c, o] of which those of the forget gate are 1. */
const forgetOne = (initializer: Initializer, units: number): Initializer => ({
  ...initializer,
  values(_shape, seed) {
    const others = initializer.values([3 * units], seed)
    return Float32Array.from({ length: 4 * units }, (_, at) =>
      at < units ? others[at]! : at < 2 * units ? 1 : others[at - units]!,
    )
  },
})

/**
 * One step of an LSTM, for `rnn`. Takes [batch, features] and the states h and c [batch, units]; gives the output and
 * the next states.
 *
 * @example
 * const encoder = layers.rnn({ cell: [layers.lstmCell({ units: 64 }), layers.lstmCell({ units: 32 })] })
 */
export const lstmCell = (options: LstmCellOptions): LSTMCell => new LSTMCell(options)
