import type { HostArray } from '../backend.ts'
import { type Callback, History, type Logs } from '../callbacks/index.ts'
import { ConfigError, DataError, FnError, shown } from '../errors.ts'
import type { Model } from '../functional/model.ts'
import type { Variable } from '../functional/variable.ts'
import { expectOptions } from '../options.ts'
import type { TensorType } from '../program/types.ts'
import { Generator } from '../random/philox.ts'
import { nextSeed } from '../random/seed.ts'
import { concatRows } from './concat-rows.ts'
import {
  type ClassWeights,
  type DataFor,
  gather,
  hostArrayOf,
  type Samples,
  sliceTable,
  type Table,
  type TableOptions,
  tableOf,
  type WeightsFor,
} from './data.ts'
import { now, onInterrupt, pause } from './host.ts'
import { type ModelCompileOptions, type Plan, planOf, trackedMetrics } from './plan.ts'
import { type Progress, progressOf, type Verbosity } from './progress.ts'
import { Session } from './session.ts'
import {
  evaluateStep,
  OptimizerState,
  predictStep,
  type Signature,
  type StepProgram,
  trainStep,
} from './step.ts'

/** How long the loop may hold the thread before others have their turn. */
const TURN_MS = 50
const DEFAULT_BATCH_SIZE = 32

/** Samples with their targets. */
export interface Batch {
  readonly x: DataFor
  readonly y: DataFor
  readonly sampleWeight?: WeightsFor
}

/**
 * Batches one after the other; a function gives them anew for each epoch. Typed arrays are read where they are: those of a batch may be
 * written into when the next one is asked for.
 */
export type Batches = Iterable<Batch> | AsyncIterable<Batch> | (() => Iterable<Batch> | AsyncIterable<Batch>)

export interface RunOptions {
  /** How many samples a step takes. 32 if nothing is said. */
  readonly batchSize?: number
  /** What is shown meanwhile. */
  readonly verbose?: Verbosity
  /** Ends the run after the current step; the promise is rejected with the reason of the signal. */
  readonly signal?: AbortSignal
}

export interface EvaluateOptions extends RunOptions {
  readonly sampleWeight?: WeightsFor
  /** Whether NaN and infinite values in the data are refused. */
  readonly checkFinite?: boolean
}

export interface FitOptions extends EvaluateOptions {
  /** The number of the last epoch, counted from 1. */
  readonly epochs?: number
  /** The epoch to begin with, counted from 0. */
  readonly initialEpoch?: number
  /** Whether the samples come in another order in each epoch. */
  readonly shuffle?: boolean
  /** The share of the samples that are held back, from the end, before shuffling. */
  readonly validationSplit?: number
  readonly validationData?: Batch | Batches
  /** How many batches of `validationData` are looked at after each epoch; all by default. */
  readonly validationSteps?: number
  readonly callbacks?: readonly Callback[]
  /** The weight of each class, by its number; for a model with several outputs, by the names of these. */
  readonly classWeight?: ClassWeights
  /**
   * How many batches make an epoch; by default all that there are. Arrays, generators and other iterables go on in the next
   * epoch where the one before ended, and arrays begin again after their last batch. A function is called for each epoch.
   */
  readonly stepsPerEpoch?: number
  /**
   * Whether the time of each layer and op is taken, and given as `profile` of the history. The numbers stay the same; the
   * steps take somewhat longer.
   */
  readonly profile?: boolean
}

const RUN_OPTIONS = ['batchSize', 'verbose', 'signal', 'sampleWeight', 'checkFinite']
const FIT_OPTIONS = [
  ...RUN_OPTIONS,
  'epochs',
  'initialEpoch',
  'shuffle',
  'validationSplit',
  'validationData',
  'validationSteps',
  'callbacks',
  'classWeight',
  'stepsPerEpoch',
  'profile',
]

