import type { HostArray } from '../backend.ts'
import { ConfigError, GraphError, messageOf, ShapeError } from '../errors.ts'
import type { Initializer } from '../initializers/initializer.ts'
import { formatShape } from '../program/dims.ts'
import type { TensorType, Value } from '../program/types.ts'
import { Callable } from './callable.ts'
import { autoName } from './names.ts'
import { type CallOptions, Node } from './node.ts'
import { Scope } from './scope.ts'
import { expectSymbolic, flatten, type Structure } from './structure.ts'
import { type OpenShape, SymbolicTensor } from './symbolic-tensor.ts'
import { Variable } from './variable.ts'

export interface LayerOptions {
  /** Without it the layer is named after its class: dense_1, dense_2, … */
  readonly name?: string
  /** false: an optimizer leaves its weights alone. */
  readonly trainable?: boolean
}

/** A variable, and where it stands in a model. */
export interface Weight {
  /** `encoder/dense_1/kernel` */
  readonly path: string
  readonly variable: Variable
  readonly trainable: boolean
}

type OneOrMore<T> = T | readonly T[]

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
 *   override build([x]: readonly TensorType[]) {
 *     this.factor = this.addWeight('factor', [x.shape.at(-1)], 'ones')
 *   }
 *   call([x]: readonly Value[], b: Scope) {
 *     return b.mul(x, b.read(this.factor))
 *   }
 * }
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: Callable makes the call signature true
export abstract class Layer<Output = SymbolicTensor> extends Callable {
  /** The name of the class as Keras writes it: 'Conv2D'. */
  static readonly className: string = 'Layer'

  readonly name: string
  trainable: boolean
  /** How many tensors it takes; undefined for a list of any length. */
  readonly arity: number | undefined = 1
  readonly #variables: Variable[] = []
  readonly #inboundNodes: Node[] = []
  readonly #outboundNodes: Node[] = []
  #built = false

  constructor({ name, trainable = true }: LayerOptions = {}) {
    super()
    if (name !== undefined && !/^[^\s/][^/]*$/.test(name)) {
      throw new ConfigError(
        `Expected the name of a layer, without slashes. Received: ${JSON.stringify(name)}.`,
      )
    }
    this.name = name ?? autoName(this.className)
    this.trainable = trainable
  }

  get className(): string {
    return (this.constructor as typeof Layer).className
  }

  // ---- What a layer defines ----------------------------------------------------------------------

  /** Makes the weights, once, when the types of the inputs are known. */
  build?(inputs: readonly TensorType[]): void

  /** Writes the layer as a program. `b.training` says whether it is to behave as in training. */
  abstract call(inputs: readonly Value[], b: Scope): OneOrMore<Value>

  /** The options that make the same layer anew, in camelCase; the names of what they name as Keras writes them. */
  config(): Readonly<Record<string, unknown>> {
    return {}
  }

  /** Declares a weight; `build` is the place for it. */
  protected addWeight(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    trainable = true,
  ): Variable {
    const variable = new Variable(name, shape, trainable, initializer)
    this.#variables.push(variable)
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
    const types = this.explain(() =>
      this.infer(
        inputs.map(({ dims, dtype }) => ({ shape: dims, dtype })),
        options,
      ),
    )
    const node = new Node(this, inputs, options)
    this.adopt(node)
    for (const layer of new Set(inputs.map((input) => input.layer))) layer.#outboundNodes.push(node)
    return node.complete(types.map(({ shape, dtype }, at) => new SymbolicTensor(shape, dtype, node, at)))
  }

  /** Puts a call on record. */
  protected adopt(node: Node): void {
    this.#inboundNodes.push(node)
  }

  /** The types of the outputs, from a trial trace of `call`. */
  protected infer(inputs: readonly TensorType[], { training }: CallOptions): readonly TensorType[] {
    const weights = new Map<Variable, Value>()
    const b: Scope = new Scope(training ?? false, (variable) => {
      const value = weights.get(variable) ?? b.input(variable, variable.name)
      weights.set(variable, value)
      return value
    })
    return this.write(
      inputs.map((type, at) => b.input(type, `x${at}`)),
      b,
    )
  }

  /** Builds the layer if need be, and writes it into a program. */
  write(inputs: readonly Value[], b: Scope): readonly Value[] {
    return this.explain(() => {
      if (this.arity !== undefined && inputs.length !== this.arity) {
        throw new ShapeError(
          `expected ${this.arity} ${this.arity === 1 ? 'input' : 'inputs'}. Received: ${inputs.length}.`,
        )
      }
      if (!this.#built) {
        this.build?.(inputs)
        this.#built = true
      }
      const outputs = this.call(inputs, b)
      return Array.isArray(outputs) ? outputs : [outputs]
    })
  }

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
    return this.collectWeights('', true)
  }

  protected collectWeights(prefix: string, trainable: boolean): readonly Weight[] {
    const path = `${prefix}${this.name}/`
    const own = this.#variables.map((variable) => ({
      path: path + variable.name,
      variable,
      trainable: trainable && this.trainable && variable.trainable,
    }))
    return [...own, ...this.collectFrom(this.sublayers, path, trainable)]
  }

  protected collectFrom(
    layers: readonly Layer<unknown>[],
    prefix: string,
    trainable: boolean,
  ): readonly Weight[] {
    const seen = new Map<Variable, Weight>()
    for (const layer of layers) {
      for (const weight of layer.collectWeights(prefix, trainable && this.trainable)) {
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
    if (values.length !== weights.length) {
      throw new ShapeError(`${this.label}: expected ${weights.length} weights. Received: ${values.length}.`)
    }
    weights.forEach(({ path, variable }, at) => {
      const { shape } = values[at]!
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
