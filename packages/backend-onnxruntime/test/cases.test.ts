import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
  compareArrays,
  opCases,
} from '@fn/cases'
import { type Backend, type HostArray, legalize, type Program, UnsupportedOpError } from '@fn/core'
import { describe, expect, it } from 'vitest'

async function run(
  backend: Backend,
  program: Program,
  inputs: readonly HostArray[],
): Promise<readonly HostArray[]> {
  const executable = await backend.compile(legalize(program, backend))
  const given = inputs.map((array) => backend.upload(array))
  const outputs = await executable.run(given)
  const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
  for (const tensor of [...given, ...outputs]) tensor.dispose()
  executable.dispose()
  return arrays
}

/** In the precision of the engine: what float32 can not hold is infinite. */
const rounded = (array: HostArray): HostArray =>
  array.dtype === 'float32' ? { ...array, data: Float32Array.from(array.data) } : array

/** Whether the capabilities say that the engine does not run it. */
function refused(backend: Backend, program: Program): boolean {
  try {
    legalize(program, backend)
    return false
  } catch (error) {
    if (error instanceof UnsupportedOpError) return true
    throw error
  }
}

const oracle = await reference()

describe.each(['cpu'] as const)('onnxruntime %s', async (name) => {
  const backend = await onnxruntime(name)

  const agrees = async (program: Program, inputs: readonly HostArray[], tolerance: number): Promise<void> => {
    const expected = await run(oracle, program, inputs)
    const found = await run(backend, program, inputs)
    const names = program.outputNames
      .map((output, at) => [output, at] as const)
      .filter(([output]) => output !== 'loss')
    const mismatches = names.map(
      ([, at]) => compareArrays(rounded(expected[at]!), found[at]!, tolerance).mismatch,
    )
    expect(mismatches).toEqual(names.map(() => undefined))
  }

  it.each(opCases.filter((opCase) => !opCase.shapeOnly && !refused(backend, caseProgram(opCase))))(
    '$name',
    async (opCase) => {
      await agrees(caseProgram(opCase), caseInputs(opCase), caseTolerance(opCase, 'float32'))
    },
  )

  it.each(opCases.filter((opCase) => opCase.gradient && !refused(backend, caseGradientProgram(opCase))))(
    'the slope of $name',
    async (opCase) => {
      await agrees(caseGradientProgram(opCase), caseGradientInputs(opCase), caseTolerance(opCase, 'float32'))
    },
  )
})
