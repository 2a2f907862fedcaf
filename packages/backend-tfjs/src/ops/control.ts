import { FnError, scanLength } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { alias, kernel, step } from '../kernel.ts'
import { type EngineName, isGpu, type Lowering, type Lowerings } from '../lowering.ts'
import { rowsOf } from '../rows.ts'

/** The composites that an engine has kernels for. On GPUs softmax forgets NaN, and relu makes it of −∞. */
export const compositesOf = (engine: EngineName): readonly string[] =>
  isGpu(engine) ? ['step'] : ['relu', 'softmax', 'step']

/** One step is compiled once. It takes over the carries and the elements: their memory is free after their last use. */
const scan: Lowering<'scan', readonly Tensor[]> = ({ inputs: types, attrs, outputs, path }, context) => {
  const { body, carries: count, sequences, reverse } = attrs
  const steps = scanLength(types, attrs) as number
  const { take, stack } = rowsOf[context.engine]
  const taken = new Set(Array.from({ length: count + sequences }, (_, at) => at))
  const run = context.program(body, taken, path)
  return (inputs) => {
    let carries = inputs.slice(0, count).map(alias)
    const stacks = outputs.slice(count).map(stack)
    for (let step_ = 0; step_ < steps; step_++) {
      const at = reverse ? steps - 1 - step_ : step_
      const elements = inputs.slice(count, count + sequences).map((sequence) => take(sequence, at))
      const made = run([...carries, ...elements, ...inputs.slice(count + sequences)])
      carries = made.slice(0, count)
      stacks.forEach((each, which) => {
        each.put(at, made[count + which]!)
      })
    }
    return [...carries, ...stacks.map((each) => each.finish())]
  }
}

export const control: Lowerings<'call' | 'scan' | 'stopGradient'> = {
  call: ({ attrs: { name } }) => {
    if (name === 'relu') return ([x]) => kernel('Relu', { x: x! })
    if (name === 'step') return ([x]) => step(x!)
    if (name === 'softmax') {
      return ([logits]) => kernel('Softmax', { logits: logits! }, { dim: logits!.shape.length - 1 })
    }
    throw new FnError(`tfjs has no kernel for ${name}.`)
  },
  scan,
  stopGradient:
    () =>
    ([x]) =>
      x!,
}
