import type { HostArray } from '../backend.ts'
import { ConfigError, GraphError, messageOf, ShapeError, shown } from '../errors.ts'
import { type Initializer, zeros } from '../initializers/initializer.ts'
import { expectNumbers, expectOptions } from '../options.ts'
import { formatShape } from '../program/dims.ts'
import type { TensorType, Value } from '../program/types.ts'
import { type RegularizerLike, regularizerOf } from '../regularizers/index.ts'
import type { Regularizer } from '../regularizers/regularizer.ts'
import { Callable } from './callable.ts'
import type { InputRange } from './input-ranges.ts'
import { autoName } from './names.ts'
import { type CallOptions, Node } from './node.ts'
import { Scope } from './scope.ts'
import { expectSymbolic, flatten, type Structure } from './structure.ts'
import type { OpenShape, SymbolicTensor } from './symbolic-tensor.ts'
import { Variable, type WeightRules } from './variable.ts'

export interface LayerOptions {
  /** Without it the layer is named after its class: dense_1, dense_2, … */
  readonly name?: string
  /** false: an optimizer leaves its weights alone. */
  readonly trainable?: boolean
  /** What the outputs of the layer cost, as a mean over the samples. */
  readonly activityRegularizer?: RegularizerLike
}

/** Which steps of a tensor count, as [batch, time] of bool; undefined where all do. */
export type Mask = Value | undefined

/** What a layer writes. */
export interface Written {
  readonly outputs: readonly Value[]
  /** One for each output. */
  readonly masks: readonly Mask[]
}

/** A variable, and where it stands in a model. */
export interface Weight {
  /** `encoder/dense_1/kernel` */
  readonly path: string
  readonly variable: Variable
  readonly trainable: boolean
}

export type OneOrMore<T> = T | readonly T[]

/** Which variables of a layer are asked for. */
export type VariablesOf = (layer: Layer<unknown>) => readonly Variable[]
export const weightsOf: VariablesOf = (layer) => layer.ownWeights
export const statesOf: VariablesOf = (layer) => layer.ownStates

function expectMask(mask: SymbolicTensor): void {
  if (mask.dtype === 'float32') throw new ShapeError(`expected a mask of bool or int32. Received: ${mask}.`)
}

/** A mask as bool: what is not 0 counts. */
export const asBool = (b: Scope, mask: Value): Value =>
  mask.dtype === 'bool' ? mask : b.not(b.equal(mask, 0))

/** Each layer states for itself whether it trains. */
function copyFlags(from: Layer<unknown>, to: Layer<unknown>): void {
  to.setOwnTrainable(from.trainable)
  const inner = to.sublayers
  from.sublayers.forEach((layer, i) => {
    if (inner[i] !== undefined) copyFlags(layer, inner[i])
  })
}

const unpack = <T>(items: readonly T[]): OneOrMore<T> => (items.length === 1 ? items[0]! : items)

export interface Layer<Output = SymbolicTensor> {
  /** `layer(x)` is `layer.apply(x)`. */
  // biome-ignore lint/style/useShorthandFunctionType: it merges with the class
  (inputs: Structure, options?: CallOptions): Output
}

