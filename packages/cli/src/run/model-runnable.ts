import {
  type Backend,
  type HostArray,
  type InferenceProgram,
  inferenceProgram,
  legalize,
  type Model,
  type Program,
} from '@fn/core'
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
      return { engine: backend.name, outputs: await runOn(backend, traced, arrays) }
    },
  }
}

function inputSpecs(model: Model): readonly InputSpec[] {
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

async function runOn(
  backend: Backend,
  { program, weights }: InferenceProgram,
  given: Arrays,
): Promise<Arrays> {
  const legal = legalize(program, backend)
  const executable = await backend.compile(legal)
  const known = new Map(weights.map(({ path, variable }): [string, HostArray] => [path, variable.value]))
  const tensors = legal.inputs.map(({ name }) => backend.upload(known.get(name!) ?? given[name!]!))
  try {
    const outputs = await executable.run(tensors)
    const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
    for (const tensor of outputs) tensor.dispose()
    return Object.fromEntries(program.outputNames.map((name, at) => [name, arrays[at]!]))
  } finally {
    for (const tensor of tensors) tensor.dispose()
    executable.dispose()
  }
}
