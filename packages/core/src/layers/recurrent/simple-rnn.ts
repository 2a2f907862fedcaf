import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import { CellLayer, type Recurrent, type RecurrentOptions } from './rnn.ts'
import { SimpleRNNCell, type SimpleRnnCellOptions } from './simple-rnn-cell.ts'

export type SimpleRnnOptions = RecurrentOptions & SimpleRnnCellOptions

export class SimpleRNN<Output = SymbolicTensor> extends CellLayer<Output> {
  static override readonly className = 'SimpleRNN'

  constructor(options: SimpleRnnOptions) {
    const { name: _name, activityRegularizer: _ofOutputs, ...ofCell } = options
    super({ ...options, cell: new SimpleRNNCell({ ...ofCell, name: 'simple_rnn_cell' }) })
  }
}

/**
 * A fully connected recurrent layer (Elman, 1990), h′ = φ(x·W + b + h·U): [batch, time, features] → [batch, units], or
 * [batch, time, units] with `returnSequences`; with `returnState` a list of that and the last state [batch, units].
 *
 * @throws ConfigError for options out of their range
 * @throws ShapeError for an input of another rank than 3, or of open last size
 * @example
 * const encoded = layers.simpleRnn({ units: 32 })(input({ shape: [100, 512] })) // [null, 32]
 */
export const simpleRnn = <const Options extends SimpleRnnOptions>(
  options: Options,
): SimpleRNN<Recurrent<Options, readonly [SymbolicTensor]>> => new SimpleRNN(options)