/** A source of batches, one epoch at a time. */
interface Source {
  /** How many steps an epoch has, if that is known. */
  readonly steps: number | undefined
  /** How many steps an epoch is expected to have: it may hold fewer if its batches end. */
  readonly expected?: number | undefined
  tables(epoch: number): Iterable<Table> | AsyncIterable<Table>
}

/** What training goes on from, besides the weights: a file that holds it all lets another process go on. */
export interface Compiled {
  readonly plan: Plan
  /** The number of steps so far, and the slots of each weight. */
  readonly optimizerState: OptimizerState
  /** Where shuffling and dropout start from. */
  readonly seed: number
  /** How many random tensors have been drawn from it. */
  draws: number
  /** Brings the values after the last completed step to the host; waits for a step that runs. */
  pull(): Promise<void>
}

/** THE loop: fit, evaluate and predict for every backend. One belongs to each compiled model. */
export class Trainer implements Compiled {
  readonly plan: Plan
  readonly seed: number
  readonly optimizerState = new OptimizerState()
  readonly #model: Model
  readonly #session: Session
  readonly #turn = new Turn()
  #busy = false
  /** Ends when whoever uses the values on the device, a step or a reader, is done. */
  #door: Promise<unknown> = Promise.resolve()

  constructor(model: Model, options: ModelCompileOptions) {
    this.#model = model
    this.plan = planOf(model, options)
    this.seed = options.seed ?? nextSeed()
    this.#session = new Session(options.backend, this.seed)
  }

  // ---- Training ----------------------------------------------------------------------------------

