import { Layer } from '../../functional/layer.ts'
import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import type { Variable } from '../../functional/variable.ts'
import type { CallAttributes } from '../../program/ops/control.ts'

/** How an engine may know a loop over a cell by name. */
export interface NativeLoop {
  readonly name: string
  readonly weights: readonly Variable[]
  /** All that the weights do not say. */
  readonly options: CallAttributes['options']
}

/**
 * One step of a recurrent layer: `call` takes the element [batch, features] and the states, and gives the output and
 * the next states.
 */
export abstract class Cell extends Layer<readonly SymbolicTensor[]> {
  override readonly arity: number | undefined = undefined
  /** The sizes of the states [batch, size]. */
  abstract readonly stateSizes: readonly number[]
  /** Which of the next states is the output. */
  get outputState(): number {
    return 0
  }

  /** How engines know a loop over this cell; undefined where they can not, or not in this mode. */
  nativeLoop(_training: boolean): NativeLoop | undefined {
    return undefined
  }
}
