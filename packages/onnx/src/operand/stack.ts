import { type HostArray, sizeOf } from '@fn/core'
import { elementsOf } from '../graph/elements.ts'
import { reshape } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'
import type { Permutation } from '../permutation.ts'
import { Known, permuted, Splat } from './known.ts'
import type { Operand } from './operand.ts'

/** The rows [from, to) of a float32 operand that is stored in a layout; how wide a row is, is said elsewhere. */
export interface Rows {
  readonly operand: Operand
  readonly layout: Permutation
  readonly from: number
  readonly to: number
}

/**
 * Rows of one width, one under the other, as a tensor of the shape. Of numbers that are known it is put together when
 * the graph is written, and stands in the file instead of them.
 */
export function stack(parts: readonly Rows[], width: number, shape: readonly number[]): Tensor {
  const graph = parts.map(({ operand }) => operand.graph).reduce((a, b) => (b.depth > a.depth ? b : a))
  const list = joined(parts)
  const pieces = list.map((part) => knownRows(part, width))
  if (pieces.every((piece) => piece !== undefined)) {
    const data = new Float32Array(sizeOf(shape))
    let at = 0
    for (const piece of pieces) {
      data.set(piece, at)
      at += piece.length
    }
    const names = list.flatMap(({ operand }) => (operand instanceof Known ? [operand.weight] : []))
    const array: HostArray = { shape, dtype: 'float32', data }
    return names.length === 0 || names.includes(undefined)
      ? graph.constant(data, shape, 'float32')
      : graph.weight(array, ...new Set(names as readonly string[]))
  }

  const rows = list.map(({ operand, layout, from, to }) => {
    const tensor = operand.as(layout)
    const whole = sizeOf(tensor.shape as readonly number[]) / width
    const matrix = reshape(operand.graph, tensor, [whole, width])
    if (from === 0 && to === whole) return matrix
    const cut = [graph.list(from), graph.list(to), graph.list(0)]
    return graph.one('Slice', [matrix, ...cut], { shape: [to - from, width], dtype: 'float32' })
  })
  const height = sizeOf(shape) / width
  const type = { shape: [height, width], dtype: 'float32' } as const
  return reshape(graph, rows.length === 1 ? rows[0]! : graph.one('Concat', rows, type, { axis: 0 }), shape)
}

function knownRows({ operand, layout, from, to }: Rows, width: number): Float32Array | undefined {
  if (operand instanceof Splat) return new Float32Array((to - from) * width).fill(operand.value)
  if (!(operand instanceof Known)) return undefined
  const { data } = permuted(operand.array, layout)
  return elementsOf('float32', data.subarray(from * width, to * width)) as Float32Array
}

/** Rows that follow one another in the same operand as one part. */
function joined(parts: readonly Rows[]): readonly Rows[] {
  const list: Rows[] = []
  for (const part of parts) {
    const last = list.at(-1)
    const follows = last !== undefined && last.operand === part.operand && last.to === part.from
    list.push(follows ? { ...list.pop()!, to: part.to } : part)
  }
  return list
}
