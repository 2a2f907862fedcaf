import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import { LSTMCell, type LstmCellOptions } from './lstm-cell.ts'
import { CellLayer, type Recurrent, type RecurrentOptions } from './rnn.ts'

export type LstmOptions = RecurrentOptions & LstmCellOptions

export class LSTM<Output = SymbolicTensor> extends CellLayer<Output> {
  static override readonly className = 'LSTM'

  constructor(options: LstmOptions) {
    const { name: _name, activityRegularizer: _ofOutputs, ...ofCell } = options
    super({ ...options, cell: new LSTMCell({ ...ofCell, name: 'lstm_cell' }) })
  }
}

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997): [batch, time, features] → [batch, units], or [batch, time,
 * units] with `returnSequences`; with `returnState` a list of that and the last states h and c [batch, units].
 *
 * Steps that the mask leaves out do not change the states. Dropout draws one mask for all steps (Gal and Ghahramani,
 * 2016).
 *
 * @throws ConfigError for options out of their range
 * @throws ShapeError for an input of another rank than 3, or of open last size
 * @example
 * const encoded = layers.lstm({ units: 32 })(input({ shape: [100, 512] })) // [null, 32]
 * const [sequence, h, c] = layers.lstm({ units: 32, returnSequences: true, returnState: true })(encoder)
 * const decoded = layers.lstm({ units: 32 })(target, { initialState: [h, c] })
 */
export const lstm = <const Options extends LstmOptions>(
  options: Options,
): LSTM<Recurrent<Options, readonly [h: SymbolicTensor, c: SymbolicTensor]>> => new LSTM(options)
