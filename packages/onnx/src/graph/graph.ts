import { FnError, type HostArray, sameShape, type TensorType } from '@fn/core'
import { TensorProto_DataType } from 'onnx-buf'
import { bytesOf, elementsOf } from './elements.ts'
import {
  type Attribute,
  absent,
  type ElementData,
  type ElementType,
  type GraphType,
  type Initializer,
  type Node,
  split,
  type Tensor,
} from './types.ts'

/** Beyond it an array of one repeated number is written as a node that makes it. */
const LARGEST_FILLED = 1024

/**
 * An ONNX graph that is being written: nodes in their order, initializers, and a name for everything. A graph inside of
 * a node sees the tensors of the graphs around it that are there when the node is added, and shares their names.
 */
export class Graph {
  /** The graph of the file. Constants, weights and sizes stand there alone: every graph inside of it sees them. */
  readonly root: Graph
  /** How many graphs are around this one. */
  readonly depth: number
  readonly inputs: Tensor[] = []
  readonly outputs: Tensor[] = []
  readonly nodes: Node[] = []
  readonly initializers: Initializer[] = []
  /** The sizes that are worked out at run time, by dim. */
  readonly sizes = new Map<string, Tensor>()
  readonly #names: Set<string>
  readonly #nodeNames: Set<string>
  readonly #made = new Set<Tensor>()
  readonly #shared = new Map<string, Initializer[]>()
  readonly #weights = new Map<string, Initializer[]>()
  readonly #reshaped = new Map<Tensor, Tensor[]>()
  #path = ''

  /** @param reserved the names that are given from outside: of inputs, outputs and weights; or the graph around it */
  constructor(reserved: Iterable<string> | Graph) {
    if (reserved instanceof Graph) {
      this.root = reserved.root
      this.depth = reserved.depth + 1
      this.#names = reserved.#names
      this.#nodeNames = reserved.#nodeNames
      return
    }
    this.root = this
    this.depth = 0
    this.#names = new Set()
    this.#nodeNames = new Set()
    for (const name of reserved) {
      if (this.#names.has(name)) {
        throw new FnError(`Expected different names for all inputs and outputs. Received "${name}" twice.`)
      }
      this.#names.add(name)
    }
  }

  /** The nodes that `write` adds are named under `path`. */
  at<T>(path: string, write: () => T): T {
    const before = this.#path
    this.#path = path
    try {
      return write()
    } finally {
      this.#path = before
    }
  }

  /** An input under a reserved name. */
  input({ shape, dtype }: GraphType, name: string): Tensor {
    const tensor: Tensor = { name, shape, dtype, origin: 'input' }
    this.inputs.push(tensor)
    return tensor
  }

