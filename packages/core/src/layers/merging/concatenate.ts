import { ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

export interface ConcatenateOptions extends LayerOptions {
  readonly axis?: number
}

export class Concatenate extends Layer {
  static override readonly className = 'Concatenate'
  override readonly arity = undefined
  readonly axis: number

  constructor({ axis = -1, ...options }: ConcatenateOptions) {
    super(options)
    this.axis = axis
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    if (inputs.length === 0) throw new ShapeError('expected at least one input. Received: 0.')
    return b.concat(inputs, this.axis)
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
