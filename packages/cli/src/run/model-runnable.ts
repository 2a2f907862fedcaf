import {
  type Backend,
  type HostArray,
  inferenceProgram,
  isConcrete,
  legalize,
  type Model,
  type Program,
  ShapeError,
  type TensorType,
} from '@fn/core'
import { FEW_SAMPLES, type Sizes, sized } from './random-inputs.ts'
import type { Arrays, InputSpec, Runnable } from './runnable.ts'

/**
 * A model in inference. Next to its inputs it takes the states of stateful layers, and next to its outputs gives their next
 * values, as an exported file does.
 *
 * @param engineFor chooses the backend for a program of concrete shapes
 */
export function modelRunnable(model: Model, engineFor: (program: Program) => Promise<Backend>): Runnable {
  const inputs = inputSpecs(model)
  return {
    inputs,
    async run(arrays) {
      const types = model.inputPorts.map(({ name, tensor }) => ({
        shape: arrays[name]!.shape,
        dtype: tensor.dtype,
      }))
      const traced = inferenceProgram(model, types)
      const backend = await engineFor(traced.program)
      const weights = traced.weights.map(({ path, variable }): [string, HostArray] => [path, variable.value])
      const all = { ...arrays, ...Object.fromEntries(weights) }
      return { engine: backend.name, outputs: await runOn(backend, traced.program, all) }
    },
  }
}

/**
 * Few samples of the smallest open sizes that a model accepts: its windows may need more than the usual ones.
 *
 * @param types of the inputs of the model
 */
export function fewSamples(model: Model, types: readonly TensorType[]): Sizes {
  if (types.every(({ shape }) => isConcrete(shape))) return FEW_SAMPLES
  for (const factor of [1, 2, 4, 8, 16, 32]) {
    const sizes = { ...FEW_SAMPLES, others: FEW_SAMPLES.others * factor }
    try {
      inferenceProgram(model, sized(types, sizes))
      return sizes
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
    }
  }
  // Its error says what does not fit.
  return FEW_SAMPLES
}

/** What a model takes, its states included. */
export function inputSpecs(model: Model): readonly InputSpec[] {
  const ports = model.inputPorts.map(({ name, tensor: { dims, dtype } }, at): InputSpec => {
    const ranges = model.inputRanges(at)
    if (ranges.length === 0) return { name, shape: dims, dtype }
    const range = {
      low: Math.max(...ranges.map(({ low }) => low)),
      high: Math.min(...ranges.map(({ high }) => high)),
    }
    return { name, shape: dims, dtype, range }
  })
  const states = model.states.map(
    ({ path, variable: { shape, dtype } }): InputSpec => ({ name: path, shape, dtype }),
  )
  return [...ports, ...states]
}

/** What a backend makes of a program of concrete shapes. */
export async function runOn(backend: Backend, program: Program, arrays: Arrays): Promise<Arrays> {
  const executable = await backend.compile(legalize(program, backend))
  const tensors = program.inputs.map(({ name }) => backend.upload(arrays[name!]!))
  try {
    const outputs = await executable.run(tensors)
    const found = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
    for (const tensor of outputs) tensor.dispose()
    return Object.fromEntries(program.outputNames.map((name, at) => [name, found[at]!]))
  } finally {
    for (const tensor of tensors) tensor.dispose()
    executable.dispose()
  }
}
