import type { Equation } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import type { Operand } from '../operand/operand.ts'
import { webgpuPow } from '../webgpu/pow.ts'
import { clipped } from './clip.ts'

export const binary = (emission: Emission): Family<'binary'> => {
  const node =
    (op: string) =>
    (inputs: readonly Operand[], _attrs: unknown, equation: Equation): readonly Operand[] =>
      emission.elementwiseNode(equation, inputs, op)

  return {
    add: node('Add'),
    sub: node('Sub'),
    mul: node('Mul'),
    div: node('Div'),
    pow: (inputs, attrs, equation) =>
      emission.target === 'webgpu' && equation.outputs[0]!.dtype === 'float32'
        ? emission.elementwise(equation, inputs, (tensors) => webgpuPow(emission, tensors))
        : node('Pow')(inputs, attrs, equation),
    max: (inputs, _attrs, equation) =>
      clipped(emission, inputs, equation) ?? emission.elementwiseNode(equation, inputs, 'Max'),
    min: node('Min'),
    equal: node('Equal'),
    less: node('Less'),
    lessEqual: node('LessOrEqual'),
    and: node('And'),
    or: node('Or'),
  }
}
