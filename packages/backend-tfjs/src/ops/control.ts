import { FnError } from '@fn/core'
import { kernel } from '../kernel.ts'
import type { Lowerings } from '../lowering.ts'

/** The composites that tfjs has kernels for. */
export const composites: Readonly<Record<string, string>> = { relu: 'Relu', softmax: 'Softmax' }

export const control: Lowerings<'call' | 'stopGradient'> = {
  call: ({ attrs: { name } }) => {
    if (name === 'relu') return ([x]) => kernel('Relu', { x: x! })
    if (name === 'softmax')
      return ([logits]) => kernel('Softmax', { logits: logits! }, { dim: logits!.shape.length - 1 })
    throw new FnError(`tfjs has no kernel for ${name}.`)
  },
  stopGradient:
    () =>
    ([x]) =>
      x!,
}