  async fit(x: DataFor | Batches, y: DataFor | undefined, options: FitOptions): Promise<History> {
    const {
      epochs = 1,
      initialEpoch = 0,
      shuffle = true,
      signal,
      verbose = 'auto',
      profile = false,
    } = options
    expectOptions('fit', options, FIT_OPTIONS)
    expectCount('epochs', epochs)
    if (!(Number.isInteger(initialEpoch) && initialEpoch >= 0))
      throw new ConfigError(`Expected initialEpoch to be an integer ≥ 0. Received: ${shown(initialEpoch)}.`)
    for (const [name, value] of Object.entries({
      stepsPerEpoch: options.stepsPerEpoch,
      validationSteps: options.validationSteps,
    }))
      if (value !== undefined) expectCount(name, value)
    expectSignal('fit', signal)
    expectWeights(options)
    const ownCallbacks = callbacksOf(options.callbacks)
    if (profile) this.#session.expectProfiles()
    const { train, validation } = this.#sources(x, y, options, shuffle)
    return this.#alone(async () => {
      const history = new History()
      const callbacks: readonly Callback[] = [...ownCallbacks, history]
      const progress = progressOf(verbose)
      const model = this.#model
      model.stopTraining = false
      let interrupted = false
      const release = onInterrupt(() => {
        interrupted = true
        model.stopTraining = true
      })
      let logs: Logs = {}
      try {
        if (profile) this.#session.beginProfile()
        for (const callback of callbacks) await callback.onTrainBegin?.(model)
        for (let epoch = initialEpoch; epoch < epochs && !model.stopTraining; epoch++) {
          for (const callback of callbacks) await callback.onEpochBegin?.(epoch, model)
          progress.beginEpoch(epoch, epochs, train.steps)
          const steps = await this.#epoch(train, epoch, progress, callbacks, signal)
          logs = await this.#logs()
          if (train.expected !== undefined && steps < train.expected && !model.stopTraining) {
            model.stopTraining = true
            progress.note(
              `The batches ended after ${steps} of the ${train.expected} steps of epoch ${epoch + 1}: training stops there.`,
            )
          }
          if (validation !== undefined && !interrupted) {
            logs = { ...logs, ...prefixed('val_', await this.#pass(validation, signal)) }
          }
          await this.#session.state.pull()
          progress.endEpoch(steps, logs)
          for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, model)
        }
        if (interrupted)
          progress.note('Interrupted: the epoch was ended early, and the weights are those of its last step.')
        if (profile) history.profile = await this.#session.profile()
        for (const callback of callbacks) await callback.onTrainEnd?.(logs, model)
      } finally {
        release()
        await this.#rest()
      }
      return history
    })
  }

  async #epoch(
    source: Source,
    epoch: number,
    progress: Progress,
    callbacks: readonly Callback[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    this.#resetMetrics()
    const wantBatches = callbacks.some((callback) => callback.onBatchEnd !== undefined)
    let step = 0
    for await (const table of source.tables(epoch)) {
      signal?.throwIfAborted()
      await this.#trainOn(table)
      step++
      const show = progress.wants(step)
      if (show || wantBatches) {
        const logs = await this.#logs()
        if (show) progress.step(step, logs)
        // Where they cannot be read on demand, callbacks find the weights of this step.
        if (wantBatches && !this.#session.state.isReadable)
          await this.#session.state.pull(this.#model.weights.map(({ variable }) => variable))
        for (const callback of callbacks) await callback.onBatchEnd?.(step - 1, logs, this.#model)
      }
      await this.#turn.share()
      if (this.#model.stopTraining) break
    }
    if (step === 0) {
      throw new DataError(
        `x: expected batches in epoch ${epoch + 1}. Received: none. A source that can be read once only can be a function that makes it anew.`,
      )
    }
    signal?.throwIfAborted()
    return step
  }

  async trainOnBatch(x: DataFor, y: DataFor, options: TableOptions): Promise<Logs> {
    expectOptions('trainOnBatch', options, ['sampleWeight', 'classWeight', 'checkFinite'])
    expectWeights(options)
    const table = tableOf(this.#model, this.plan, x, y, options)
    return this.#alone(async () => {
      this.#resetMetrics()
      await this.#trainOn(table)
      await this.#session.state.pull(this.#model.weights.map(({ variable }) => variable))
      return this.#logs()
    })
  }

  async #trainOn(table: Table): Promise<void> {
    const learningRate: HostArray = {
      shape: [],
      dtype: 'float32',
      data: Float32Array.of(this.plan.optimizer.learningRate),
    }
    const feeds = [...feedsOf(table), learningRate]
    const make = (): StepProgram => trainStep(this.#model, this.plan, this.optimizerState, signatureOf(table))
    await this.#inTurn(() => this.#session.run(`train ${keyOf(table)}`, make, feeds))
  }

  // ---- Evaluation and prediction ---------------------------------------------------------------------

  async evaluate(x: DataFor | Batches, y: DataFor | undefined, options: EvaluateOptions): Promise<Logs> {
    expectOptions('evaluate', options, RUN_OPTIONS)
    expectSignal('evaluate', options.signal)
    expectWeights(options)
    const source = isBatches(x)
      ? this.#fromBatches(x, options, undefined)
      : this.#fromTable(tableOf(this.#model, this.plan, x, y, options), options.batchSize, false)
    return this.#alone(async () => {
      const progress = progressOf(options.verbose ?? 'silent')
      progress.beginEpoch(0, 1, source.steps)
      const logs = await this.#pass(source, options.signal)
      progress.endEpoch(source.steps ?? 0, logs)
      return logs
    })
  }

  /** One pass in inference; answers the figures. */
  async #pass(source: Source, signal: AbortSignal | undefined): Promise<Logs> {
    this.#resetMetrics()
    let steps = 0
    for await (const table of source.tables(0)) {
      signal?.throwIfAborted()
      const make = (): StepProgram => evaluateStep(this.#model, this.plan, signatureOf(table))
      await this.#session.run(`evaluate ${keyOf(table)}`, make, feedsOf(table))
      await this.#turn.share()
      steps++
    }
    if (steps === 0) throw new DataError('x: expected batches to evaluate on. Received: none.')
    return this.#logs()
  }

  async predict(x: DataFor, options: RunOptions): Promise<readonly HostArray[]> {
    expectOptions('predict', options, ['batchSize', 'verbose', 'signal'])
    const { batchSize, signal } = options
    expectSignal('predict', signal)
    const table = tableOf(this.#model, undefined, x, undefined)
    const source = this.#fromTable(table, batchSize, false)
    return this.#alone(async () => {
      const parts: (readonly HostArray[])[] = []
      for (const batch of source.tables(0) as Iterable<Table>) {
        signal?.throwIfAborted()
        const make = (): StepProgram => predictStep(this.#model, signatureOf(batch).inputs)
        parts.push(await this.#session.run(`predict ${keyOf(batch)}`, make, feedsOf(batch)))
        await this.#turn.share()
      }
      return parts[0]!.map((_, at) => concatRows(parts.map((part) => part[at]!)))
    })
  }

  // ---- State ----------------------------------------------------------------------------------------

  get draws(): number {
    return this.#session.draws
  }

  set draws(count: number) {
    this.#session.draws = count
  }

  pull(): Promise<void> {
    return this.#inTurn(() => this.#session.state.pull())
  }

  /** One after the other: a step takes over the memory that a reader reads. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#door.then(work)
    this.#door = turn.catch(() => undefined)
    return turn
  }

  #resetMetrics(): void {
    for (const { state } of trackedMetrics(this.plan)) {
      for (const variable of state) variable.assign({ shape: [], data: Float32Array.of(0) })
    }
  }

  async #logs(): Promise<Logs> {
    const all = trackedMetrics(this.plan)
    await this.#session.state.pull(all.flatMap(({ state }) => state))
    return Object.fromEntries(
      all.map(({ key, metric, state }) => [key, metric.result(state.map(({ data }) => data[0]!))]),
    )
  }

  /** Whether fit, evaluate or predict runs. */
  get isBusy(): boolean {
    return this.#busy
  }

  /** Only one thing at a time uses the state, also that of layers which other models share. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { label } = this.#model
    if (this.#busy)
      throw new FnError(`${label} is already at work: wait for its fit, evaluate or predict to end.`)
    const variables = [...this.plan.weights, ...this.#model.states].map(({ variable }) => variable)
    const other = variables.map((variable) => users.get(variable)).find((user) => user !== undefined)
    if (other !== undefined)
      throw new FnError(
        `${label} shares weights with ${other.#model.label}, which is at work: wait for its fit, evaluate or predict to end.`,
      )
    for (const variable of variables) users.set(variable, this)
    this.#busy = true
    try {
      return await work()
    } finally {
      this.#busy = false
      for (const variable of variables) users.delete(variable)
    }
  }

  /** Brings the newest state to the host and frees the device. */
  async #rest(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#session.state.pull()
      this.#session.release()
    })
  }

  dispose(): Promise<void> {
    return this.#alone(() => this.#rest())
  }

  // ---- Sources of batches --------------------------------------------------------------------------------

  #sources(
    x: DataFor | Batches,
    y: DataFor | undefined,
    options: FitOptions,
    shuffle: boolean,
  ): { train: Source; validation: Source | undefined } {
    const {
      batchSize,
      validationSplit = 0,
      validationData,
      checkFinite,
      stepsPerEpoch,
      validationSteps,
    } = options
    if (validationSplit > 0 && validationData !== undefined) {
      throw new ConfigError('fit: expected either validationSplit or validationData. Received: both.')
    }
    if (
      validationData !== undefined &&
      !isBatches(validationData) &&
      (typeof validationData !== 'object' || validationData === null || !('x' in validationData))
    )
      throw new DataError(
        `fit: expected validationData to be { x, y } or batches. Received: ${shown(validationData)}.`,
      )
    const given =
      validationData === undefined
        ? undefined
        : isBatches(validationData)
          ? this.#fromBatches(validationData, { checkFinite }, validationSteps)
          : this.#fromTable(
              tableOf(this.#model, this.plan, validationData.x, validationData.y, {
                sampleWeight: validationData.sampleWeight,
                checkFinite,
              }),
              batchSize,
              false,
              validationSteps,
            )
    if (isBatches(x)) {
      if (validationSplit > 0)
        throw new ConfigError('fit: expected arrays to take a validationSplit from. Received: batches.')
      return { train: this.#fromBatches(x, options, stepsPerEpoch), validation: given }
    }
    const table = tableOf(this.#model, this.plan, x, y, options)
    if (validationSplit === 0)
      return { train: this.#fromTable(table, batchSize, shuffle, stepsPerEpoch), validation: given }
    const kept = Math.floor(table.rows * (1 - validationSplit))
    if (kept === 0 || kept === table.rows) {
      throw new DataError(
        `fit: a validationSplit of ${validationSplit} leaves one side of ${table.rows} samples empty.`,
      )
    }
    return {
      train: this.#fromTable(sliceTable(table, 0, kept), batchSize, shuffle, stepsPerEpoch),
      validation: this.#fromTable(sliceTable(table, kept, table.rows), batchSize, false, validationSteps),
    }
  }

  #fromTable(table: Table, batchSize: number | undefined, shuffle: boolean, limit?: number): Source {
    const size = batchSize ?? this.#fixedBatch() ?? DEFAULT_BATCH_SIZE
    expectCount('batchSize', size)
    const { seed } = this
    const inPass = Math.ceil(table.rows / size)
    const steps = limit ?? inPass
    const orderOf = (pass: number): Uint32Array =>
      shuffle
        ? new Generator(seed, [pass, 0x50ff]).permutation(table.rows)
        : Uint32Array.from({ length: table.rows }, (_, row) => row)
    return {
      steps,
      *tables(epoch) {
        let pass = -1
        let order: Uint32Array = new Uint32Array()
        // Epochs go on from each other, pass after pass over the samples.
        for (let step = epoch * steps; step < (epoch + 1) * steps; step++) {
          if (Math.floor(step / inPass) !== pass) {
            pass = Math.floor(step / inPass)
            order = orderOf(pass)
          }
          const start = (step % inPass) * size
          yield rowsOf(table, order.subarray(start, start + size))
        }
      },
    }
  }

  /** The batch size that an input fixes. */
  #fixedBatch(): number | undefined {
    return (
      this.#model.inputPorts.map(({ tensor }) => tensor.shape[0]).find((dim) => typeof dim === 'number') ??
      undefined
    )
  }

  #fromBatches(batches: Batches, options: TableOptions, steps: number | undefined): Source {
    const [model, plan] = [this.#model, this.plan]
    const { checkFinite, classWeight } = options
    const tableFor = (batch: unknown): Table => {
      if (!isBatch(batch)) throw new DataError('x: expected batches of the form { x, y }.')
      const { x, y, sampleWeight } = batch
      return tableOf(model, plan, x, y, { sampleWeight, classWeight, checkFinite })
    }
    /** The iterator that epochs go on with. A loop over it would close it at the end of an epoch. */
    let current: Iterator<Batch> | AsyncIterator<Batch> | undefined
    return {
      steps,
      expected: steps,
      async *tables() {
        const isAnew = typeof batches === 'function' || steps === undefined
        const iterator = (isAnew ? undefined : current) ?? iteratorOf(batches)
        current = iterator
        try {
          for (let step = 0; step !== steps; step++) {
            const { done, value } = await iterator.next()
            if (done) {
              current = undefined
              return
            }
            yield tableFor(value)
          }
        } finally {
          if (isAnew) await iterator.return?.()
        }
      },
    }
  }
}

