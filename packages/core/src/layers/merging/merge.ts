import { ShapeError } from '../../errors.ts'
import { Layer, type Mask } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

/** A layer that combines tensors element by element, two at a time. Sizes of 1 broadcast. */
export abstract class Merge extends Layer {
  override readonly arity: number | undefined = undefined
  override readonly supportsMasking = true

  protected abstract combine(x: Value, y: Value, b: Scope): Value

  /** Whether steps that a mask leaves out have no say, so that those of the other inputs stand alone. */
  protected readonly skipsMasked: boolean = false

  override call(inputs: readonly Value[], b: Scope, masks: readonly Mask[]): Value {
    if (inputs.length < 2) throw new ShapeError(`expected at least two inputs. Received: ${inputs.length}.`)
    const rank = Math.max(...inputs.map(({ shape }) => shape.length))
    const values = inputs.map((input) => widen(input, rank, b))
    if (!this.skipsMasked) return values.reduce((x, y) => this.combine(x, y, b))
    return values
      .map((value, at) => ({ value, counts: masks[at] && column(masks[at], rank, b) }))
      .reduce((x, y) => this.#combineMasked(x, y, b)).value
  }

  /** Where only one of the two counts, it alone is the result. */
  #combineMasked(x: Step, y: Step, b: Scope): Step {
    const right = y.counts ? b.select(y.counts, y.value, x.value) : y.value
    const left = x.counts ? b.select(x.counts, x.value, right) : x.value
    const counts = x.counts && y.counts && b.or(x.counts, y.counts)
    return { value: this.combine(left, right, b), counts }
  }

  /** A step counts if it does in any of the inputs, all of which have masks. */
  override computeMask(_inputs: readonly Value[], masks: readonly Mask[], b: Scope): Mask {
    return masks.reduce((x, y) => x && y && b.or(x, y))
  }
}

/** A value, and for each of its steps whether it counts, ready to broadcast against it. */
interface Step {
  readonly value: Value
  readonly counts: Mask
}

/** [batch, time] → [batch, time, 1, …] */
const column = (mask: Value, rank: number, b: Scope): Value =>
  b.reshape(mask, [...mask.shape, ...new Array<number>(rank - mask.shape.length).fill(1)])

/** Missing axes are put in after the batch axis: [batch, 3] → [batch, 1, 3]. */
function widen(x: Value, rank: number, b: Scope): Value {
  const [batch, ...sample] = x.shape
  const missing = new Array<number>(rank - x.shape.length).fill(1)
  return b.reshape(x, [batch!, ...missing, ...sample])
}
