import { ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface ConcatenateOptions extends LayerOptions {
  readonly axis?: number
}

export class Concatenate extends Layer {
  static override readonly className = 'Concatenate'
  override readonly arity = undefined
  override readonly supportsMasking = true
  readonly axis: number

  constructor({ axis = -1, ...options }: ConcatenateOptions) {
    super(options)
    this.axis = axis
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    if (inputs.length === 0) throw new ShapeError('expected at least one input. Received: 0.')
    return b.concat(inputs, this.axis)
  }

  /** A step counts if any of its features comes from a step that does. */
  override computeMask(inputs: readonly Value[], masks: readonly Mask[], b: Scope): Mask {
    const full = inputs.map((input, at) => {
      const mask = masks[at]
      if (mask === undefined) return b.constant([1], input.shape, 'bool')
      const ones = input.shape.slice(mask.shape.length).map(() => 1)
      return b.broadcast(b.reshape(mask, [...mask.shape, ...ones]), input.shape)
    })
    const joined = b.concat(full, this.axis)
    return b.less(0, b.reduceMax(b.cast(joined, 'float32'), [-1]))
  }

  override config(): Readonly<Record<string, unknown>> {
    return { axis: this.axis }
  }
}

/**
 * Tensors side by side along one axis; their other sizes agree.
 *
 * @throws ShapeError where they do not
 * @example
 * const both = layers.concatenate()([words, features])
 */
export const concatenate = (options: ConcatenateOptions = {}): Concatenate => new Concatenate(options)
