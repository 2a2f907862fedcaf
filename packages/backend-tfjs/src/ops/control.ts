import { FnError } from '@fn/core'
import { kernel, step } from '../kernel.ts'
import type { Lowerings } from '../lowering.ts'

/** The composites that tfjs has kernels for. */
export const composites: readonly string[] = ['relu', 'softmax', 'step']

export const control: Lowerings<'call' | 'stopGradient'> = {
  call: ({ attrs: { name } }) => {
    if (name === 'relu') return ([x]) => kernel('Relu', { x: x! })
    if (name === 'step') return ([x]) => step(x!)
    if (name === 'softmax') {
      return ([logits]) => kernel('Softmax', { logits: logits! }, { dim: logits!.shape.length - 1 })
    }
    throw new FnError(`tfjs has no kernel for ${name}.`)
  },
  stopGradient:
    () =>
    ([x]) =>
      x!,
}
