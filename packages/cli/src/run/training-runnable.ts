import {
  type Backend,
  type Dim,
  Generator,
  type HostArray,
  type Model,
  type Program,
  sizeOf,
  type TensorType,
  trainingProgram,
} from '@fn/core'
import { inputSpecs, runOn } from './model-runnable.ts'
import { randomArray } from './random-inputs.ts'
import type { Arrays, InputSpec, Runnable } from './runnable.ts'

/**
 * One step of the training of a compiled model: it takes its state, a batch with its targets, and what is drawn, and gives
 * the loss and the next state.
 *
 * @param types of the inputs of the model, of fixed sizes
 */
export function trainingRunnable(
  model: Model,
  types: readonly TensorType[],
  engineFor: (program: Program) => Promise<Backend>,
): Runnable {
  const { program } = trainingProgram(model, types)
  return {
    inputs: program.inputs.map(({ name, shape, dtype }): InputSpec => ({ name: name!, shape, dtype })),
    async run(arrays) {
      const backend = await engineFor(program)
      return { engine: backend.name, outputs: await runOn(backend, program, arrays) }
    },
  }
}

/**
 * The state as it is, and a random batch. Only what the optimizer keeps is drawn too, between 0.5 and 1.5: where Adam
 * divides by the root of a square that is almost 0, it makes a whole step out of a slope that is nothing but rounding.
 */
export function trainingInputs(model: Model, types: readonly TensorType[]): Arrays {
  const { program, state, draws } = trainingProgram(model, types)
  const feeds = new Map(inputSpecs(model).map((spec) => [spec.name, spec]))
  const classes = new Map(
    model.outputPorts.map(({ name, tensor }): [string, Dim | undefined] => [
      `${name}/target`,
      tensor.dims.at(-1),
    ]),
  )
  const arrayOf = (name: string, type: TensorType, random: Generator): HostArray => {
    const shape = type.shape as readonly number[]
    const { dtype } = type
    const uniform = (from: number): HostArray => ({
      shape,
      dtype: 'float32',
      data: Float32Array.from(random.uniform(sizeOf(shape)), (u) => from + u),
    })
    const held = state[name]
    if (held !== undefined) return name.startsWith('optimizer/') && dtype === 'float32' ? uniform(0.5) : held
    if (name === 'learning_rate')
      return { shape, dtype: 'float32', data: Float32Array.of(model.optimizer.learningRate) }
    if (classes.has(name)) {
      const range = { low: 0, high: Number(classes.get(name)) - 1 }
      return dtype === 'float32' ? uniform(0) : randomArray({ name, shape, dtype, range }, shape, random)
    }
    const draw = /^random\/(\d+)$/.exec(name)
    if (draw !== null && draws[Number(draw[1])]?.distribution === 'uniform') return uniform(0)
    return randomArray({ ...feeds.get(name), name, shape, dtype }, shape, random)
  }
  return Object.fromEntries(
    program.inputs.map((input, at) => [
      input.name!,
      arrayOf(input.name!, input, new Generator(0, [at, 0xf11e])),
    ]),
  )
}