/**
 * A step of a model. It has weights, a rule `call` that writes it as a program, and a record of its calls.
 *
 * A layer of one's own is a class with `call`, and `build` where it has weights:
 * @example
 * class Scale extends Layer {
 *   static override readonly className = 'Scale'
 *   factor!: Variable
 *   override build([x]: readonly [TensorType]) {
 *     this.factor = this.addWeight('factor', [Number(x.shape.at(-1))], initializers.ones())
 *   }
 *   override call([x]: readonly [Value], b: Scope) {
 *     return b.mul(x, b.read(this.factor))
 *   }
 * }
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: Callable makes the call signature true
export abstract class Layer<Output = SymbolicTensor> extends Callable {
  /** The name of the class as Keras writes it: 'Conv2D'. */
  static readonly className: string = 'Layer'

  readonly name: string
  /** How many tensors it takes; undefined for a list of any length. */
  readonly arity: number | undefined = 1
  /** Whether it computes with floats: integers and booleans are cast to float32 before, as Keras promotes them. */
  readonly computesWithFloats: boolean = false
  /** Whether what comes out has the mask of what goes in. */
  readonly supportsMasking: boolean = false
  /** Whether its tensors are arguments of their own in Keras, rather than a list: inputs and initial states, say. */
  readonly hasSeveralArguments: boolean = false
  /**
   * Whether in training the samples of a batch depend on each other, or the layer keeps something of each batch, as batch
   * normalization does. A wrapper then calls it once for each step.
   */
  readonly mixesSamples: boolean = false
  /** Whether null for the mask of an input leaves it the mask that it has. */
  readonly keepsOwnMasks: boolean = false
  /** The arguments of the call in Keras, in order, where those after the first are no inputs in a list of them. */
  readonly callArguments: readonly string[] | undefined = undefined
  /** What Keras calls the masks of the inputs, where each is an argument of its own; else there is one argument, `mask`. */
  readonly maskArguments: readonly string[] | undefined = undefined
  readonly activityRegularizer: Regularizer | undefined
  readonly #variables: Variable[] = []
  readonly #states: Variable[] = []
  readonly #inboundNodes: Node[] = []
  readonly #outboundNodes: Node[] = []
  #trainable: boolean
  /** The options that the constructors have left. */
  readonly #further: Readonly<Record<string, unknown>>
  #built = false

  constructor({ name, trainable = true, activityRegularizer, ...further }: LayerOptions = {}) {
    super()
    this.#further = further
    if (name !== undefined && !/^[^\s/][^/]*$/.test(name)) {
      throw new ConfigError(
        `Expected the name of a layer, without slashes. Received: ${JSON.stringify(name)}.`,
      )
    }
    this.name = name ?? autoName(this.className)
    this.#trainable = trainable
    this.activityRegularizer = regularizerOf(activityRegularizer)
  }

  /**
   * Checks that the layer knows each option that it was given.
   *
   * @throws ConfigError naming the option and the nearest that there is
   */
  expectKnownOptions(config = this.config()): void {
    const known = [...Object.keys(config), 'name', 'trainable', 'activityRegularizer', 'dtype']
    expectOptions(this.label, this.#further, known)
    const { dtype = 'float32' } = this.#further
    if (dtype !== 'float32')
      throw new ConfigError(
        `${this.label}: expected dtype to be 'float32', in which layers compute. Received: ${JSON.stringify(dtype)}.`,
      )
    expectNumbers(this.label, config)
  }

  get className(): string {
    return (this.constructor as typeof Layer).className
  }

  /**
   * Whether an optimizer updates the weights of this layer. Setting it sets it for all layers inside, of which some can be
   * set otherwise afterwards. `compile` reads it: a later change takes effect when the model is compiled again.
   */
  get trainable(): boolean {
    return this.#trainable
  }

  set trainable(value: boolean) {
    if (typeof value !== 'boolean')
      throw new ConfigError(
        `${this.label}: expected trainable to be a boolean. Received: ${JSON.stringify(value)}.`,
      )
    this.#trainable = value
    for (const layer of this.sublayers) layer.trainable = value
  }

  /** Sets the flag of this layer alone, as a file states it for each layer. */
  setOwnTrainable(value: boolean): void {
    this.#trainable = value
  }

  // ---- What a layer defines ----------------------------------------------------------------------

  /** Makes the weights, once, when the types of the inputs are known. */
  build?(inputs: readonly TensorType[]): void

  /**
   * Writes the layer as a program. `b.training` says whether it is to behave as in training; the masks are those of the
   * inputs.
   */
  abstract call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): OneOrMore<Value>

  /** The masks of the outputs, or the one of all: that of the first input if the layer supports masking, else none. */
  computeMask(_inputs: readonly Value[], masks: readonly Mask[], _b: Scope): Mask | readonly Mask[] {
    return this.supportsMasking ? masks[0] : undefined
  }

  /** The options that make the same layer anew, in camelCase; the names of what they name as Keras writes them. */
  config(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** A layer of the same options, but for those that change, with layers and weights of its own. */
  clone(changes: Readonly<Record<string, unknown>> = {}): this {
    const copy = (value: unknown): unknown =>
      value instanceof Layer ? value.clone() : Array.isArray(value) ? value.map(copy) : value
    const options = Object.entries(this.config()).map(([key, value]) => [key, copy(value)])
    const { name, activityRegularizer } = this
    const make = this.constructor as new (options: object) => this
    const copied = new make({ name, activityRegularizer, ...Object.fromEntries(options), ...changes })
    copyFlags(this, copied)
    return copied
  }

  /** The whole numbers that input number `at` may hold: any, where it says nothing. */
  inputRanges(_at: number): readonly InputRange[] {
    return []
  }

  /** Declares a weight; `build` is the place for it. */
  protected addWeight(
    name: string,
    shape: readonly number[],
    rules: WeightRules | Initializer,
    trainable = true,
  ): Variable {
    const variable = new Variable(name, shape, trainable, rules)
    this.#variables.push(variable)
    return variable
  }

  /** Declares what the layer remembers from one step to the next. It is no weight: it is not saved, and starts at 0. */
  protected addState(name: string, shape: readonly number[]): Variable {
    const variable = new Variable(name, shape, false, zeros())
    this.#states.push(variable)
    return variable
  }

  // ---- Calls ---------------------------------------------------------------------------------------

  /**
   * Calls the layer on symbolic tensors, which makes a node of the graph.
   *
   * @throws ShapeError `Dense "head": expected an input of rank ≥ 2. Received: [32].`
   */
  apply(inputs: Structure, options: CallOptions = {}): Output {
    return unpack(this.connect(flatten(inputs), options)) as Output
  }

  /** Makes a node and its output tensors. */
  protected connect(inputs: readonly SymbolicTensor[], options: CallOptions): readonly SymbolicTensor[] {
    expectSymbolic(inputs, this.label)
    if (options.initialState !== undefined)
      throw new ConfigError(`${this.label}: expected no initialState, which is for recurrent layers.`)
    const node = new Node(this, inputs, options)
    expectSymbolic(node.takes, `${this.label}, mask`)
    const { outputs, masks } = this.explain(() => this.infer(node))
    this.adopt(node)
    for (const layer of new Set(node.takes.map((tensor) => tensor.layer))) layer.#outboundNodes.push(node)
    return node.complete(outputs, masks)
  }

  /** How Keras writes what a call takes: positional arguments, and those that have a name. */
  argumentsOf<T>(inputs: readonly T[]): {
    readonly args: readonly unknown[]
    readonly kwargs?: Readonly<Record<string, unknown>>
  } {
    return { args: this.arity === 1 ? inputs : [inputs] }
  }

  /** Puts a call on record. */
  protected adopt(node: Node): void {
    this.#inboundNodes.push(node)
  }

  /** The types of the outputs and of their masks, from a trial trace of `call`. */
  protected infer({ inputs, masks: given, previousMasks, options: { training } }: Node): Written {
    const weights = new Map<Variable, Value>()
    const b: Scope = new Scope(training ?? false, (variable) => {
      const value = weights.get(variable) ?? b.input(variable, variable.name)
      weights.set(variable, value)
      return value
    })
    const declare = ({ dims, dtype }: SymbolicTensor, name: string): Value =>
      b.input({ shape: dims, dtype }, name)
    const values = inputs.map((tensor, at) => declare(tensor, `x${at}`))
    const declared = new Map<SymbolicTensor, Value>()
    const maskOf = (mask: SymbolicTensor | undefined): Mask => {
      if (mask !== undefined) expectMask(mask)
      if (mask !== undefined && !declared.has(mask)) declared.set(mask, declare(mask, `mask${declared.size}`))
      return mask && declared.get(mask)
    }
    return this.write(values, b, given.map(maskOf), previousMasks.map(maskOf))
  }

  /**
   * Builds the layer if need be, and writes it into a program.
   *
   * @param masks what the layer computes with
   * @param previousMasks what the masks of its outputs follow from
   * @param isPenalized whether its activity regularizer counts
   */
  write(
    given: readonly Value[],
    b: Scope,
    masks: readonly Mask[] = given.map(() => undefined),
    previousMasks: readonly Mask[] = masks,
    isPenalized = true,
  ): Written {
    return this.explain(() => {
      const inputs = this.computesWithFloats ? given.map((x) => b.cast(x, 'float32')) : given
      if (this.arity !== undefined && inputs.length !== this.arity) {
        throw new ShapeError(
          `expected ${this.arity} ${this.arity === 1 ? 'input' : 'inputs'}. Received: ${inputs.length}.`,
        )
      }
      this.buildOnce(inputs)
      const asMask = (mask: Mask): Mask => mask && asBool(b, mask)
      const written = this.run(inputs, b, masks.map(asMask), previousMasks.map(asMask))
      if (isPenalized && this.activityRegularizer !== undefined) {
        for (const output of written.outputs) {
          const penalty = this.activityRegularizer.penalty(b, output)
          b.addLoss(output.shape.length > 0 ? b.div(penalty, b.count(output, [0])) : penalty)
        }
      }
      return written
    })
  }

  /** Writes a layer that is part of this one, under its name. */
  protected inside(
    layer: Layer<unknown>,
    inputs: readonly Value[],
    b: Scope,
    masks?: readonly Mask[],
  ): Written {
    return b.at(layer.name, () => layer.write(inputs, b, masks))
  }

  /** Makes the weights if there are none yet. */
  buildOnce(inputs: readonly TensorType[]): void {
    if (this.#built) return
    const before = new Set(this.sublayers)
    this.build?.(inputs)
    // Layers that a frozen layer creates are frozen too.
    if (!this.#trainable) for (const layer of this.sublayers) if (!before.has(layer)) layer.trainable = false
    this.#built = true
  }

  /** The outputs and their masks. */
  protected run(
    inputs: readonly Value[],
    b: Scope,
    masks: readonly Mask[],
    previousMasks: readonly Mask[] = masks,
  ): Written {
    const outputs = [this.call(inputs, b, masks)].flat() as readonly Value[]
    const made =
      previousMasks.some((mask) => mask !== undefined) || this.makesMasks
        ? this.computeMask(inputs, previousMasks, b)
        : undefined
    return { outputs, masks: Array.isArray(made) ? made : outputs.map(() => made as Mask) }
  }

  /** Whether masks begin at this layer. */
  protected readonly makesMasks: boolean = false

  /** `Dense "head"`, as it stands in messages. */
  get label(): string {
    return `${this.className} "${this.name}"`
  }

  /** Puts the label of this layer before the message of what goes wrong in `attempt`, once. */
  protected explain<T>(attempt: () => T): T {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof ShapeError) || error.layer !== undefined) throw error
      throw new ShapeError(`${this.label}: ${messageOf(error)}`, this.name)
    }
  }

  // ---- Nodes -----------------------------------------------------------------------------------------

  /** The calls of this layer, in order. */
  get inboundNodes(): readonly Node[] {
    return this.#inboundNodes
  }

  /** The calls of other layers on what this layer gave. */
  get outboundNodes(): readonly Node[] {
    return this.#outboundNodes
  }

  #nodeAt(what: string, index: number): Node {
    const node = this.#inboundNodes[index]
    if (this.#inboundNodes.length === 0) throw new GraphError(`Layer ${this.name} has no inbound nodes.`)
    if (node === undefined) {
      throw new GraphError(
        `Asked to get ${what} at node ${index}, but the layer has only ${this.#inboundNodes.length} inbound nodes.`,
      )
    }
    return node
  }

  /** What call number `nodeIndex`, from 0, took. @throws GraphError for a call that there was not */
  getInputAt(nodeIndex: number): OneOrMore<SymbolicTensor> {
    return unpack(this.#nodeAt('input', nodeIndex).inputs)
  }

  /** What call number `nodeIndex`, from 0, gave. @throws GraphError for a call that there was not */
  getOutputAt(nodeIndex: number): OneOrMore<SymbolicTensor> {
    return unpack(this.#nodeAt('output', nodeIndex).outputs)
  }

  /** The mask of what call number `nodeIndex`, from 0, took; null where all steps count. @throws GraphError likewise */
  getInputMaskAt(nodeIndex: number): OneOrMore<SymbolicTensor | null> {
    return unpack(this.#nodeAt('input mask', nodeIndex).masks.map((mask) => mask ?? null))
  }

  /** The mask of what call number `nodeIndex`, from 0, gave; null where all steps count. @throws GraphError likewise */
  getOutputMaskAt(nodeIndex: number): OneOrMore<SymbolicTensor | null> {
    return unpack(this.#nodeAt('output mask', nodeIndex).outputs.map(({ mask }) => mask ?? null))
  }

  getInputShapeAt(nodeIndex: number): OneOrMore<OpenShape> {
    return unpack(this.#nodeAt('input shape', nodeIndex).inputs.map(({ shape }) => shape))
  }

  getOutputShapeAt(nodeIndex: number): OneOrMore<OpenShape> {
    return unpack(this.#nodeAt('output shape', nodeIndex).outputs.map(({ shape }) => shape))
  }

  #onlyNode(what: 'input' | 'output'): Node {
    if (this.#inboundNodes.length === 0)
      throw new GraphError(`Layer ${this.name} is not connected, no ${what} to return.`)
    if (this.#inboundNodes.length > 1) {
      const method = what === 'input' ? 'getInputAt' : 'getOutputAt'
      throw new GraphError(
        `Layer ${this.name} has multiple inbound nodes, hence the notion of "layer ${what}" is ill-defined. Use ${method}(nodeIndex) instead.`,
      )
    }
    return this.#inboundNodes[0]!
  }

  /** What the layer was called on, if it was called once. @throws GraphError otherwise */
  get input(): OneOrMore<SymbolicTensor> {
    return unpack(this.#onlyNode('input').inputs)
  }

  /** What the layer gave, if it was called once. @throws GraphError otherwise */
  get output(): OneOrMore<SymbolicTensor> {
    return unpack(this.#onlyNode('output').outputs)
  }

  #onlyShape(what: 'input' | 'output'): OneOrMore<OpenShape> {
    if (this.#inboundNodes.length === 0)
      throw new GraphError(`Layer ${this.name} has never been called, no ${what} shape to return.`)
    const shapes = this.#inboundNodes.map((node) =>
      (what === 'input' ? node.inputs : node.outputs).map(({ shape }) => shape),
    )
    const written = new Set(shapes.map((list) => list.map(formatShape).join()))
    if (written.size > 1) {
      const method = what === 'input' ? 'getInputShapeAt' : 'getOutputShapeAt'
      throw new GraphError(
        `The layer "${this.name}" has multiple inbound nodes, with different ${what} shapes. Hence the notion of "${what} shape" is ill-defined for the layer. Use ${method}(nodeIndex) instead.`,
      )
    }
    return unpack(shapes[0]!)
  }

  /** The shape that all calls took. @throws GraphError where they differ */
  get inputShape(): OneOrMore<OpenShape> {
    return this.#onlyShape('input')
  }

  /** The shape that all calls gave. @throws GraphError where they differ */
  get outputShape(): OneOrMore<OpenShape> {
    return this.#onlyShape('output')
  }

  // ---- Weights ------------------------------------------------------------------------------------------

  /** Layers inside of this one. */
  get sublayers(): readonly Layer<unknown>[] {
    return []
  }

  /** The weights, those of sublayers included, each once. */
  get weights(): readonly Weight[] {
    return this.collect('', this.#trainable, weightsOf)
  }

  /** What the layer and its sublayers remember from one step to the next, each once. */
  get states(): readonly Weight[] {
    return this.collect('', this.#trainable, statesOf)
  }

  /** Forgets what is remembered: all states are 0 again. */
  resetStates(): void {
    for (const { variable } of this.states) {
      variable.assign({ shape: variable.shape, data: new Float32Array(variable.size) })
    }
  }

  /** The weights of this layer alone. */
  get ownWeights(): readonly Variable[] {
    return this.#variables
  }

  /** The states of this layer alone. */
  get ownStates(): readonly Variable[] {
    return this.#states
  }

  /**
   * Variables of this layer and its sublayers, with their paths. As in Keras a variable trains if its own layer and the
   * outermost one do: a layer that is set trainable again inside a frozen one trains.
   */
  protected collect(prefix: string, trainable: boolean, ownOf: VariablesOf): readonly Weight[] {
    const path = `${prefix}${this.name}/`
    const own = ownOf(this).map((variable) => ({
      path: path + variable.name,
      variable,
      trainable: trainable && this.trainable && variable.trainable,
    }))
    return [...own, ...this.collectFrom(this.sublayers, path, trainable, ownOf)]
  }

  protected collectFrom(
    layers: readonly Layer<unknown>[],
    prefix: string,
    trainable: boolean,
    ownOf: VariablesOf,
  ): readonly Weight[] {
    const seen = new Map<Variable, Weight>()
    for (const layer of layers) {
      for (const weight of layer.collect(prefix, trainable, ownOf)) {
        if (!seen.has(weight.variable)) seen.set(weight.variable, weight)
      }
    }
    return [...seen.values()]
  }

  /** How many numbers the weights hold. */
  countParams(): number {
    return this.weights.reduce((sum, { variable }) => sum + variable.size, 0)
  }

  /** Copies of the weights, in the order of `weights`. */
  getWeights(): HostArray[] {
    return this.weights.map(({ variable: { shape, dtype, data } }) => ({ shape, dtype, data: data.slice() }))
  }

  /**
   * Sets the weights, in the order of `weights`.
   *
   * @throws ShapeError where their number or a shape differs; then no weight has changed
   */
  setWeights(values: readonly Pick<HostArray, 'shape' | 'data'>[]): void {
    const { weights } = this
    if (!Array.isArray(values))
      throw new ShapeError(
        `${this.label}: expected a list of ${weights.length} weights. Received: ${shown(values)}.`,
      )
    if (values.length !== weights.length) {
      throw new ShapeError(`${this.label}: expected ${weights.length} weights. Received: ${values.length}.`)
    }
    weights.forEach(({ path, variable }, at) => {
      const { shape, data } = values[at] ?? {}
      if (
        !Array.isArray(shape) ||
        !ArrayBuffer.isView(data) ||
        data instanceof BigInt64Array ||
        data instanceof BigUint64Array ||
        (data as Float32Array).length !== variable.size
      )
        throw new ShapeError(
          `${this.label}: expected weight "${path}" as { shape, data } with ${variable.size} elements in a typed array. Received: ${Array.isArray(values[at]) ? 'an array' : shown(shape ?? values[at])}.`,
        )
      if (formatShape(shape) !== formatShape(variable.shape)) {
        throw new ShapeError(
          `${this.label}: expected weight "${path}" of shape ${formatShape(variable.shape)}. Received: ${formatShape(shape)}.`,
        )
      }
    })
    weights.forEach(({ variable }, at) => {
      variable.assign(values[at]!)
    })
  }
}
