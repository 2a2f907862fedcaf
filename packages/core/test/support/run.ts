import { reference } from '@fn/backend-reference'
import { type Backend, type HostArray, legalize, type Program } from '@fn/core'

/** What a backend makes of a program, by the names of its outputs. */
export async function run(
  program: Program,
  inputs: readonly HostArray[],
  backend?: Backend,
): Promise<Readonly<Record<string, HostArray>>> {
  const engine = backend ?? (await reference())
  const executable = await engine.compile(legalize(program, engine))
  const tensors = inputs.map((array) => engine.upload(array))
  const outputs = await executable.run(tensors)
  const arrays = await Promise.all(outputs.map((tensor) => engine.download(tensor)))
  for (const tensor of [...tensors, ...outputs]) tensor.dispose()
  executable.dispose()
  return Object.fromEntries(program.outputNames.map((name, at) => [name, arrays[at]!]))
}

export const scalar = (value: number): HostArray => ({
  shape: [],
  dtype: 'float32',
  data: Float64Array.of(value),
})
