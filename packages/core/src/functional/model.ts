import type { HostArray } from '../backend.ts'
import type { History, Logs } from '../callbacks/index.ts'
import { ConfigError, FnError, GraphError, ShapeError } from '../errors.ts'
import type { Optimizer } from '../optimizers/index.ts'
import { expectOptions, expectRecord } from '../options.ts'
import { formatShape } from '../program/dims.ts'
import type { TensorType, Value } from '../program/types.ts'
import type { Data, DataFor, DataTree, TableOptions } from '../training/data.ts'
import type { ModelCompileOptions } from '../training/plan.ts'
import {
  type Batches,
  type Compiled,
  type EvaluateOptions,
  type FitOptions,
  isBatches,
  type RunOptions,
  Trainer,
} from '../training/trainer.ts'
import { type Graph, mapGraph } from './graph.ts'
import { InputLayer } from './input-layer.ts'
import { type InputRange, inputRangesOf } from './input-ranges.ts'
import type { InputDType } from './input-type.ts'
import {
  Layer,
  type LayerOptions,
  type Mask,
  statesOf,
  type Weight,
  type Written,
  weightsOf,
} from './layer.ts'
import type { CallOptions } from './node.ts'
import type { Scope } from './scope.ts'
import {
  expectSymbolic,
  flatten,
  flattenSorted,
  isNamed,
  type Nested,
  namesOf,
  pack,
  type Structure,
} from './structure.ts'
import { type SummaryOptions, summary } from './summary.ts'
import type { SymbolicTensor } from './symbolic-tensor.ts'

export interface ModelOptions<I extends Structure, O extends Structure> extends LayerOptions {
  readonly inputs: I
  readonly outputs: O
  /** The order of the layers in the file that the model comes from: its weights are numbered by it. */
  readonly layerOrder?: readonly Layer<unknown>[]
}

/** One tensor for each tensor of a structure, in the same form. */
export type Outputs<O extends Structure> = O extends SymbolicTensor
  ? SymbolicTensor
  : { readonly [Key in keyof O]: O[Key] extends SymbolicTensor ? SymbolicTensor : Structure }

/** Data for the tensors of a structure; a misspelt key of a record does not compile. */
export type DataOf<S extends Structure> = S extends SymbolicTensor | readonly SymbolicTensor[]
  ? DataFor
  : { readonly [Key in keyof S]: S[Key] extends SymbolicTensor ? Data : DataTree } | readonly DataTree[]

/** Arrays in the form of a structure. */
export type ArraysOf<S extends Structure> = S extends SymbolicTensor
  ? HostArray
  : { readonly [Key in keyof S]: S[Key] extends SymbolicTensor ? HostArray : Nested<HostArray> }

/** Named tensors at the edge of a model. */
export interface Port {
  readonly name: string
  readonly tensor: SymbolicTensor
}

/** A named input, and the type that its data has. */
export interface InputPort extends Port {
  readonly dataType: InputDType
}

/** A graph of layers, from inputs to outputs. It is a layer itself: call it, nest it, share it. */
export class Model<I extends Structure = Structure, O extends Structure = Structure> extends Layer<
  Outputs<O>