  /** An input under a name of its own, after a label. */
  parameter = (type: TensorType, label: string): Tensor => this.input(type, unused(label, this.#names))

  /** The value of a tensor as an output; under a reserved name, if one is given. */
  output(tensor: Tensor, name?: string): void {
    const own =
      this.#made.has(tensor) && !this.outputs.includes(tensor)
        ? tensor
        : this.one('Identity', [tensor], tensor)
    if (name !== undefined) own.name = name
    this.outputs.push(own)
  }

  /** Adds a node; its outputs are named after it. An output without a type is left out. */
  node(
    op: string,
    inputs: readonly Tensor[],
    types: readonly (GraphType | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Node {
    const name = this.#nodeName(op)
    const outputs = types.map((type) => (type === undefined ? absent : this.#tensor(type, name)))
    const node: Node = { op, name, path: this.#path, inputs: [...inputs], outputs, attributes }
    this.nodes.push(node)
    return node
  }

  /** The output of a new node of one output. */
  one(
    op: string,
    inputs: readonly Tensor[],
    type: GraphType,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Tensor {
    return this.node(op, inputs, [type], attributes).outputs[0]!
  }

  /** Adds a node whose output is a tensor that is there already. */
  into(
    op: string,
    inputs: readonly Tensor[],
    output: Tensor,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Tensor {
    const name = this.#nodeName(op)
    this.nodes.push({ op, name, path: this.#path, inputs: [...inputs], outputs: [output], attributes })
    return output
  }

  #nodeName(op: string): string {
    return unused([this.#path, split(op).name].filter(Boolean).join('/'), this.#nodeNames)
  }

  castInto = (tensor: Tensor, output: Tensor): Tensor =>
    this.into('Cast', [tensor], output, { to: codes[output.dtype] })

  /** A tensor that no node gives yet: of the shape of another, named after it. */
  like = ({ name, shape }: Tensor, dtype: ElementType): Tensor => this.#tensor({ shape, dtype }, name)

  /** A further output of a node that is there already. */
  addOutput(node: Node, type: GraphType, label: string): Tensor {
    const tensor = this.#tensor(type, `${node.name}/${label}`)
    node.outputs.push(tensor)
    return tensor
  }

  #tensor({ shape, dtype }: GraphType, label: string): Tensor {
    const tensor: Tensor = { name: unused(label, this.#names), shape, dtype, origin: 'node' }
    this.#made.add(tensor)
    return tensor
  }

  /** A constant; constants of the same elements are one. */
  constant(elements: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Tensor {
    const data = elementsOf(dtype, elements)
    const key = `${dtype}[${shape}] ${fingerprint(data)}`
    const alike = this.root.#shared.get(key) ?? []
    const known = alike.find((initializer) => sameBytes(initializer.data, data))
    if (known !== undefined) return known.tensor
    const label = ['constant', dtype, ...shape].join('_')
    const initializer = this.#initializer(data, shape, dtype, unused(label, this.#names))
    this.root.#shared.set(key, [...alike, initializer])
    return initializer.tensor
  }

  scalar = (value: number, dtype: ElementType = 'float32'): Tensor => this.constant([value], [], dtype)

  /** A list of whole numbers, as shapes, axes and the like are handed to nodes. */
  list = (...numbers: readonly number[]): Tensor => this.constant(numbers, [numbers.length], 'int64')

  /** Whether a constant of so many equal elements is better made by a node. */
  isLarge = (size: number): boolean => size > LARGEST_FILLED

  /**
   * A weight under the name that is reserved for it, or several joined ones under all of theirs; a further form of it
   * with a number behind the name. No form is there twice.
   */
  weight({ shape, dtype, data }: HostArray, ...names: readonly string[]): Tensor {
    const name = names.join('&')
    const elements = elementsOf(dtype, data)
    const forms = this.root.#weights.get(name) ?? []
    const known = forms.find((form) => sameShape(form.tensor.shape, shape) && sameBytes(form.data, elements))
    if (known !== undefined) return known.tensor
    const isFirst = forms.length === 0 && names.length === 1
    const own = isFirst ? name : unused(name, this.#names)
    const initializer = this.#initializer(elements, shape, dtype, own)
    this.root.#weights.set(name, [...forms, initializer])
    return initializer.tensor
  }

  /** An initializer in another shape, which is one too; undefined for other tensors. */
  reshaped(tensor: Tensor, shape: readonly number[]): Tensor | undefined {
    const initializer = this.root.initializers.find((one) => one.tensor === tensor)
    if (initializer === undefined) return undefined
    const forms = this.root.#reshaped.get(tensor) ?? []
    const known = forms.find((form) => sameShape(form.shape, shape))
    if (known !== undefined) return known
    const made = this.initializer(initializer.data, shape, tensor.dtype, tensor.name)
    this.root.#reshaped.set(tensor, [...forms, made])
    return made
  }

  /** Numbers under a name of their own, after a label. */
  initializer = (data: ElementData, shape: readonly number[], dtype: ElementType, label: string): Tensor =>
    this.#initializer(data, shape, dtype, unused(label, this.#names)).tensor

  #initializer(data: ElementData, shape: readonly number[], dtype: ElementType, name: string): Initializer {
    const initializer: Initializer = { tensor: { name, shape, dtype, origin: 'initializer' }, data }
    this.root.initializers.push(initializer)
    return initializer
  }

  cast = (tensor: Tensor, dtype: ElementType): Tensor =>
    tensor.dtype === dtype
      ? tensor
      : this.one('Cast', [tensor], { shape: tensor.shape, dtype }, { to: codes[dtype] })
}

/** Whether an attribute is a graph. */
export const isBody = (attribute: Attribute): attribute is { readonly body: Graph } =>
  typeof attribute === 'object' && 'body' in attribute

/** How ONNX numbers the element types. */
export const codes: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  float16: TensorProto_DataType.FLOAT16,
  int8: TensorProto_DataType.INT8,
  uint8: TensorProto_DataType.UINT8,
  int16: TensorProto_DataType.INT16,
  uint16: TensorProto_DataType.UINT16,
  uint32: TensorProto_DataType.UINT32,
  uint64: TensorProto_DataType.UINT64,
  bfloat16: TensorProto_DataType.BFLOAT16,
  float64: TensorProto_DataType.DOUBLE,
}

/** The label, or the label with the first number that makes it new. */
function unused(label: string, taken: Set<string>): string {
  let name = label
  for (let count = 1; taken.has(name); count++) name = `${label}_${count}`
  taken.add(name)
  return name
}

/** A hash of the bytes (FNV-1a). */
function fingerprint(data: ElementData): number {
  let hash = 0x811c9dc5
  for (const byte of bytesOf(data)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

function sameBytes(a: ElementData, b: ElementData): boolean {
  const [left, right] = [bytesOf(a), bytesOf(b)]
  return left.length === right.length && left.every((byte, at) => byte === right[at])
}
