import { initializers, Layer, type Scope, type TensorType, type Value, type Variable } from '@fn/core'

/** The layer of its own that one of the files of Keras has. */
export class Scaling extends Layer {
  static override readonly className = 'Scale'
  factor!: Variable

  override build([x]: readonly TensorType[]): void {
    this.factor = this.addWeight('factor', [Number(x!.shape.at(-1))], initializers.ones())
  }

  override call([x]: readonly Value[], b: Scope): Value {
    return b.mul(x!, b.read(this.factor))
  }
}
