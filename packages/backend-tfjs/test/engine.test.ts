import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import { layerChecks, opChecks, trainingChecks } from '@fn/cases'
import { memory } from '@tensorflow/tfjs-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const oracle = await reference()

describe.each(['cpu', 'wasm'] as const)('tfjs %s', async (name) => {
  const backend = await tfjs(name)
  let before = 0
  beforeEach(() => {
    before = memory().numTensors
  })
  // Nothing may be left behind.
  afterEach(() => {
    expect(memory().numTensors).toBe(before)
  })

  describe('agrees with the reference on', () => {
    it.each(opChecks(backend, oracle))('$name', async ({ run }) => {
      expect(await run()).toEqual([])
    })
  })

  describe('agrees with Keras on', () => {
    it.each(layerChecks(backend))('$name', async ({ run }) => {
      expect(await run()).toEqual([])
    })
  })

  describe('trains as Keras does:', () => {
    it.each(trainingChecks(backend))('$name', async ({ run }) => {
      expect(await run()).toEqual([])
    })
  })
})
