import {
  compareArrays,
  type LayerCase,
  layerCase,
  layerCaseNames,
  recurrentCase,
  recurrentCaseNames,
  secondCallCase,
} from '@fn/cases'
import type { HostArray } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

// Keras computes in float32: against float64 its results are good for about 1e-5.
const TOLERANCE = 1e-5

const NOISE = 1e-12
const largest = ({ data }: HostArray): number => Math.max(...Array.from(data, Math.abs))

const cases: readonly (() => LayerCase | undefined)[] = [
  ...layerCaseNames().map((name) => () => layerCase(name)),
  ...recurrentCaseNames().flatMap((name) => [() => recurrentCase(name), () => secondCallCase(name)]),
]

describe.each(cases.flatMap((make) => make() ?? []))(
  '$name, as real Keras has it',
  ({ program, inputs, expected, ...symbolic }) => {
    it('has the same symbolic shapes and masks', () => {
      // The first axis of a fixture is that of the batch, which is open here.
      const shapes = symbolic.outputs.map(({ shape }) => shape.slice(1))
      expect(shapes).toEqual(symbolic.symbolicShapes.map((shape) => shape.slice(1)))
      expect(symbolic.masks).toEqual(symbolic.expectedMasks)
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
  },
)
