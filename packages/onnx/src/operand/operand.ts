import { type DType, isConcrete, type Shape, type TensorType } from '@fn/core'
import type { Graph } from '../graph/graph.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { inOrder, invert, type Permutation, permute, sameMemory } from '../permutation.ts'
import type { Part } from './part.ts'

/**
 * A value of the program on its way into the graph. It may be there in several layouts, and in none: a node is written
 * when a layout is asked for, and no layout is written twice.
 */
export abstract class Operand implements TensorType {
  readonly shape: Shape
  readonly dtype: DType
  /** The graph in which it is made. What is made of it alone stands there too: before a loop, if it reads it. */
  readonly graph: Graph
  readonly #forms = new Map<string, Tensor>()
  readonly #others = new Map<string, Tensor>()

  constructor(graph: Graph, { shape, dtype }: TensorType) {
    this.graph = graph
    this.shape = shape
    this.dtype = dtype
  }

  get rank(): number {
    return this.shape.length
  }

  /** Which part of a tensor it is, if it can be cut out of one. */
  get part(): Part | undefined {
    return undefined
  }

  /** The value whose elements it has in another shape. */
  get source(): Operand | undefined {
    return undefined
  }

  /** Whether it is there in any layout. */
  protected get isMade(): boolean {
    return this.#forms.size > 0
  }

  /** The value in the layout of the program. */
  get tensor(): Tensor {
    return this.as(inOrder(this.rank))
  }

  /** The value in a layout. */
  as(layout: Permutation): Tensor {
    const key = layout.join()
    const known = this.#forms.get(key)
    if (known !== undefined) return known
    const made = this.make(layout)
    this.#forms.set(key, made)
    return made
  }

  /** A form of it that is no layout of its axes: made once. */
  form(name: string, make: () => Tensor): Tensor {
    const made = this.#others.get(name) ?? make()
    this.#others.set(name, made)
    return made
  }

  /** The layouts in which it is there. */
  layouts(): readonly Permutation[] {
    return [...this.#forms.keys()].map((key) => (key === '' ? [] : key.split(',').map(Number)))
  }

  /** How many transposes it takes to have it in a layout: none or one. */
  cost(layout: Permutation): 0 | 1 {
    return this.layouts().some((from) => sameMemory(this.shape, from, layout)) ? 0 : 1
  }

  protected keep(layout: Permutation, tensor: Tensor): void {
    this.#forms.set(layout.join(), tensor)
  }

  protected abstract make(layout: Permutation): Tensor

  /** Moves the axes of a form that is there. */
  protected convert(layout: Permutation): Tensor {
    const shape = permute(this.shape, layout)
    const layouts = this.layouts()
    const alike = layouts.find((from) => sameMemory(this.shape, from, layout))
    if (alike !== undefined && isReshape(permute(this.shape, alike), shape))
      return reshape(this.graph, this.as(alike), shape)
    const from = layouts[0]!
    const perm = permute(invert(from), layout)
    return this.graph.one('Transpose', [this.as(from)], { shape, dtype: this.dtype }, { perm })
  }
}

/** Whether the sizes of a Reshape can be written down: a symbol that moves can be worked out, two can not. */
export const isReshape = (from: Shape, to: Shape): boolean =>
  isConcrete(to) || to.filter((dim, axis) => typeof dim !== 'number' && dim !== from[axis]).length < 2

/** What a node has computed, in the layout in which it came. */
export class Computed extends Operand {
  constructor(
    graph: Graph,
    type: TensorType,
    tensor: Tensor,
    layout: Permutation = inOrder(type.shape.length),
  ) {
    super(graph, type)
    this.keep(layout, tensor)
  }

  protected override make(layout: Permutation): Tensor {
    return this.convert(layout)
  }
}
