import { ConfigError, ShapeError } from '../../errors.ts'
import { asBool, Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { WeightRules } from '../../functional/variable.ts'
import { attended, attentionShares } from '../../program/attention.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { regularizerConfig, regularizerOf } from '../../regularizers/index.ts'
import type { Regularizer } from '../../regularizers/regularizer.ts'
import { EinsumDense } from '../core/einsum-dense.ts'
import { expectPositive, expectRank, fixedSize } from '../expect.ts'
import { dropoutMask } from '../regularization/dropout-mask.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface MultiHeadAttentionOptions
  extends LayerOptions,
    WeightOptions<'kernel'>,
    WeightOptions<'bias'> {
  readonly numHeads: number
  /** How many features of queries and keys each head compares. */
  readonly keyDim: number
  /** How many features of values each head takes; keyDim if nothing is said. */
  readonly valueDim?: number | null
  /** The share of the attention that is dropped in training. */
  readonly dropout?: number
  readonly useBias?: boolean
  /** How many features come out; as many as the query has if nothing is said. */
  readonly outputShape?: number | readonly number[] | null
  /** Only the axis of the steps. */
  readonly attentionAxes?: number | readonly number[] | null
  /** Whether no step attends to a later one. In Keras it is said at the call. */
  readonly useCausalMask?: boolean
}

/** Heads that each attend to the steps of a sequence in a way of their own. */
export class MultiHeadAttention extends Layer {
  static override readonly className = 'MultiHeadAttention'
  static readonly callSettings: readonly string[] = ['useCausalMask']
  override readonly arity: number | undefined = undefined
  override readonly supportsMasking = true
  override readonly maskArguments = ['query_mask', 'value_mask', 'key_mask']
  readonly numHeads: number
  readonly keyDim: number
  readonly valueDim: number
  readonly dropout: number
  readonly useBias: boolean
  readonly outputSize: number | null
  readonly attentionAxes: readonly number[] | null
  readonly useCausalMask: boolean
  readonly #kernelRules: WeightRules
  readonly #biasRules: WeightRules
  /** Keras hands it to the four projections: the layer itself has none. */
  readonly #ofActivity: Regularizer | undefined
  queryDense?: EinsumDense
  keyDense?: EinsumDense
  valueDense?: EinsumDense
  outputDense?: EinsumDense

  constructor({
    numHeads,
    keyDim,
    valueDim,
    dropout = 0,
    useBias = true,
    outputShape = null,
    attentionAxes = null,
    useCausalMask = false,
    activityRegularizer,
    ...options
  }: MultiHeadAttentionOptions) {
    super(options)
    expectPositive(this.label, 'numHeads', numHeads)
    expectPositive(this.label, 'keyDim', keyDim)
    expectPositive(this.label, 'valueDim', valueDim ?? keyDim)
    if (!(dropout >= 0 && dropout < 1))
      throw new ConfigError(
        `${this.label}: expected dropout in [0, 1). Received: ${JSON.stringify(dropout)}.`,
      )
    const sizes = outputShape === null ? [] : [outputShape].flat()
    expectPositive(this.label, 'outputShape', ...sizes)
    const axes = attentionAxes === null ? null : [attentionAxes].flat()
    if (sizes.length > 1 || (axes !== null && !(axes.length === 1 && axes[0] === 1))) {
      throw new ConfigError(
        `${this.label}: expected attention along one axis, the first after the batch, and one size as outputShape. Received: ${JSON.stringify({ attentionAxes, outputShape })}.`,
      )
    }
    this.numHeads = numHeads
    this.keyDim = keyDim
    this.valueDim = valueDim ?? keyDim
    this.dropout = dropout
    this.useBias = useBias
    this.outputSize = sizes[0] ?? null
    this.attentionAxes = axes
    this.useCausalMask = useCausalMask
    this.#ofActivity = regularizerOf(activityRegularizer)
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return [this.queryDense, this.keyDense, this.valueDense, this.outputDense].filter(
      (layer) => layer !== undefined,
    )
  }

  /** Query, value and, if they are not the values, keys; a tensor of bool is a mask [batch, query, value]. */
  override argumentsOf<T>(inputs: readonly T[]) {
    const isMask = (input: T): boolean => dtypeOf(input) !== 'float32'
    const [masks, args] = [inputs.filter(isMask), inputs.filter((input) => !isMask(input))]
    const kwargs = {
      ...(masks.length > 0 && { attention_mask: masks[0] }),
      ...(this.useCausalMask && { use_causal_mask: true }),
    }
    return { args, kwargs }
  }

  override build(inputs: readonly TensorType[]): void {
    const { query, value, key } = partsOf(inputs)
    const { numHeads, keyDim, valueDim } = this
    const projection = (name: string, size: number): EinsumDense =>
      this.#dense(name, 'abc,cde->abde', [null, numHeads, size], 'de')
    this.queryDense = projection('query', keyDim)
    this.keyDense = projection('key', keyDim)
    this.valueDense = projection('value', valueDim)
    const size = this.outputSize ?? fixedSize(query, -1)
    this.outputDense = this.#dense('attention_output', 'abcd,cde->abe', [null, size], 'e')
    this.queryDense.buildOnce([query])
    this.keyDense.buildOnce([key])
    this.valueDense.buildOnce([value])
    this.outputDense.buildOnce([
      { shape: [...query.shape.slice(0, 2), numHeads, valueDim], dtype: 'float32' },
    ])
  }

  #dense(name: string, equation: string, outputShape: readonly (number | null)[], axes: string): EinsumDense {
    const [kernel, bias] = [this.#kernelRules, this.#biasRules]
    return new EinsumDense({
      name,
      equation,
      outputShape,
      biasAxes: this.useBias ? axes : null,
      kernelInitializer: kernel.initializer,
      biasInitializer: bias.initializer,
      kernelRegularizer: kernel.regularizer ?? null,
      biasRegularizer: bias.regularizer ?? null,
      kernelConstraint: kernel.constraint ?? null,
      biasConstraint: bias.constraint ?? null,
      activityRegularizer: this.#ofActivity ?? null,
    })
  }

  // For each head h: yₕ = softmax(Q Kᵀ / √d) V, and y = [y₁ … yₙ] · W
  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): Value {
    const { query, value, key, attention } = partsOf(inputs)
    for (const part of [query, value, key]) expectRank(part, 3)
    const inner = (layer: EinsumDense, x: Value): Value => this.inside(layer, [x], b).outputs[0]!
    const [q, k, v] = [
      inner(this.queryDense!, query),
      inner(this.keyDense!, key),
      inner(this.valueDense!, value),
    ]
    const counts = this.#counts(b, { query, value, attention }, masks)
    const scale = 1 / Math.sqrt(this.keyDim)
    const isWhole = this.dropout === 0 || !(b.training || counts)
    const mixed = isWhole
      ? b.call('attention', counts ? [q, k, v, counts] : [q, k, v], { scale })
      : attended(b, this.#dropped(b, attentionShares(b, q, k, counts, scale), counts), v)
    return inner(this.outputDense!, mixed)
  }

  /** Keras takes another way where there is a dropout: there a step to which none counts gets nothing. */
  #dropped(b: Scope, shares: Value, counts: Value | undefined): Value {
    const held = counts ? b.select(counts, shares, b.scalar(0)) : shares
    return b.training ? b.mul(held, dropoutMask(b, held.shape, this.dropout)) : held
  }

  /** Which steps of the values count for which of the query: [batch, heads, query, value] of bool. */
  #counts(
    b: Scope,
    { query, value, attention }: { query: Value; value: Value; attention: Value | undefined },
    masks: readonly Mask[],
  ): Value | undefined {
    const [batch, steps] = query.shape as [Value['shape'][number], Value['shape'][number]]
    const others = value.shape[1]!
    const shape = [batch, this.numHeads, steps, others]
    const [ofQuery, ofValue, ofKey] = masks
    const parts = [
      ofQuery && b.reshape(ofQuery, [batch, 1, steps, 1]),
      ofValue && b.reshape(ofValue, [batch, 1, 1, others]),
      ofKey && b.reshape(ofKey, [batch, 1, 1, others]),
      attention &&
        b.reshape(asBool(b, attention), [...attention.shape.slice(0, 1), 1, ...attention.shape.slice(1)]),
      this.useCausalMask ? b.lessEqual(b.iota([steps, others], 1), b.iota([steps, others], 0)) : undefined,
    ].filter((part) => part !== undefined)
    if (parts.length === 0) return undefined
    return parts.map((part) => b.broadcast(part, shape)).reduce((one, other) => b.and(one, other))
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      numHeads: this.numHeads,
      keyDim: this.keyDim,
      valueDim: this.valueDim,
      dropout: this.dropout,
      useBias: this.useBias,
      outputShape: this.outputSize,
      attentionAxes: this.attentionAxes,
      ...weightConfig('kernel', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
      activityRegularizer: regularizerConfig(this.#ofActivity),
      seed: null,
    }
  }

  override clone(changes: Readonly<Record<string, unknown>> = {}): this {
    return super.clone({ useCausalMask: this.useCausalMask, ...changes })
  }
}

