import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { layerChecks, opChecks, trainingChecks } from '@fn/cases'
import { describe, expect, it } from 'vitest'

const oracle = await reference()

describe('onnxruntime cpu', async () => {
  const backend = await onnxruntime('cpu')

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
