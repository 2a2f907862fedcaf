import { ShapeError } from '../../errors.ts'
import { Layer, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

/** A layer that combines tensors element by element, two at a time. Sizes of 1 broadcast. */
export abstract class Merge extends Layer {
  override readonly arity: number | undefined = undefined
  override readonly supportsMasking = true

  protected abstract combine(x: Value, y: Value, b: Scope): Value

  override call(inputs: readonly Value[], b: Scope): Value {
    if (inputs.length < 2) throw new ShapeError(`expected at least two inputs. Received: ${inputs.length}.`)
    const rank = Math.max(...inputs.map(({ shape }) => shape.length))
    return inputs.map((input) => widen(input, rank, b)).reduce((x, y) => this.combine(x, y, b))
  }

  /** A step counts if it does in any of the inputs, all of which have masks. */
  override computeMask(_inputs: readonly Value[], masks: readonly Mask[], b: Scope): Mask {
    return masks.reduce((x, y) => x && y && b.or(x, y))
  }
}

/** Missing axes are put in after the batch axis: [batch, 3] → [batch, 1, 3]. */
function widen(x: Value, rank: number, b: Scope): Value {
  const [batch, ...sample] = x.shape
  const missing = new Array<number>(rank - x.shape.length).fill(1)
  return b.reshape(x, [batch!, ...missing, ...sample])
}