/** The trainer that is at work on each variable. */
const users = new WeakMap<Variable, Trainer>()

function iteratorOf(batches: Batches): Iterator<Batch> | AsyncIterator<Batch> {
  const made = typeof batches === 'function' ? batches() : batches
  if (typeof made === 'object' && made !== null) {
    if (Symbol.asyncIterator in made) return made[Symbol.asyncIterator]()
    if (Symbol.iterator in made) return made[Symbol.iterator]()
  }
  throw new DataError(
    `x: expected an iterable of batches. Received: ${made === null ? 'null' : typeof made}.`,
  )
}

/** @throws DataError for null, which is weights of nothing, and for class weights in another form than a record */
function expectWeights({ sampleWeight, classWeight }: TableOptions): void {
  if (sampleWeight === null)
    throw new DataError('sampleWeight: expected a weight for each sample. Received: null.')
  if (classWeight === undefined) return
  if (typeof classWeight !== 'object' || classWeight === null || Array.isArray(classWeight))
    throw new DataError(
      `classWeight: expected a record of class numbers. Received: ${Array.isArray(classWeight) ? 'a list' : shown(classWeight)}.`,
    )
}

/** @throws ConfigError for what cannot end a run */
function expectSignal(label: string, signal: unknown): void {
  if (signal === undefined) return
  if (typeof (signal as AbortSignal | null)?.throwIfAborted === 'function') return
  throw new ConfigError(`${label}: expected signal to be an AbortSignal. Received: ${shown(signal)}.`)
}

