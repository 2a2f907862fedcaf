import { compareArrays, layerCaseNames } from '@fn/conformance'
import { type HostArray, input, layerFromConfig, type Model, model, type SymbolicTensor } from '@fn/core'
import { loadFixture } from '@fn/golden'
import { type ToOnnxOptions, toOnnx } from '@fn/onnx'
import { describe, expect, it } from 'vitest'
import { answersOf } from './answers.ts'

const cases = layerCaseNames()
  .map((name) => [name, loadFixture('layers', name)] as const)
  .filter(([, { training }]) => !training)

describe('the file of a layer', () => {
  it.each(cases)('%s answers as Keras does', async (_, fixture) => {
    const { inputs, output, weights } = fixture
    const tensors = inputs.map(({ shape, dtype }, at) =>
      input({ shape: shape.slice(1), dtype, name: `x${at}` }),
    )
    const layer = layerFromConfig({ class_name: fixture.class_name, config: fixture.config })
    const y = layer.apply(tensors.length === 1 ? tensors[0]! : tensors) as SymbolicTensor
    const made = model({ inputs: tensors, outputs: y }) as unknown as Model
    made.setWeights(weights as readonly HostArray[])
    const feeds = Object.fromEntries(inputs.map((array, at) => [`x${at}`, array as HostArray]))
    const expectAnswer = async (options: ToOnnxOptions, tolerance: number): Promise<void> => {
      const found = await answersOf(toOnnx(made, options), feeds)
      const answer = found[made.outputPorts[0]!.name]!
      expect(compareArrays(output as HostArray, answer, tolerance).mismatch).toBeUndefined()
    }
    await expectAnswer({}, 1e-5)
    // With fewer bits nothing may break down; what it costs is measured elsewhere. Small weights stay as they are in int8.
    await expectAnswer({ float16: true }, 0.02)
    if (weights.some(({ data }) => data.length >= 1024)) await expectAnswer({ quantize: 'int8' }, 0.2)
  })
})
