import { type DType, type HostArray, isConcrete, type Shape, stridesOf } from '@fn/core'
import { strided } from '../fold/strided.ts'
import type { Graph } from '../graph/graph.ts'
import { filled } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { inOrder, type Permutation, permute, samePermutation } from '../permutation.ts'
import { Operand } from './operand.ts'

/** One number, everywhere in a shape that may have symbols. */
export class Splat extends Operand {
  constructor(
    graph: Graph,
    readonly value: number,
    shape: Shape,
    dtype: DType,
  ) {
    super(graph, { shape, dtype })
  }

  override layouts(): readonly Permutation[] {
    return []
  }

  override cost(): 0 {
    return 0
  }

  protected override make(layout: Permutation): Tensor {
    return filled(this.graph, this.value, permute(this.shape, layout), this.dtype)
  }
}

/** Numbers that are known when the graph is written; layouts are made then too. With a name it is a weight. */
export class Known extends Operand {
  readonly array: HostArray
  readonly weight: string | undefined

  constructor(graph: Graph, array: HostArray, weight?: string) {
    super(graph, array)
    this.array = array
    this.weight = weight
  }

  /** The first layout is free, another a second copy in the file. */
  override cost(layout: Permutation): 0 | 1 {
    return this.isMade ? super.cost(layout) : 0
  }

  protected override make(layout: Permutation): Tensor {
    const array = permuted(this.array, layout)
    return this.weight === undefined
      ? this.graph.constant(array.data, array.shape, array.dtype)
      : this.graph.weight(array, this.weight)
  }
}

/** A constant of the program. */
export function known(graph: Graph, data: ArrayLike<number>, shape: Shape, dtype: DType): Operand {
  if (data.length === 1) return new Splat(graph, data[0]!, shape, dtype)
  if (!isConcrete(shape)) throw new Error('a constant of several elements has a shape of numbers')
  const array = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  return new Known(graph, { shape, dtype, data: array.from(data) })
}

export function permuted(array: HostArray, layout: Permutation): HostArray {
  const { shape, data, dtype } = array
  if (samePermutation(layout, inOrder(shape.length))) return array
  const to = permute(shape, layout)
  return { shape: to, dtype, data: strided(data, to, permute(stridesOf(shape), layout)) }
}
