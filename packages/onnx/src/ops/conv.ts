import type { ConvAttributes, ConvTransposeAttributes, EquationOf } from '@fn/core'
import type { Emission } from '../emission.ts'
import type { Tensor } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { channelsFirst, kernelFirst, permute } from '../permutation.ts'
import { type Bias, biasOf } from './bias.ts'
import { blockedConv, blockedConvTranspose } from './blocked-conv.ts'
import { convAttributes, convolution, transposedConv } from './conv-transpose.ts'

const biasTensors = (bias: Bias | undefined): readonly Tensor[] => (bias ? [bias.operand.tensor] : [])

const windowOf = (kernel: Operand): number[] => kernel.shape.slice(0, -2) as number[]

export function emitConv(
  emission: Emission,
  [x, kernel]: readonly Operand[],
  attrs: ConvAttributes,
  equation: EquationOf<'conv'>,
): readonly Operand[] {
  const blocked = blockedConv(emission, [x!, kernel!], attrs, equation)
  if (blocked) return blocked
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const bias = biasOf(emission, equation)
  const inputs = [x!.as(first), kernel!.as(kernelFirst(kernel!.rank)), ...biasTensors(bias)]
  const type = { shape: permute(shape, first), dtype }
  const attributes = { kernel_shape: windowOf(kernel!), ...convAttributes(attrs) }
  const results = emission.computed(equation, convolution(emission, inputs, type, attributes), first)
  return bias ? emission.together(bias.sum, results) : results
}

export function emitConvTranspose(
  emission: Emission,
  [y, kernel]: readonly Operand[],
  attrs: ConvTransposeAttributes,
  equation: EquationOf<'convTranspose'>,
): readonly Operand[] {
  const blocked = blockedConvTranspose(emission, [y!, kernel!], attrs, equation)
  if (blocked) return blocked
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const type = { shape: permute(shape, first), dtype }
  const bias = biasOf(emission, equation)
  const inputs = [y!.as(first), kernel!.as(kernelFirst(kernel!.rank)), ...biasTensors(bias)]
  const tensor = transposedConv(emission, inputs, windowOf(kernel!), attrs, type)
  const results = emission.computed(equation, tensor, first)
  return bias ? emission.together(bias.sum, results) : results
}
