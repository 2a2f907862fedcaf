import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { CallOptions } from '../../functional/node.ts'
import type { Scope } from '../../functional/scope.ts'
import { flatten, type Structure } from '../../functional/structure.ts'
import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import type { Value } from '../../program/types.ts'
import { expectOneOf } from '../expect.ts'
import { RNN } from '../recurrent/rnn.ts'

const mergeModes = ['concat', 'sum', 'mul', 'ave'] as const

export interface BidirectionalOptions extends LayerOptions {
  /** A recurrent layer. It is copied, for each direction. */
  readonly layer: RNN<unknown>
  /** How the outputs of both directions become one; null keeps both. */
  readonly mergeMode?: (typeof mergeModes)[number] | null
  /** For the direction back, instead of a copy of `layer`. */
  readonly backwardLayer?: RNN<unknown> | null
}

/** A recurrent layer in both directions (Schuster and Paliwal, 1997). */
export class Bidirectional<Output = SymbolicTensor> extends Layer<Output> {
  static override readonly className = 'Bidirectional'
  static readonly layerOptions = ['layer', 'backwardLayer']
  override readonly arity: number | undefined = undefined
  override readonly supportsMasking = true
  override readonly hasSeveralArguments = true
  override readonly callArguments = ['sequences', 'initial_state', 'mask', 'training']
  readonly forwardLayer: RNN<unknown>
  readonly backwardLayer: RNN<unknown>
  readonly mergeMode: (typeof mergeModes)[number] | null
  readonly #hasOwnBackward: boolean

  constructor({ layer, mergeMode = 'concat', backwardLayer, ...options }: BidirectionalOptions) {
    super(options)
    if (!(layer instanceof RNN) || (backwardLayer && !(backwardLayer instanceof RNN)))
      throw new ConfigError(`${this.label}: expected recurrent layers.`)
    if (mergeMode !== null) expectOneOf(this.label, 'mergeMode', mergeMode, mergeModes)
    // The config says the forward layer, whose copies are to have the names that they had.
    const named = (direction: string): string => `${direction}_${layer.name.replace(/^forward_/, '')}`
    const { goBackwards, returnSequences: zeroOutputForMask } = layer
    this.forwardLayer = layer.clone({ name: named('forward'), zeroOutputForMask })
    this.backwardLayer =
      backwardLayer ?? layer.clone({ name: named('backward'), goBackwards: !goBackwards, zeroOutputForMask })
    this.backwardLayer.zeroOutputForMask = zeroOutputForMask
    this.mergeMode = mergeMode
    this.#hasOwnBackward = Boolean(backwardLayer)
    this.#expectPair()
    if (!this.trainable) this.trainable = false
  }

  #expectPair(): void {
    const [forward, backward] = [this.forwardLayer, this.backwardLayer]
    if (forward.goBackwards === backward.goBackwards) {
      throw new ConfigError(
        `${this.label}: expected layers of different goBackwards. Received: ${forward.goBackwards} for both.`,
      )
    }
    for (const option of ['stateful', 'returnSequences', 'returnState'] as const) {
      if (forward[option] !== backward[option]) {
        throw new ConfigError(
          `${this.label}: expected layers of the same ${option}. Received: ${forward[option]} and ${backward[option]}.`,
        )
      }
    }
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return [this.forwardLayer, this.backwardLayer]
  }

  /** The initial states are those of the forward layer, then those of the backward layer. */
  override apply(inputs: Structure, { initialState = [], ...options }: CallOptions = {}): Output {
    return super.apply([...flatten(inputs), ...flatten(initialState)], options)
  }

  override argumentsOf<T>([x, ...states]: readonly T[]) {
    return { args: [x], kwargs: states.length > 0 ? { initial_state: states } : {} }
  }

  override call([x, ...states]: readonly Value[], b: Scope, [mask]: readonly Mask[]): readonly Value[] {
    const half = states.length / 2
    const run = (layer: RNN<unknown>, own: readonly Value[]): readonly Value[] =>
      this.inside(layer, [x!, ...own], b, [mask]).outputs
    const [ahead, ...statesAhead] = run(this.forwardLayer, states.slice(0, half))
    const [reversed, ...statesBack] = run(this.backwardLayer, states.slice(half))
    const back = this.forwardLayer.returnSequences ? b.reverse(reversed!, [1]) : reversed!
    return [...this.#merged(b, ahead!, back), ...statesAhead, ...statesBack]
  }

  #merged(b: Scope, ahead: Value, back: Value): readonly Value[] {
    switch (this.mergeMode) {
      case 'concat':
        return [b.concat([ahead, back], -1)]
      case 'sum':
        return [b.add(ahead, back)]
      case 'ave':
        return [b.mul(b.add(ahead, back), 0.5)]
      case 'mul':
        return [b.mul(ahead, back)]
      case null:
        return [ahead, back]
    }
  }

  override computeMask(_inputs: readonly Value[], [mask]: readonly Mask[]): readonly Mask[] {
    const { returnSequences, returnState, cell } = this.forwardLayer
    const output = returnSequences ? mask : undefined
    const states = returnState ? cell.stateSizes.flatMap(() => [undefined, undefined]) : []
    return [...(this.mergeMode === null ? [output, output] : [output]), ...states]
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      mergeMode: this.mergeMode,
      layer: this.forwardLayer,
      // A copy has the options of the forward layer, but may have another flag.
      ...(this.#hasOwnBackward || this.backwardLayer.trainable !== this.forwardLayer.trainable
        ? { backwardLayer: this.backwardLayer }
        : {}),
    }
  }
}

/** What a layer in both directions gives: a list where it keeps both, or gives states. */
type InBothDirections<Output, Options> = Options extends { readonly mergeMode: null }
  ? readonly SymbolicTensor[]
  : Output extends SymbolicTensor
    ? SymbolicTensor
    : readonly SymbolicTensor[]

/**
 * A recurrent layer in both directions: [batch, time, features] → [batch, 2·units], or [batch, time, 2·units] where the
 * layer returns sequences. It takes copies of the layer, named forward_… and backward_….
 *
 * @throws ConfigError for a layer that is not recurrent, or two that do not fit together
 * @example
 * const tagged = layers.bidirectional(layers.lstm({ units: 32, returnSequences: true }))(sentence) // [null, time, 64]
 */
export function bidirectional<Output, const Options extends Omit<BidirectionalOptions, 'layer'>>(
  layer: RNN<Output>,
  options?: Options,
): Bidirectional<InBothDirections<Output, Options>> {
  return new Bidirectional({ ...options, layer })
}
