import type { InputRange } from '../../functional/input-ranges.ts'
import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { Value } from '../../program/types.ts'
import { expectPositive } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface EmbeddingOptions extends LayerOptions, WeightOptions<'embeddings'> {
  /** How many rows there are: row numbers lie in [0, inputDim). */
  readonly inputDim: number
  /** How many features a row has. */
  readonly outputDim: number
  /** Whether number 0 is padding: what follows leaves these steps out. */
  readonly maskZero?: boolean
}

export class Embedding extends Layer {
  static override readonly className = 'Embedding'
  readonly inputDim: number
  readonly outputDim: number
  readonly maskZero: boolean
  protected override readonly makesMasks: boolean
  readonly #rules: WeightRules
  embeddings!: Variable

  constructor({ inputDim, outputDim, maskZero = false, ...options }: EmbeddingOptions) {
    super(options)
    expectPositive(this.label, 'inputDim', inputDim)
    expectPositive(this.label, 'outputDim', outputDim)
    this.inputDim = inputDim
    this.outputDim = outputDim
    this.maskZero = maskZero
    this.makesMasks = maskZero
    this.#rules = weightRules('embeddings', options, 'randomUniform')
  }

  override build(): void {
    this.embeddings = this.addWeight('embeddings', [this.inputDim, this.outputDim], this.#rules)
  }

  override inputRanges(): readonly InputRange[] {
    return [{ low: 0, high: this.inputDim - 1, label: this.label }]
  }

  // yᵢ = E[xᵢ]
  override call([x]: readonly Value[], b: Scope): Value {
    return b.gather(b.read(this.embeddings), b.cast(x!, 'int32'))
  }

  override computeMask([x]: readonly Value[], _masks: readonly Mask[], b: Scope): Mask {
    return this.maskZero ? b.not(b.equal(b.cast(x!, 'int32'), 0)) : undefined
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      inputDim: this.inputDim,
      outputDim: this.outputDim,
      ...weightConfig('embeddings', this.#rules),
      maskZero: this.maskZero,
    }
  }
}

/**
 * A row of features for each whole number: [batch, …] of int32 → [batch, …, outputDim]. With `maskZero` the number 0 is
 * padding.
 *
 * @throws ConfigError for sizes that are no whole numbers from 1 on
 * @throws DataError, from fit and predict, for numbers of an input outside of [0, inputDim)
 * @example
 * const words = input({ shape: [100], dtype: 'int32' })
 * const vectors = layers.embedding({ inputDim: 10_000, outputDim: 512 })(words) // [null, 100, 512]
 */
export const embedding = (options: EmbeddingOptions): Embedding => new Embedding(options)
