import { formatShape } from '../program/dims.ts'
import type { DType, Shape } from '../program/types.ts'
import type { Layer } from './layer.ts'
import type { Node } from './node.ts'

/** A shape as users see it: null is a size that is known only when data comes. */
export type OpenShape = readonly (number | null)[]

/** A layer that takes one tensor and gives one. */
export type Step = (x: SymbolicTensor) => SymbolicTensor

/** What flows through a graph before there is data: a shape, a dtype, and where it comes from. */
export class SymbolicTensor {
  constructor(
    /** Sizes; a symbol where `shape` has null. */
    readonly dims: Shape,
    readonly dtype: DType,
    /** The call that made it. */
    readonly node: Node,
    /** Which output of that call it is. */
    readonly tensorIndex: number,
    /** Which of its steps count, as [batch, time] of bool; undefined where all do. It is a tensor of the graph itself. */
    readonly mask?: SymbolicTensor,
  ) {}

  /** `[null, 784]`: the batch axis first. */
  get shape(): OpenShape {
    return this.dims.map((dim) => (typeof dim === 'number' ? dim : null))
  }

  get layer(): Layer<unknown> {
    return this.node.layer
  }

  /** The name of the layer that made it. */
  get name(): string {
    return this.layer.name
  }

  /** `x.pipe(a, b, c)` is `c(b(a(x)))`. */
  pipe(...steps: readonly Step[]): SymbolicTensor {
    return steps.reduce((x: SymbolicTensor, step) => step(x), this)
  }

  toString(): string {
    return `${this.name}: ${this.dtype}${formatShape(this.shape)}`
  }
}