/** @throws ConfigError for anything but a list of callbacks */
function callbacksOf(callbacks: unknown): readonly Callback[] {
  if (callbacks === undefined) return []
  if (!Array.isArray(callbacks) || callbacks.some((one) => typeof one !== 'object' || one === null))
    throw new ConfigError(
      `fit: expected callbacks to be a list of callbacks. Received: ${Array.isArray(callbacks) ? 'a list of other things' : typeof callbacks}.`,
    )
  return callbacks
}

/** Gives the thread away now and then. */
class Turn {
  #since = now()

  async share(): Promise<void> {
    if (now() - this.#since < TURN_MS) return
    await pause()
    this.#since = now()
  }
}

/** Whether it gives batches, rather than being data. */
export function isBatches(x: unknown): x is Batches {
  if (typeof x === 'function') return true
  if (typeof x !== 'object' || x === null || ArrayBuffer.isView(x)) return false
  if (Array.isArray(x)) return isBatch(x[0])
  return Symbol.iterator in x || Symbol.asyncIterator in x
}

const isBatch = (x: unknown): x is Batch => typeof x === 'object' && x !== null && 'x' in x && 'y' in x

function expectCount(what: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new ConfigError(`Expected ${what} to be an integer ≥ 1. Received: ${shown(value)}.`)
  }
}

