import { compareArrays, layerCase, layerCaseNames } from '@fn/cases'
import type { HostArray } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

// Keras computes in float32: against float64 its results are good for about 1e-5.
const TOLERANCE = 1e-5

const NOISE = 1e-12
const largest = ({ data }: HostArray): number => Math.max(...Array.from(data, Math.abs))

describe.each(layerCaseNames())('%s, as real Keras has it', (name) => {
  const { program, inputs, expected, output, symbolicShape } = layerCase(name)

  it('has the same symbolic shape', () => {
    // The first axis of a fixture is that of the batch, which is open here.
    expect(output.shape.slice(1)).toEqual(symbolicShape.slice(1))
  })

  it('gives the same output, slopes and statistics', async () => {
    const outputs = await run(program, inputs)
    for (const [key, array] of Object.entries(expected)) {
      // A saturated softmax: what is left of its slopes in float32 is noise.
      if (largest(array) < NOISE) {
        expect(largest(outputs[key]!)).toBeLessThan(NOISE)
        continue
      }
      expect([key, compareArrays(array, outputs[key]!, TOLERANCE).mismatch]).toEqual([key, undefined])
    }
  })
})
