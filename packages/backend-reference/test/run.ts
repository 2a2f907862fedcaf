import { Builder, type HostArray, legalize, type Program, type Value } from '@fn/core'
import { createReference } from '../src/index.ts'

/** The outputs of a program for these inputs, through the whole door: legalize, upload, compile, run, download. */
export const run = (program: Program, inputs: readonly HostArray[]): Promise<readonly HostArray[]> =>
  runAsWritten(legalize(program, createReference()), inputs)

/** The same without legalizing, and so without any simplification. */
export async function runAsWritten(
  program: Program,
  inputs: readonly HostArray[],
): Promise<readonly HostArray[]> {
  const backend = createReference()
  const executable = await backend.compile(program)
  const outputs = await executable.run(inputs.map((array) => backend.upload(array)))
  return Promise.all(outputs.map(backend.download))
}

export const float = (shape: readonly number[], ...data: number[]): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float64Array.from(data),
})
export const int = (shape: readonly number[], ...data: number[]): HostArray => ({
  shape,
  dtype: 'int32',
  data: Int32Array.from(data),
})
export const bool = (shape: readonly number[], ...data: number[]): HostArray => ({
  shape,
  dtype: 'bool',
  data: Uint8Array.from(data),
})

/** One op on these arrays: its shape and elements. */
export async function compute(
  write: (b: Builder, ...inputs: Value[]) => Value,
  ...arrays: readonly HostArray[]
): Promise<{ shape: readonly number[]; data: number[] }> {
  const b = new Builder()
  const y = write(b, ...arrays.map((array, at) => b.input(array, `x${at}`)))
  const [answer] = await run(b.build({ y }), arrays)
  return { shape: answer!.shape, data: [...answer!.data] }
}

/** 1, 2, 3, … */
export const counting = (shape: readonly number[]): HostArray =>
  float(shape, ...Array.from({ length: shape.reduce((size, dim) => size * dim, 1) }, (_, at) => at + 1))
