import { ConfigError, ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { CallOptions } from '../../functional/node.ts'
import type { Scope } from '../../functional/scope.ts'
import { flatten, type Structure } from '../../functional/structure.ts'
import type { SymbolicTensor } from '../../functional/symbolic-tensor.ts'
import type { Variable } from '../../functional/variable.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { expectRank, fixedSize } from '../expect.ts'
import { Cell } from './cell.ts'
import { StackedRNNCells } from './stacked-rnn-cells.ts'

/** What every recurrent layer lets its user choose. */
export interface RecurrentOptions extends LayerOptions {
  /** Whether it gives the outputs of all steps, [batch, time, units], or that of the last one. */
  readonly returnSequences?: boolean
  /** Whether it also gives its last states. */
  readonly returnState?: boolean
  /** From the last step to the first; the outputs then stand in this order too. */
  readonly goBackwards?: boolean
  /** Whether each batch goes on from the states in which the one before it ended. It needs a fixed batch size. */
  readonly stateful?: boolean
  /** Whether masked steps give zeros, instead of what the step before them gave. */
  readonly zeroOutputForMask?: boolean
  /** Of no consequence here, and kept for Keras: a loop is a loop. */
  readonly unroll?: boolean
}

export interface RnnOptions extends RecurrentOptions {
  /** What is done at each step; a list of cells is a stack of them. */
  readonly cell: Cell | readonly Cell[]
}

/** [batch, time, …] ↔ [time, batch, …] */
const swapped = (b: Scope, x: Value): Value =>
  b.transpose(
    x,
    x.shape.map((_, axis) => (axis < 2 ? 1 - axis : axis)),
  )

/** A cell, step by step along the time axis. Masked steps leave its states alone. */
export class RNN<Output = SymbolicTensor> extends Layer<Output> {
  static override readonly className: string = 'RNN'
  override readonly computesWithFloats = true
  static readonly layerOptions: readonly string[] = ['cell']
  /** The sequence, and the states to start from, if any are given. */
  override readonly arity: number | undefined = undefined
  override readonly supportsMasking = true
  override readonly hasSeveralArguments = true
  override readonly callArguments = ['sequences', 'initial_state', 'mask', 'training']
  readonly cell: Cell
  readonly returnSequences: boolean
  readonly returnState: boolean
  readonly goBackwards: boolean
  readonly stateful: boolean
  readonly unroll: boolean
  zeroOutputForMask: boolean
  #kept: readonly Variable[] = []

  constructor({
    cell,
    returnSequences = false,
    returnState = false,
    goBackwards = false,
    stateful = false,
    zeroOutputForMask = false,
    unroll = false,
    ...options
  }: RnnOptions) {
    super(options)
    const whole = Array.isArray(cell) ? new StackedRNNCells({ cells: cell as readonly Cell[] }) : cell
    if (!(whole instanceof Cell)) throw new ConfigError(`${this.label}: expected a cell, or a list of cells.`)
    this.cell = whole
    this.returnSequences = returnSequences
    this.returnState = returnState
    this.goBackwards = goBackwards
    this.stateful = stateful
    this.zeroOutputForMask = zeroOutputForMask
    this.unroll = unroll
    if (!this.trainable) this.trainable = false
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return [this.cell]
  }

  /** `layer(x, { initialState: [h, c] })` starts from given states. */
  override apply(inputs: Structure, { initialState = [], ...options }: CallOptions = {}): Output {
    return super.apply([...flatten(inputs), ...flatten(initialState)], options)
  }

  override argumentsOf<T>([x, ...states]: readonly T[]) {
    return { args: [x], kwargs: states.length > 0 ? { initial_state: states } : {} }
  }

  override build([x]: readonly TensorType[]): void {
    if (!this.stateful) return
    const [batch] = x!.shape
    if (typeof batch !== 'number') {
      throw new ShapeError(
        'expected a fixed batch size where states are kept: input({ batchSize }). Received: an open one.',
      )
    }
    this.#kept = this.cell.stateSizes.map((size, at) => this.addState(`state_${at}`, [batch, size]))
  }

  override call([x, ...given]: readonly Value[], b: Scope, [mask]: readonly Mask[]): readonly Value[] {
    expectRank(x!, 3)
    fixedSize(x!, -1)
    const { cell, goBackwards: reverse } = this
    const [batch, , features] = x!.shape
    cell.buildOnce([{ shape: [batch!, features!], dtype: x!.dtype }])
    const states = this.#start(x!, given, b)
    const sequence = swapped(b, x!)
    const keep = mask && swapped(b, mask)
    const native = cell.nativeLoop(b.training)
    const [outputs, ...last] = native
      ? b.composite(
          native.name,
          [sequence, ...states, ...native.weights.map(b.read), ...(keep ? [keep] : [])],
          { ...native.options, reverse, masked: keep !== undefined },
          (body) =>
            this.#loop(
              body,
              body.outside(sequence),
              states.map((state) => body.outside(state)),
              keep && body.outside(keep),
            ),
        )
      : this.#loop(b, sequence, states, keep)
    this.#kept.forEach((variable, at) => {
      b.assign(variable, last[at]!)
    })
    return [this.#output(b, outputs!, last, keep), ...(this.returnState ? last : [])]
  }

  #start(x: Value, given: readonly Value[], b: Scope): readonly Value[] {
    const sizes = this.cell.stateSizes
    if (given.length === 0) {
      if (this.stateful) return this.#kept.map(b.read)
      return sizes.map((size) => b.constant([0], [x.shape[0]!, size]))
    }
    if (given.length !== sizes.length)
      throw new ShapeError(`expected ${sizes.length} initial states. Received: ${given.length}.`)
    given.forEach(({ shape }, at) => {
      if (shape.length !== 2 || shape[1] !== sizes[at])
        throw new ShapeError(
          `expected initial state ${at} of shape [batch, ${sizes[at]}]. Received: [${shape.join(', ')}].`,
        )
    })
    return given
  }

  /** x [time, batch, features] → the outputs [time, batch, units] at the places of their elements, and the last states. */
  #loop(b: Scope, x: Value, states: readonly Value[], mask: Mask): readonly Value[] {
    const { cell } = this
    const { carries, outputs } = b.scan(
      states,
      mask ? [x, mask] : [x],
      (step, before, [element, keep]) => {
        const [, ...after] = this.inside(cell, [element!, ...before], step).outputs
        const column = keep && step.reshape(keep, [...keep.shape, 1])
        const next = column ? after.map((state, at) => step.select(column, state, before[at]!)) : after
        return { carries: next, outputs: [next[cell.outputState]!] }
      },
      { reverse: this.goBackwards },
    )
    return [outputs[0]!, ...carries]
  }

  #output(b: Scope, outputs: Value, last: readonly Value[], keep: Mask): Value {
    const zeroed = (x: Value, mask: Value): Value =>
      b.select(b.reshape(mask, [...mask.shape, 1]), x, b.scalar(0))
    const zeroes = this.zeroOutputForMask && keep !== undefined
    if (this.returnSequences) {
      const all = swapped(b, zeroes ? zeroed(outputs, keep) : outputs)
      return this.goBackwards ? b.reverse(all, [1]) : all
    }
    const output = last[this.cell.outputState]!
    if (!zeroes) return output
    const ordered = this.goBackwards ? keep : b.reverse(keep, [0])
    return zeroed(output, b.reshape(b.sliceAxis(ordered, 0, 0, 1), keep.shape.slice(1)))
  }

  override computeMask(_inputs: readonly Value[], [mask]: readonly Mask[]): readonly Mask[] {
    const output = this.returnSequences ? mask : undefined
    return [output, ...(this.returnState ? this.cell.stateSizes.map(() => undefined) : [])]
  }

  /** The options that are not those of the cell. */
  protected ownConfig(): Readonly<Record<string, unknown>> {
    return {
      returnSequences: this.returnSequences,
      returnState: this.returnState,
      goBackwards: this.goBackwards,
      stateful: this.stateful,
      unroll: this.unroll,
      zeroOutputForMask: this.zeroOutputForMask,
    }
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...this.ownConfig(), cell: this.cell }
  }
}

/** A recurrent layer that is a loop over one cell of its own. */
export class CellLayer<Output> extends RNN<Output> {
  static override readonly layerOptions = []

  override config(): Readonly<Record<string, unknown>> {
    return { ...this.ownConfig(), ...this.cell.config() }
  }
}

/** What a recurrent layer gives: one tensor, or with `returnState` a list of it and the last states. */
export type Recurrent<
  Options,
  States extends readonly SymbolicTensor[] = readonly SymbolicTensor[],
> = Options extends { readonly returnState: true } ? readonly [SymbolicTensor, ...States] : SymbolicTensor

/**
 * A cell, step by step along the time axis: [batch, time, features] → [batch, units], or [batch, time, units] with
 * `returnSequences`; with `returnState` a list of that and the last states.
 *
 * @throws ConfigError for anything but a cell or a list of cells
 * @throws ShapeError for an input of another rank than 3
 * @example
 * const code = layers.rnn({ cell: [layers.lstmCell({ units: 64 }), layers.lstmCell({ units: 32 })] })(sentence)
 */
export const rnn = <const Options extends RnnOptions>(options: Options): RNN<Recurrent<Options>> =>
  new RNN(options)
