import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import { GRUCell, type GruCellOptions } from './gru-cell.ts'
import { CellLayer, type Recurrent, type RecurrentOptions } from './rnn.ts'

export type GruOptions = RecurrentOptions & GruCellOptions

export class GRU<Output = SymbolicTensor> extends CellLayer<Output> {
  static override readonly className = 'GRU'

  constructor(options: GruOptions) {
    const { name: _name, activityRegularizer: _ofOutputs, ...ofCell } = options
    super({ ...options, cell: new GRUCell({ ...ofCell, name: 'gru_cell' }) })
  }
}

/**
 * Gated recurrent unit (Cho et al., 2014): [batch, time, features] → [batch, units], or [batch, time, units] with
 * `returnSequences`; with `returnState` a list of that and the last state [batch, units].
 *
 * @throws ConfigError for options out of their range
 * @throws ShapeError for an input of another rank than 3, or of open last size
 * @example
 * const encoded = layers.gru({ units: 32 })(input({ shape: [100, 512] })) // [null, 32]
 */
export const gru = <const Options extends GruOptions>(
  options: Options,
): GRU<Recurrent<Options, readonly [SymbolicTensor]>> => new GRU(options)