> {
  static override readonly className: string = 'Functional'
  override readonly keepsOwnMasks = true
  override readonly arity: number | undefined
  readonly inputs: I
  readonly outputs: O
  readonly graph: Graph
  /** The inputs by name: the keys of a record, else the names of the layers. */
  readonly inputPorts: readonly InputPort[]
  /** The outputs by name: the keys of a record, else the names of the layers. */
  readonly outputPorts: readonly Port[]
  readonly entries: ReadonlyMap<SymbolicTensor, InputLayer>
  /** The order of the layers in the file that the model comes from, if it comes from one. */
  readonly layerOrder: readonly Layer<unknown>[] | undefined
  readonly #ranges: (readonly InputRange[])[] = []

  constructor({ inputs, outputs, layerOrder, ...options }: ModelOptions<I, O>) {
    super(options)
    this.layerOrder = layerOrder
    this.inputs = inputs
    this.outputs = outputs
    const given = flatten(inputs)
    const wanted = flatten(outputs)
    expectSymbolic(given, `${this.label}, inputs`)
    expectSymbolic(wanted, `${this.label}, outputs`)
    if (given.length === 0) throw new GraphError(`${this.label}: expected at least one input.`)
    if (wanted.length === 0) throw new GraphError(`${this.label}: expected at least one output.`)
    if (new Set(given).size !== given.length) {
      const names = given.map(({ name }) => `"${name}"`).join(', ')
      throw new GraphError(`${this.label}: expected every input once. Received: ${names}.`)
    }
    this.arity = given.length
    this.entries = new Map(flattenSorted(inputs).map((tensor) => [tensor, entryOf(tensor)]))
    this.graph = mapGraph(this.entries, flattenSorted(outputs))
    this.inputPorts = ports(given, namesOf(inputs), (tensor) => this.entries.get(tensor)!.name).map(
      (port) => ({
        ...port,
        dataType: this.entries.get(port.tensor)!.dataType,
      }),
    )
    this.outputPorts = ports(wanted, namesOf(outputs), ({ name }) => name)
    // What is inside comes with flags of its own.
    if (!this.trainable) this.trainable = false
  }

  /** The layers, from the inputs to the outputs. */
  get layers(): readonly Layer<unknown>[] {
    return this.graph.layers
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return this.layers
  }

  /** Paths begin below the model: `dense_1/kernel`. */
  override get weights(): readonly Weight[] {
    return this.collectFrom(this.layers, '', this.trainable, weightsOf)
  }

  override get states(): readonly Weight[] {
    return this.collectFrom(this.layers, '', this.trainable, statesOf)
  }

  /** @throws GraphError naming the layers that there are */
  getLayer(name: string): Layer<unknown> {
    const layer = this.layers.find((candidate) => candidate.name === name)
    if (layer !== undefined) return layer
    const names = this.layers.map((candidate) => candidate.name).join(', ')
    throw new GraphError(`${this.label} has no layer "${name}". It has: ${names}.`)
  }

  /** Calls the model on tensors: one, a list, or a record of input names. */
  override apply(inputs: Structure, options: CallOptions = {}): Outputs<O> {
    const given = isNamed(inputs) ? this.#byName(inputs) : flatten(inputs)
    return pack(this.outputs, this.connect(given, options)) as Outputs<O>
  }

  #byName(inputs: Readonly<Record<string, Structure>>): readonly SymbolicTensor[] {
    const names = this.inputPorts.map(({ name }) => name)
    const tensors = flatten(inputs)
    const given = new Map(namesOf(inputs).map((key, i) => [key, tensors[i]!]))
    if (given.size !== names.length || names.some((name) => !given.has(name))) {
      throw new GraphError(
        `${this.label}: expected inputs ${names.join(', ')}. Received: ${[...given.keys()].join(', ')}.`,
      )
    }
    return names.map((name) => given.get(name)!)
  }

  /** In the form in which the model has its inputs: Keras flattens records by their sorted keys. */
  override argumentsOf<T>(inputs: readonly T[]) {
    return { args: this.arity === 1 && !isNamed(this.inputs) ? inputs : [pack(this.inputs, inputs)] }
  }

  override inputRanges(at: number): readonly InputRange[] {
    // Each batch asks for them.
    this.#ranges[at] ??= inputRangesOf(this.inputPorts[at]!.tensor, this.graph.nodes)
    return this.#ranges[at]
  }

  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): readonly Value[] {
    return this.run(inputs, b, masks).outputs
  }

  protected override run(inputs: readonly Value[], b: Scope, given: readonly Mask[]): Written {
    const values = new Map<SymbolicTensor, Value>()
    const masks = new Map<SymbolicTensor, Mask>()
    const set = (tensor: SymbolicTensor, value: Value, mask: Mask): void => {
      values.set(tensor, value)
      masks.set(tensor, mask)
      // Somebody may use the mask as a tensor.
      if (tensor.mask !== undefined && mask !== undefined) values.set(tensor.mask, mask)
    }
    this.inputPorts.forEach(({ name, tensor }, at) => {
      expectFits(inputs[at]!, tensor, name)
      set(tensor, b.cast(inputs[at]!, tensor.dtype), given[at])
    })
    for (const node of this.graph.nodes) {
      const { layer, options } = node
      const { used, previous } = node.resolveMasks<Value>(
        node.inputs.map((tensor) => masks.get(tensor)),
        (mask) => values.get(mask),
      )
      const made = b.at(layer.name, () =>
        b.withTraining(options.training, () =>
          layer.write(
            node.inputs.map((tensor) => values.get(tensor)!),
            b,
            used,
            previous,
          ),
        ),
      )
      node.outputs.forEach((tensor, at) => {
        set(tensor, made.outputs[at]!, made.masks[at])
      })
    }
    const tensors = this.outputPorts.map(({ tensor }) => tensor)
    return {
      outputs: tensors.map((tensor) => values.get(tensor)!),
      masks: tensors.map((tensor) => masks.get(tensor)),
    }
  }

  /**
   * The model as a table: its layers with their output shapes, numbers of parameters and connections.
   *
   * @param options.print where the lines go, console.log if nothing is said
   * @returns the table as text
   */
  summary(options?: SummaryOptions): string {
    return summary(this, options)
  }

  // ---- Training -----------------------------------------------------------------------------------

  /** Set it in a callback to end `fit` after the current step. */
  stopTraining = false
  #trainer: Trainer | undefined

  /**
   * Settles how the model trains, and on which engine.
   *
   * @throws ConfigError for a loss, optimizer or metric that is not known, or an output that the model has not
   * @example
   * model.compile({ backend: await tfjs('wasm'), optimizer: 'adam', loss: 'mse', metrics: ['mae'] })
   */
  compile(options: ModelCompileOptions): void {
    if (this.#trainer?.isBusy)
      throw new FnError(
        `${this.label} is at work: wait for its fit, evaluate or predict to end before compile.`,
      )
    this.#trainer = new Trainer(this, options)
  }

  /** What `compile` settled, and what training goes on from; undefined before `compile`. */
  get compiled(): Compiled | undefined {
    return this.#trainer
  }

  /** The optimizer that the model was compiled with; its learning rate may be set at any time. */
  get optimizer(): Optimizer {
    return this.#compiled('optimizer').plan.optimizer
  }

  /**
   * Trains on samples, or on batches from an iterable or from a function that makes one for each epoch.
   *
   * @returns the figures of every epoch
   * @throws DataError for data that the model can not take; then nothing has been trained
   * @throws UnsupportedOpError where the backend lacks something
   * @example
   * const { history } = await model.fit(x, y, { epochs: 5, batchSize: 128, validationSplit: 0.1 })
   */
  fit(x: DataOf<I>, y: DataOf<O>, options?: FitOptions): Promise<History>
  fit(batches: Batches, options?: FitOptions): Promise<History>
  async fit(x: DataOf<I> | Batches, y?: DataOf<O> | FitOptions, options?: FitOptions): Promise<History> {
    const trainer = this.#compiled('fit')
    return isBatches(x)
      ? trainer.fit(x, undefined, (y as FitOptions) ?? {})
      : trainer.fit(x, y as DataFor, options ?? {})
  }

  /**
   * The losses and metrics on samples or batches, without training.
   *
   * @throws DataError for data that the model can not take
   * @example
   * const { loss, accuracy } = await model.evaluate(x, y)
   */
  evaluate(x: DataOf<I>, y: DataOf<O>, options?: EvaluateOptions): Promise<Logs>
  evaluate(batches: Batches, options?: EvaluateOptions): Promise<Logs>
  async evaluate(
    x: DataOf<I> | Batches,
    y?: DataOf<O> | EvaluateOptions,
    options?: EvaluateOptions,
  ): Promise<Logs> {
    const trainer = this.#compiled('evaluate')
    return isBatches(x)
      ? trainer.evaluate(x, undefined, (y as EvaluateOptions) ?? {})
      : trainer.evaluate(x, y as DataFor, options ?? {})
  }

  /**
   * The outputs for samples, in the form in which the model has its outputs.
   *
   * @throws DataError for data that the model can not take
   * @example
   * const { data } = await model.predict(x) // row-major, [samples, classes]
   */
  async predict(x: DataOf<I>, options: RunOptions = {}): Promise<ArraysOf<O>> {
    return pack(this.outputs, await this.#compiled('predict').predict(x, options)) as ArraysOf<O>
  }

  /**
   * One step on one batch. Typed arrays are read where they are: they must stay as they are until the promise is settled.
   *
   * @returns the losses and metrics of the batch, before the step
   * @throws DataError for data that the model can not take
   */
  async trainOnBatch(x: DataOf<I>, y: DataOf<O>, options: TableOptions = {}): Promise<Logs> {
    return this.#compiled('trainOnBatch').trainOnBatch(x, y, options)
  }

  /** Frees what the model holds on its device. It can be used again afterwards. */
  async dispose(): Promise<void> {
    await this.#trainer?.dispose()
  }

  #compiled(what: string): Trainer {
    if (this.#trainer !== undefined) return this.#trainer
    throw new ConfigError(
      `${this.label} must be compiled before ${what}: call compile({ backend, optimizer, loss }) first.`,
    )
  }
}

/** The input layer that stands for an input; a model may also begin in the middle of another graph. */
function entryOf(tensor: SymbolicTensor): InputLayer {
  if (tensor.layer instanceof InputLayer) return tensor.layer
  const [batch, ...shape] = tensor.shape
  return new InputLayer({ shape, batchSize: batch!, dtype: tensor.dtype, name: `${tensor.name}_input` })
}

/** Two outputs of one shared layer get two names: head, head_1. */
function ports(
  tensors: readonly SymbolicTensor[],
  keys: readonly (string | undefined)[],
  nameOf: (tensor: SymbolicTensor) => string,
): readonly Port[] {
  const used = new Set<string>()
  return tensors.map((tensor, at) => {
    const stem = keys[at] ?? nameOf(tensor)
    let name = stem
    for (let count = 1; used.has(name); count++) name = `${stem}_${count}`
    used.add(name)
    return { name, tensor }
  })
}

function expectFits({ shape }: TensorType, { dims, shape: open }: SymbolicTensor, name: string): void {
  const fits =
    shape.length === dims.length && shape.every((dim, axis) => open[axis] === null || dim === open[axis])
  if (!fits)
    throw new ShapeError(
      `expected input "${name}" of shape ${formatShape(open)}. Received: ${formatShape(shape)}.`,
    )
}

/**
 * A model that computes the outputs from the inputs.
 *
 * @param options.inputs one symbolic tensor, a list, or a record of names
 * @param options.outputs one symbolic tensor, a list, or a record of names
 * @throws GraphError where an output depends on anything but the inputs, or two layers share a name
 * @example
 * const image = input({ shape: [784] })
 * const digit = layers.dense({ units: 10, activation: 'softmax' })(image)
 * const classifier = model({ inputs: image, outputs: digit })
 */
export function model<const I extends Structure, const O extends Structure>(
  options: ModelOptions<I, O>,
): Model<I, O> {
  expectRecord('model', options)
  expectOptions('model', options, ['inputs', 'outputs', 'name', 'trainable', 'activityRegularizer', 'dtype'])
  const made = new Model(options)
  made.expectKnownOptions({})
  return made
}
