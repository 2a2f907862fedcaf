import { broadcastShapes } from '@fn/core'
import type { Emission } from '../emission.ts'
import { expand } from '../graph/shapes.ts'
import type { Tensor } from '../graph/types.ts'

/**
 * xʸ of floats, with the sign and the value at 0 that the WebGPU provider of ONNX Runtime does not give; it fails where
 * the operands have different shapes.
 */
export function webgpuPow(emission: Emission, [base, exponent]: readonly Tensor[]): Tensor {
  const { graph } = emission
  const shape = broadcastShapes(base!.shape, exponent!.shape)
  const [x, y] = [expand(graph, base!, shape), expand(graph, exponent!, shape)]
  const f = emission.chain(shape)
  const is = (op: 'Less' | 'Equal', a: Tensor, b: Tensor | number): Tensor =>
    graph.one(op, [a, typeof b === 'number' ? graph.scalar(b) : b], { shape, dtype: 'bool' })
  const where = (condition: Tensor, a: Tensor | number, b: Tensor | number): Tensor =>
    f('Where', condition, a, b)
  const half = f('Mul', y, 0.5)
  const isOdd = is('Less', f('Floor', half), half)
  const size = f('Pow', f('Abs', x), y)
  const ofNegative = where(is('Equal', f('Floor', y), y), where(isOdd, f('Neg', size), size), Number.NaN)
  const ofZero = where(is('Less', y, 0), Number.POSITIVE_INFINITY, where(is('Equal', y, 0), 1, 0))
  return where(is('Equal', x, 0), ofZero, where(is('Less', x, 0), ofNegative, size))
}
