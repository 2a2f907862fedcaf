import { type Dim, isConcrete, type Shape, sameShape } from '@fn/core'
import { expand, reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { inOrder, invert, type Permutation, permute, sameMemory } from '../permutation.ts'
import { Known, Splat } from './known.ts'
import { isReshape, Operand } from './operand.ts'
import type { Part } from './part.ts'

// Values that are other values looked at differently. They write nothing before it is known in which layout they are
// wanted, and what they write then stands under the path of the layer that asked for the view.

/** x with its axes in another order. */
class Transposed extends Operand {
  readonly #source: Operand
  readonly #permutation: Permutation
  readonly #path: string

  constructor(source: Operand, permutation: Permutation, path: string) {
    super(source.graph, { shape: permute(source.shape, permutation), dtype: source.dtype })
    this.#source = source
    this.#permutation = permutation
    this.#path = path
  }

  override get part(): Part | undefined {
    const { part } = this.#source
    return part && { ...part, layout: permute(part.layout, this.#permutation) }
  }

  override layouts(): readonly Permutation[] {
    return this.#source.layouts().map((layout) => permute(invert(this.#permutation), layout))
  }

  override cost(layout: Permutation): 0 | 1 {
    return this.#source.cost(permute(this.#permutation, layout))
  }

  protected override make(layout: Permutation): Tensor {
    return this.graph.at(this.#path, () => this.#source.as(permute(this.#permutation, layout)))
  }
}

/** The elements of x in another shape. */
class Reshaped extends Operand {
  readonly #source: Operand
  readonly #path: string

  constructor(source: Operand, shape: Shape, path: string) {
    super(source.graph, { shape, dtype: source.dtype })
    this.#source = source
    this.#path = path
  }

  override get source(): Operand {
    return this.#source
  }

  override layouts(): readonly Permutation[] {
    return this.isMade ? super.layouts() : [inOrder(this.rank)]
  }

  /** What it is made of: the first of several reshapes that nobody else has asked for. */
  get #origin(): Operand {
    const source = this.#source
    if (!(source instanceof Reshaped) || source.isMade) return source
    return isReshape(source.#origin.shape, this.shape) ? source.#origin : source
  }

  protected override make(layout: Permutation): Tensor {
    return this.graph.at(this.#path, () =>
      sameMemory(this.shape, layout, inOrder(this.rank))
        ? reshape(this.graph, inMemoryOrder(this.#origin), permute(this.shape, layout))
        : this.convert(layout),
    )
  }
}

/** A form of the value whose elements lie as those of the program do. */
function inMemoryOrder(value: Operand): Tensor {
  const order = inOrder(value.rank)
  const alike = value.layouts().find((layout) => sameMemory(value.shape, layout, order))
  return value.as(alike ?? order)
}

/** x repeated up to a larger shape. */
class Repeated extends Operand {
  readonly #source: Operand
  readonly #path: string

  /** @param source of the same rank */
  constructor(source: Operand, shape: Shape, path: string) {
    super(source.graph, { shape, dtype: source.dtype })
    this.#source = source
    this.#path = path
  }

  override layouts(): readonly Permutation[] {
    return this.#source.layouts()
  }

  override cost(layout: Permutation): 0 | 1 {
    return this.#source.cost(layout)
  }

  protected override make(layout: Permutation): Tensor {
    return this.graph.at(this.#path, () =>
      expand(this.graph, this.#source.as(layout), permute(this.shape, layout)),
    )
  }
}

export function transposed(x: Operand, permutation: Permutation, path: string): Operand {
  return new Transposed(x, permutation, path)
}

export function reshaped(x: Operand, shape: Shape, path: string): Operand {
  if (sameShape(x.shape, shape)) return x
  if (x instanceof Splat) return new Splat(x.graph, x.value, shape, x.dtype)
  if (x instanceof Known && isConcrete(shape)) return new Known(x.graph, { ...x.array, shape }, x.weight)
  return new Reshaped(x, shape, path)
}

export function repeated(x: Operand, shape: Shape, path: string): Operand {
  if (sameShape(x.shape, shape)) return x
  if (x instanceof Splat) return new Splat(x.graph, x.value, shape, x.dtype)
  return new Repeated(widened(x, shape.length, path), shape, path)
}

/** x with axes of size 1 in front, up to a rank. */
export function widened(x: Operand, rank: number, path: string): Operand {
  const ones = new Array<Dim>(rank - x.rank).fill(1)
  return reshaped(x, [...ones, ...x.shape], path)
}
