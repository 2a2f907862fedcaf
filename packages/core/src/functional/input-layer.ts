import { ConfigError, messageOf, ShapeError } from '../errors.ts'
import { expectOptions } from '../options.ts'
import { formatShape } from '../program/dims.ts'
import type { Dim, DType, TensorType, Value } from '../program/types.ts'
import { type InputDType, programTypeOf } from './input-type.ts'
import { Layer, type LayerOptions } from './layer.ts'
import { autoName } from './names.ts'
import { Node } from './node.ts'
import type { SymbolicTensor } from './symbolic-tensor.ts'

export interface InputOptions extends LayerOptions {
  /**
   * The shape of one sample, without the batch axis. null: a size that is known only when data comes. A name says that all
   * inputs with this name have one size there.
   */
  readonly shape: readonly (number | null | string)[]
  /** The type of the elements. 'float32' by default. Integers are computed in int32, other floats in float32. */
  readonly dtype?: InputDType
  /** Fixes the size of the batches; without it any will do. */
  readonly batchSize?: number | null
}

const INPUT_OPTIONS = ['shape', 'dtype', 'batchSize', 'name', 'trainable', 'activityRegularizer']

/** Names of sizes are written into expressions: letters, digits and underscores. The number of samples has the name `batch`. */
const isSize = (dim: unknown): boolean =>
  dim === null ||
  (typeof dim === 'string' && /^[A-Za-z_]\w*$/.test(dim) && dim !== 'batch') ||
  (Number.isInteger(dim) && (dim as number) >= 0)

/** The name of a layer as a part of a symbol. Names that differ stay different. */
const symbolOf = (name: string): string =>
  name.replace(/\W/g, (character) => `_x${character.charCodeAt(0).toString(16)}_`)

/** Where a graph begins. */
export class InputLayer extends Layer {
  static override readonly className = 'InputLayer'
  override readonly arity = 0
  readonly type: TensorType
  /** The type that data, files and ONNX files have. */
  readonly dataType: InputDType

  constructor({
    shape,
    dtype = 'float32',
    batchSize = null,
    name = autoName('Input'),
    ...options
  }: InputOptions) {
    super({ name, ...options })
    if (!Array.isArray(shape) || shape.some((dim) => !isSize(dim))) {
      throw new ShapeError(
        `input "${this.name}": expected a shape of integers ≥ 0, null or names other than batch. Received: ${Array.isArray(shape) ? formatShape(shape) : JSON.stringify(shape)}.`,
      )
    }
    const dims = shape.map((dim, axis): Dim => dim ?? `${symbolOf(this.name)}_dim_${axis + 1}`)
    this.dataType = dtype
    this.type = { shape: [batchSize ?? 'batch', ...dims], dtype: this.#computed(dtype) }
    const node = new Node(this, [], {})
    node.complete([this.type])
    this.adopt(node)
  }

  #computed(dtype: InputDType): DType {
    try {
      return programTypeOf(dtype)
    } catch (error) {
      throw new ConfigError(`input "${this.name}": ${messageOf(error)}`)
    }
  }

  override call(): Value {
    throw new ConfigError(`input "${this.name}" is where a graph begins: it can not be called.`)
  }

  get tensor(): SymbolicTensor {
    return this.inboundNodes[0]!.outputs[0]!
  }

  override config(): Readonly<Record<string, unknown>> {
    return { batchShape: this.tensor.shape, dtype: this.dataType }
  }
}

/**
 * A symbolic tensor at which a model begins.
 *
 * @param options.shape the shape of one sample, without the batch axis
 * @throws ShapeError for a shape that holds anything but whole numbers and null
 * @example
 * const image = input({ shape: [28, 28, 1], name: 'image' })
 */
export function input(options: InputOptions): SymbolicTensor {
  if (options === undefined || options === null)
    throw new ConfigError(`input: expected options, such as { shape: [784] }. Received: ${options}.`)
  expectOptions('input', options, INPUT_OPTIONS)
  return new InputLayer(options).tensor
}
