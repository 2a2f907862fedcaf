import { activationKey, activationName } from '../../activations/index.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { GatedCell, type GatedCellOptions, type NativeLoop } from './cell.ts'

export type SimpleRnnCellOptions = GatedCellOptions

/** A fully connected cell (Elman, 1990). Its state is its output. */
export class SimpleRNNCell extends GatedCell {
  static override readonly className = 'SimpleRNNCell'
  protected override readonly gates = 1

  override get stateSizes(): readonly number[] {
    return [this.units]
  }

  // h′ = φ(x·W + b + h·U)
  override call([x, h]: readonly Value[], b: Scope): readonly Value[] {
    const projected = this.product(x!, b.read(this.kernel), this.dropout, b)
    const biased = this.bias ? b.add(projected, b.read(this.bias)) : projected
    const recurrent = this.product(h!, b.read(this.recurrentKernel), this.recurrentDropout, b)
    const next = this.activation(b, b.add(biased, recurrent))
    return [next, next]
  }

  override nativeLoop(training: boolean): NativeLoop | undefined {
    const activation = activationKey(this.activation)
    if (!activation || this.drops(training)) return undefined
    return { name: 'simpleRnn', weights: this.ownWeightList, options: { useBias: this.useBias, activation } }
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...super.config(), activation: activationName(this.activation) }
  }
}

/**
 * One step of a fully connected recurrent layer, for `rnn`. Takes [batch, features] and the state [batch, units]; gives
 * the output and the next state.
 *
 * @example
 * const encoder = layers.rnn({ cell: layers.simpleRnnCell({ units: 64 }) })
 */
export const simpleRnnCell = (options: SimpleRnnCellOptions): SimpleRNNCell => new SimpleRNNCell(options)