const prefixed = (prefix: string, logs: Logs): Logs =>
  Object.fromEntries(Object.entries(logs).map(([key, value]) => [prefix + key, value]))

/** Some rows of a table. */
function rowsOf(table: Table, rows: Uint32Array): Table {
  return {
    inputs: table.inputs.map((samples) => gather(samples, rows)),
    targets: table.targets.map((samples) => samples && gather(samples, rows)),
    weights: table.weights.map((samples) => samples && gather(samples, rows)),
    rows: rows.length,
  }
}

/** The arrays of a batch, in the order in which steps take them. */
function feedsOf({ inputs, targets, weights }: Table): readonly HostArray[] {
  return [...inputs, ...targets, ...weights].flatMap((samples) =>
    samples === undefined ? [] : [hostArrayOf(samples)],
  )
}

function signatureOf({ inputs, targets, weights }: Table): Signature {
  const type = ({ shape, dtype }: Samples): TensorType => ({ shape, dtype })
  const some = (samples: Samples | undefined): TensorType | undefined => samples && type(samples)
  return { inputs: inputs.map(type), targets: targets.map(some), weights: weights.map(some) }
}

/** Tells batches apart that need programs of their own. */
const keyOf = (table: Table): string => JSON.stringify(Object.values(signatureOf(table)))
