import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { KernelCell, type KernelCellOptions } from './kernel-cell.ts'

export type SimpleRnnCellOptions = KernelCellOptions

/** A fully connected cell (Elman, 1990). Its state is its output. */
export class SimpleRNNCell extends KernelCell {
  static override readonly className = 'SimpleRNNCell'
  protected override readonly gates = 1
  protected override readonly loopName = 'simpleRnn'

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
}

/**
 * One step of a fully connected recurrent layer, for `rnn`. Takes [batch, features] and the state [batch, units]; gives
 * the output and the next state.
 *
 * @example
 * const encoder = layers.rnn({ cell: layers.simpleRnnCell({ units: 64 }) })
 */
export const simpleRnnCell = (options: SimpleRnnCellOptions): SimpleRNNCell => new SimpleRNNCell(options)
