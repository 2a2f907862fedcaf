import { reference } from '@fn/backend-reference'
import { layerCase, layerCaseNames, recurrentCase, recurrentCaseNames } from '@fn/conformance'
import { type DeviceTensor, Generator, type HostArray, legalize, prune } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

const STEP = 1e-5
const DIRECTIONS = 3

/** x + h·v */
const moved = ({ shape, dtype, data }: HostArray, direction: Float64Array, h: number): HostArray => ({
  shape,
  dtype,
  data: Float64Array.from(data, (value, at) => value + h * direction[at]!),
})

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, at) => sum + value * b[at]!, 0)

/** Masking jumps at the mask value, which its cases hold. */
const isSmooth = (name: string): boolean => !name.startsWith('masking')

// The slope along v, ⟨∇L, v⟩, is that of h ↦ L(x + hv) at 0. Random directions see every element of the gradient.
describe.each([
  ...layerCaseNames().map(layerCase),
  ...recurrentCaseNames().filter(isSmooth).map(recurrentCase),
])('$name', ({ program, inputs }) => {
  const lossOnly = prune({
    ...program,
    outputs: [program.outputs[program.outputNames.indexOf('loss')]!],
    outputNames: ['loss'],
  })

  it('has the slopes of central finite differences', async () => {
    const backend = await reference()
    const slopes = await run(program, inputs, backend)
    const forward = await backend.compile(legalize(lossOnly, backend))
    const loss = async (arrays: readonly HostArray[]): Promise<number> => {
      const given: DeviceTensor[] = arrays.map((array) => backend.upload(array))
      const [output] = await forward.run(given)
      const { data } = await backend.download(output!)
      for (const tensor of [...given, output!]) tensor.dispose()
      return data[0]!
    }
    const generator = new Generator(17)
    for (const [at, input] of program.inputs.entries()) {
      const slope = slopes[`d:${input.name}`]
      if (slope === undefined) continue
      for (let trial = 0; trial < DIRECTIONS; trial++) {
        const direction = generator.normal(slope.data.length)
        const along = (h: number) =>
          loss(inputs.map((array, other) => (other === at ? moved(array, direction, h) : array)))
        // Richardson's extrapolation of two central differences: the error is O(h⁴).
        const central = async (h: number) => ((await along(h)) - (await along(-h))) / (2 * h)
        const found = (4 * (await central(STEP / 2)) - (await central(STEP))) / 3
        const expected = dot(slope.data, direction)
        const scale = Math.max(Math.abs(expected), Math.sqrt(dot(slope.data, slope.data)), 1e-3)
        expect([input.name, trial, Math.abs(found - expected) / scale < 1e-6, found, expected]).toEqual([
          input.name,
          trial,
          true,
          found,
          expected,
        ])
      }
    }
  })
})
