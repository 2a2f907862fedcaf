import { type DotAttributes, type EquationOf, freeAxes, isConcrete, productOf } from '@fn/core'
import type { Emission } from '../emission.ts'
import { asMatrix, reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { reshaped } from '../operand/views.ts'
import { permute } from '../permutation.ts'
import { type Bias, biasOf } from './bias.ts'

/** The axes of one operand of a product by what becomes of them, the contracted ones in the order of the pairs. */
interface Axes {
  readonly batch: readonly number[]
  readonly free: readonly number[]
  readonly contracted: readonly number[]
}

export function emitDot(
  emission: Emission,
  operands: readonly Operand[],
  attrs: DotAttributes,
  equation: EquationOf<'dot'>,
): readonly Operand[] {
  const [a, b] = operands as readonly [Operand, Operand]
  const [ofA, ofB] = cheapestPairing(emission, a, b, attrs)
  // Gemm adds it to a matrix.
  const bias = equation.outputs[0]!.shape.length === 2 ? biasOf(emission, equation) : undefined
  const product =
    ofA.batch.length > 0 ? batched(emission, a, ofA, b, ofB) : single(emission, a, ofA, b, ofB, bias)
  const { shape } = equation.outputs[0]!
  const type = { shape: product.shape, dtype: 'float32' } as const
  const results = [reshaped(new Computed(emission.graph, type, product), shape, equation.path)]
  return bias ? emission.together(bias.sum, results) : results
}

const axesOf = (operand: Operand, side: 0 | 1, attrs: DotAttributes, pairs: readonly number[]): Axes => ({
  batch: attrs.batch[side],
  free: freeAxes(operand.rank, attrs.contract[side], attrs.batch[side]),
  contracted: permute(attrs.contract[side], pairs),
})

/** The contracted pairs may come in any order: that of a's axes or that of b's, whichever moves fewer operands. */
function cheapestPairing(
  emission: Emission,
  a: Operand,
  b: Operand,
  attrs: DotAttributes,
): readonly [Axes, Axes] {
  const choices = ([0, 1] as const).map((side) => {
    const along = attrs.contract[side]
    const pairs = along.map((_, pair) => pair).sort((p, q) => along[p]! - along[q]!)
    const sides = [axesOf(a, 0, attrs, pairs), axesOf(b, 1, attrs, pairs)] as const
    return { sides, cost: costOf(emission, a, sides[0]) + costOf(emission, b, sides[1]) }
  }) as [Choice, Choice]
  return choices[1].cost < choices[0].cost ? choices[1].sides : choices[0].sides
}

interface Choice {
  readonly sides: readonly [Axes, Axes]
  readonly cost: number
}

const rowsFirst = ({ batch, free, contracted }: Axes): number[] => [...batch, ...free, ...contracted]
const columnsFirst = ({ batch, free, contracted }: Axes): number[] => [...batch, ...contracted, ...free]

const costOf = (emission: Emission, operand: Operand, axes: Axes): number =>
  Math.min(emission.cost(operand, rowsFirst(axes)), emission.cost(operand, columnsFirst(axes)))

/** [free of a…, contracted] · [contracted, free of b…] → [free of a…, N], or all of it as matrices. */
function single(
  emission: Emission,
  a: Operand,
  ofA: Axes,
  b: Operand,
  ofB: Axes,
  bias: Bias | undefined,
): Tensor {
  const { graph } = emission
  // MatMul keeps the free axes of a apart, also where their sizes are symbols.
  const keepsRows = ofA.contracted.length === 1 && ofA.free.length > 0
  const needsRows = !isConcrete(permute(a.shape, ofA.free)) && ofA.free.length > 1
  const plainA = emission.cost(a, rowsFirst(ofA)) <= emission.cost(a, columnsFirst(ofA)) || needsRows
  const plainB = emission.cost(b, columnsFirst(ofB)) <= emission.cost(b, rowsFirst(ofB)) || needsRows

  if (plainA && plainB && keepsRows && bias === undefined) {
    const left = a.as(rowsFirst(ofA))
    const right = b.as(columnsFirst(ofB))
    const rows = left.shape.slice(0, -1)
    if (ofB.free.length === 0) return graph.one('MatMul', [left, right], { shape: rows, dtype: 'float32' })
    const matrix = asMatrix(b.graph, right, 1)
    return graph.one('MatMul', [left, matrix], { shape: [...rows, matrix.shape[1]!], dtype: 'float32' })
  }

  const left = plainA
    ? asMatrix(a.graph, a.as(rowsFirst(ofA)), ofA.free.length)
    : asMatrix(a.graph, a.as(columnsFirst(ofA)), ofA.contracted.length)
  const right = plainB
    ? asMatrix(b.graph, b.as(columnsFirst(ofB)), ofB.contracted.length)
    : asMatrix(b.graph, b.as(rowsFirst(ofB)), ofB.free.length)
  const shape = [left.shape[plainA ? 0 : 1]!, right.shape[plainB ? 1 : 0]!]
  const type = { shape, dtype: 'float32' } as const
  if (plainA && plainB && bias === undefined) return graph.one('MatMul', [left, right], type)
  const inputs = bias ? [left, right, bias.operand.tensor] : [left, right]
  return graph.one('Gemm', inputs, type, { transA: Number(!plainA), transB: Number(!plainB) })
}

/** [batch…, M, K] · [batch…, K, N] → [batch…, M, N] */
function batched(emission: Emission, a: Operand, ofA: Axes, b: Operand, ofB: Axes): Tensor {
  const { graph } = emission
  const count = ofA.batch.length
  const stack = (operand: Operand, tensor: Tensor, rowAxes: number): Tensor => {
    const batch = tensor.shape.slice(0, count)
    const rows = tensor.shape.slice(count, count + rowAxes)
    const columns = tensor.shape.slice(count + rowAxes)
    return reshape(operand.graph, tensor, [...batch, productOf(rows), productOf(columns)])
  }
  const left = stack(a, a.as(rowsFirst(ofA)), ofA.free.length)
  const right = stack(b, b.as(columnsFirst(ofB)), ofB.contracted.length)
  return graph.one('MatMul', [left, right], {
    shape: [...left.shape.slice(0, -1), right.shape.at(-1)!],
    dtype: 'float32',
  })
}
