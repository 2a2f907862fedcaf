import {
  type DotAttributes,
  type EquationOf,
  freeAxes,
  isConcrete,
  productOf,
  type Shape,
  sizeOf,
} from '@fn/core'
import type { Emission } from '../emission.ts'
import { asMatrix, reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import { Known, permuted } from '../operand/known.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { reshaped } from '../operand/views.ts'
import { channelsFirst, inOrder, permute } from '../permutation.ts'
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
  const [a, b] = asStored(emission, operands as readonly [Operand, Operand], attrs, equation)
  const [ofA, ofB] = cheapestPairing(emission, a, b, attrs)
  const { shape } = equation.outputs[0]!
  const isBatched = ofA.batch.length > 0
  // Of a matrix Gemm adds it; and ONNX Runtime would make it do so of all else.
  const canAdd = !isBatched && (shape.length === 2 || addsApart(emission, shape))
  const bias = canAdd ? biasOf(emission, equation) : undefined
  const product = isBatched ? batched(emission, a, ofA, b, ofB) : single(emission, a, ofA, b, ofB, bias)
  const type = { shape: product.shape, dtype: 'float32' } as const
  const results = [reshaped(new Computed(emission.graph, type, product), shape, equation.path)]
  return bias ? emission.together(bias.sum, results) : results
}

/**
 * Rows that were images, in the order in which the images are stored, and the rows of the weights in that order too:
 * Σ x[hwc] W[hwc] = Σ x[chw] W[chw]. The axes of the images stay where they are.
 */
function asStored(
  emission: Emission,
  [a, b]: readonly [Operand, Operand],
  { contract, batch }: DotAttributes,
  { path }: EquationOf<'dot'>,
): readonly [Operand, Operand] {
  const { source } = a
  const isPlain = batch[0].length === 0 && contract[0].join() === '1' && contract[1].join() === '0'
  if (source === undefined || !isPlain || a.rank !== 2 || !(b instanceof Known)) return [a, b]
  const [samples, ...image] = source.shape
  const layout = channelsFirst(source.rank)
  const isMoved = emission.cost(source, layout) < emission.cost(source, inOrder(source.rank))
  if (!isMoved || samples !== a.shape[0] || !isConcrete(image)) return [a, b]
  const { graph } = emission
  const rows = graph.at(path, () => reshape(graph, source.as(layout), a.shape))
  const { array, weight } = b
  const units = array.shape.slice(1)
  // Without the samples, with the units at the end.
  const order = [...layout.slice(1).map((axis) => axis - 1), ...units.map((_, at) => image.length + at)]
  const { data } = permuted({ ...array, shape: [...image, ...units] }, order)
  return [new Computed(graph, a, rows), new Known(b.graph, { ...array, data }, weight)]
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
    // A vector as a matrix too: ONNX Runtime 1.30 forgets a transpose before a product of many axes with a vector.
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
  const gemm = (...inputs: readonly Tensor[]): Tensor =>
    graph.one('Gemm', inputs, type, { transA: Number(!plainA), transB: Number(!plainB) })
  if (bias === undefined) return gemm(left, right)
  const { tensor } = bias.operand
  return addsApart(emission, shape)
    ? graph.one('Add', [gemm(left, right), tensor], type)
    : gemm(left, right, tensor)
}

/**
 * On processors Gemm writes the bias to every row before it multiplies, and in one thread: of a large product that takes
 * longer than a sum after it (by 5 to 20 % of both).
 */
const addsApart = ({ target }: Emission, product: Shape): boolean =>
  target !== 'webgpu' && isConcrete(product) && sizeOf(product) >= LARGE

const LARGE = 2 ** 15

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
