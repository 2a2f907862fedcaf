import { broadcastShapes } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { codes } from '../graph/graph.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'

export const choose = (emission: Emission): Family<'choose'> => ({
  select(inputs, _attrs, equation) {
    if (equation.outputs[0]!.dtype !== 'bool') return emission.elementwiseNode(equation, inputs, 'Where')
    // ONNX Runtime has no Where on truth values: (c ∧ x) ∨ (¬c ∧ y).
    return emission.elementwise(equation, inputs, ([c, x, y], shape) => {
      const and = (a: Tensor, b: Tensor): Tensor =>
        emission.graph.one('And', [a, b], { shape: broadcastShapes(a.shape, b.shape), dtype: 'bool' })
      const otherwise = emission.graph.one('Not', [c!], c!)
      return emission.graph.one('Or', [and(c!, x!), and(otherwise, y!)], { shape, dtype: 'bool' })
    })
  },
  cast(inputs: readonly Operand[], { dtype }, equation) {
    return inputs[0]!.dtype === dtype
      ? inputs
      : emission.elementwiseNode(equation, inputs, 'Cast', { to: codes[dtype] })
  },
})
