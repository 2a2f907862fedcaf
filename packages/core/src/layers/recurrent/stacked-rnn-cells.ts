import { ConfigError } from '../../errors.ts'
import type { Layer, LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'
import { Cell } from './cell.ts'

export interface StackedRnnCellsOptions extends LayerOptions {
  readonly cells: readonly Cell[]
}

/** Cells one on top of the other, as one cell: each takes the output of the one before. */
export class StackedRNNCells extends Cell {
  static override readonly className = 'StackedRNNCells'
  static readonly layerOptions = ['cells']
  readonly cells: readonly Cell[]

  constructor({ cells, ...options }: StackedRnnCellsOptions) {
    super(options)
    if (!Array.isArray(cells) || cells.length === 0 || cells.some((cell) => !(cell instanceof Cell)))
      throw new ConfigError(`${this.label}: expected a list of cells.`)
    this.cells = cells
    if (!this.trainable) this.trainable = false
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return this.cells
  }

  override get stateSizes(): readonly number[] {
    return this.cells.flatMap(({ stateSizes }) => stateSizes)
  }

  override get outputState(): number {
    const last = this.cells.at(-1)!
    return this.stateSizes.length - last.stateSizes.length + last.outputState
  }

  override call([x, ...states]: readonly Value[], b: Scope): readonly Value[] {
    let output = x!
    let used = 0
    const next = this.cells.flatMap((cell) => {
      const own = states.slice(used, used + cell.stateSizes.length)
      used += own.length
      const [made, ...after] = this.inside(cell, [output, ...own], b).outputs
      output = made!
      return after
    })
    return [output, ...next]
  }

  override config(): Readonly<Record<string, unknown>> {
    return { cells: this.cells }
  }
}

/**
 * Cells one on top of the other, as one cell.
 *
 * @throws ConfigError for a list that holds no cell
 * @example
 * const cell = layers.stackedRnnCells({ cells: [layers.lstmCell({ units: 64 }), layers.gruCell({ units: 32 })] })
 */
export const stackedRnnCells = (options: StackedRnnCellsOptions): StackedRNNCells =>
  new StackedRNNCells(options)
