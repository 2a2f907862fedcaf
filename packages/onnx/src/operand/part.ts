import type { TensorType } from '@fn/core'
import type { Graph } from '../graph/graph.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { inOrder, type Permutation, permute } from '../permutation.ts'
import { Operand } from './operand.ts'

/** One of the values that stand along an axis of a tensor. */
export interface Part {
  readonly tensor: Tensor
  readonly axis: number
  readonly which: number
  /** The axes of the value, as those of the tensor without that axis. */
  readonly layout: Permutation
}

/** What one direction of a recurrent operator gives: it is cut out where it is asked for alone. */
export class PartOperand extends Operand {
  readonly #part: Part
  readonly #path: string

  constructor(graph: Graph, type: TensorType, tensor: Tensor, axis: number, which: number, path: string) {
    super(graph, type)
    this.#part = { tensor, axis, which, layout: inOrder(type.shape.length) }
    this.#path = path
  }

  override get part(): Part {
    return this.#part
  }

  override layouts(): readonly Permutation[] {
    return [inOrder(this.rank)]
  }

  protected override make(layout: Permutation): Tensor {
    if (!inOrder(this.rank).every((axis) => layout[axis] === axis)) return this.convert(layout)
    const { tensor, axis, which } = this.#part
    const { graph, shape, dtype } = this
    return graph.at(this.#path, () =>
      graph.one('Gather', [tensor, graph.scalar(which, 'int64')], { shape, dtype }, { axis }),
    )
  }
}

/** All parts of a tensor side by side along their last axis: they need not be cut out. */
export class SideBySide extends Operand {
  readonly #part: Part
  readonly #path: string

  constructor(graph: Graph, type: TensorType, part: Part, path: string) {
    super(graph, type)
    this.#part = part
    this.#path = path
  }

  override layouts(): readonly Permutation[] {
    return this.isMade ? super.layouts() : [inOrder(this.rank)]
  }

  override cost(layout: Permutation): 0 | 1 {
    return layout.at(-1) === this.rank - 1 ? 0 : 1
  }

  protected override make(layout: Permutation): Tensor {
    if (layout.at(-1) !== this.rank - 1) return this.convert(layout)
    const { tensor, axis, layout: own } = this.#part
    const whole = permute(own, layout).map((at) => (at < axis ? at : at + 1))
    const perm = [...whole.slice(0, -1), axis, whole.at(-1)!]
    const { graph } = this
    return graph.at(this.#path, () => {
      const type = { shape: permute(tensor.shape, perm), dtype: tensor.dtype }
      return reshape(graph, graph.one('Transpose', [tensor], type, { perm }), permute(this.shape, layout))
    })
  }
}

/** Operands side by side along their last axis, where they are all parts of one tensor, in its order. */
export function sideBySide(
  operands: readonly Operand[],
  axis: number,
  type: TensorType,
  path: string,
): Operand | undefined {
  const first = operands[0]!.part
  if (first === undefined || axis !== type.shape.length - 1) return undefined
  const isOf = ({ part }: Operand, which: number): boolean =>
    part?.tensor === first.tensor && part.which === which && part.layout.join() === first.layout.join()
  const isWhole = first.tensor.shape[first.axis] === operands.length && operands.every(isOf)
  return isWhole && first.layout.at(-1) === axis
    ? new SideBySide(operands[0]!.graph, type, first, path)
    : undefined
}
