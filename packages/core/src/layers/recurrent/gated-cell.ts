import { type Activation, type ActivationLike, activationOf } from '../../activations/index.ts'
import { KernelCell, type KernelCellOptions } from './kernel-cell.ts'

export interface GatedCellOptions extends KernelCellOptions {
  /** Of the gates. */
  readonly recurrentActivation?: ActivationLike
}

/** What the cells with gates share. */
export abstract class GatedCell extends KernelCell {
  readonly recurrentActivation: Activation

  constructor({ recurrentActivation = 'sigmoid', ...options }: GatedCellOptions) {
    super(options)
    this.recurrentActivation = activationOf(recurrentActivation)
  }

  protected override get activations(): Readonly<Record<string, Activation>> {
    return { ...super.activations, recurrentActivation: this.recurrentActivation }
  }
}