const dtypeOf = (input: unknown): unknown =>
  (input as Partial<TensorType>).dtype ?? (input as { config?: Partial<TensorType> }).config?.dtype

function partsOf<T extends TensorType>(
  inputs: readonly T[],
): { query: T; value: T; key: T; attention: T | undefined } {
  const parts = inputs.filter(({ dtype }) => dtype === 'float32')
  const masks = inputs.filter(({ dtype }) => dtype !== 'float32')
  if (parts.length < 2 || parts.length > 3 || masks.length > 1)
    throw new ShapeError(
      `expected a query, values, keys if they are others, and a mask if there is one. Received: ${inputs.length} tensors.`,
    )
  const [query, value, key = value] = parts as [T, T, T?]
  return { query, value, key: key!, attention: masks[0] }
}

/**
 * Each step of a query looks at the steps of values, in several ways at once: [batch, steps, features] and
 * [batch, steps′, features′] → [batch, steps, features]. It is called on [query, values], or on [query, values, keys], with a
 * mask [batch, steps, steps′] of bool after them if there is one. (Vaswani et al., "Attention is all you need", 2017.)
 *
 * @throws ConfigError for sizes that are no whole numbers from 1 on
 * @throws ShapeError for tensors of another rank
 * @example
 * const words = input({ shape: [24, 64] })
 * const related = layers.multiHeadAttention({ numHeads: 4, keyDim: 16 })([words, words]) // [null, 24, 64]
 */
export const multiHeadAttention = (options: MultiHeadAttentionOptions): MultiHeadAttention =>
  new MultiHeadAttention(options)
