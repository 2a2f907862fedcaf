import { type DType, FnError, type HostArray, type TensorType } from '@fn/core'
import { TensorProto_DataType } from 'onnx-buf'
import { bytesOf, elementsOf } from './elements.ts'
import type { Attribute, ElementData, ElementType, GraphType, Initializer, Node, Tensor } from './types.ts'

/** Beyond it an array of one repeated number is written as a node that makes it. */
const LARGEST_FILLED = 1024

/** An ONNX graph that is being written: nodes in their order, initializers, and a name for everything. */
export class Graph {
  readonly inputs: Tensor[] = []
  readonly outputs: Tensor[] = []
  readonly nodes: Node[] = []
  readonly initializers: Initializer[] = []
  /** The sizes that are worked out at run time, by dim. */
  readonly sizes = new Map<string, Tensor>()
  readonly #names = new Set<string>()
  readonly #nodeNames = new Set<string>()
  readonly #shared = new Map<string, Initializer[]>()
  #path = ''

  /** @param reserved the names that are given from outside: of inputs, outputs and weights */
  constructor(reserved: Iterable<string>) {
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

  input({ shape, dtype }: TensorType, name: string): Tensor {
    const tensor: Tensor = { name, shape, dtype, origin: 'input' }
    this.inputs.push(tensor)
    return tensor
  }

  /** The value of a tensor under the name of an output. */
  output(tensor: Tensor, name: string): void {
    const own =
      tensor.origin === 'node' && !this.outputs.includes(tensor)
        ? tensor
        : this.one('Identity', [tensor], tensor)
    own.name = name
    this.outputs.push(own)
  }

  /** Adds a node; answers its outputs, which are named after it. */
  node(
    op: string,
    inputs: readonly Tensor[],
    types: readonly GraphType[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Node {
    const label = [this.#path, op].filter(Boolean).join('/')
    const name = unused(label, this.#nodeNames)
    const outputs = types.map((type) => this.#tensor(type, name))
    const node: Node = { op, name, inputs: [...inputs], outputs, attributes }
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

  /** A further output of a node that is there already. */
  addOutput(node: Node, type: GraphType, label: string): Tensor {
    const tensor = this.#tensor(type, `${node.name}/${label}`)
    node.outputs.push(tensor)
    return tensor
  }

  #tensor({ shape, dtype }: GraphType, label: string): Tensor {
    return { name: unused(label, this.#names), shape, dtype, origin: 'node' }
  }

  /** A constant; constants of the same elements are one. */
  constant(elements: ArrayLike<number>, shape: readonly number[], dtype: ElementType): Tensor {
    const data = elementsOf(dtype, elements)
    const key = `${dtype}[${shape}] ${fingerprint(data)}`
    const alike = this.#shared.get(key) ?? []
    const known = alike.find((initializer) => sameBytes(initializer.data, data))
    if (known !== undefined) return known.tensor
    const label = ['constant', dtype, ...shape].join('_')
    const initializer = this.#initializer(data, shape, dtype, unused(label, this.#names))
    this.#shared.set(key, [...alike, initializer])
    return initializer.tensor
  }

  scalar = (value: number, dtype: ElementType = 'float32'): Tensor => this.constant([value], [], dtype)

  /** A list of whole numbers, as shapes, axes and the like are handed to nodes. */
  list = (...numbers: readonly number[]): Tensor => this.constant(numbers, [numbers.length], 'int64')

  /** Whether a constant of so many equal elements is better made by a node. */
  isLarge = (size: number): boolean => size > LARGEST_FILLED

  /** A weight under its own name, which is reserved; a further copy of it in another layout under a derived one. */
  weight({ shape, dtype, data }: HostArray, name: string, copy: boolean): Tensor {
    const own = copy ? unused(`${name}/transposed`, this.#names) : name
    return this.#initializer(elementsOf(dtype, data), shape, dtype, own).tensor
  }

  #initializer(data: ElementData, shape: readonly number[], dtype: ElementType, name: string): Initializer {
    const initializer: Initializer = { tensor: { name, shape, dtype, origin: 'initializer' }, data }
    this.initializers.push(initializer)
    return initializer
  }

  cast = (tensor: Tensor, dtype: DType): Tensor =>
    tensor.dtype === dtype
      ? tensor
      : this.one('Cast', [tensor], { shape: tensor.shape, dtype }, { to: codes[dtype] })
}

/** How ONNX numbers the element types. */
export const codes: Readonly<Record<ElementType, TensorProto_DataType>> = {
  float32: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
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
