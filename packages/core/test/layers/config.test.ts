import { input, layerFromConfig, model, type SymbolicTensor, toConfig } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { expect, it } from 'vitest'

interface Written {
  readonly layers: readonly {
    readonly class_name: string
    readonly config: Readonly<Record<string, unknown>>
  }[]
}

// Keras may say more than fn: what it adds says nothing, or reading it would have failed.
it.each(listFixtures('layers'))('%s goes out as Keras wrote it', (name) => {
  const { class_name, config, inputs } = loadFixture('layers', name)
  const tensors = inputs.map(({ shape }) => input({ shape: shape.slice(1) }))
  const layer = layerFromConfig({ class_name, config })
  const outputs = layer.apply(tensors.length === 1 ? tensors[0]! : tensors) as SymbolicTensor
  const written = JSON.parse(JSON.stringify(toConfig(model({ inputs: tensors, outputs })).config)) as Written
  const found = written.layers.find((entry) => entry.class_name === class_name)!.config
  // Draws come from the seed of the model, and all is float32.
  const { seed: _seed, dtype: _dtype, ...own } = found
  expect(config).toMatchObject(own)
})
