import { operationCase, operationCaseNames } from '@fn/conformance'
import { modelFromConfig, toConfig } from '@fn/core'
import { loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe.each(operationCaseNames())('%s, as real Keras has it', (name) => {
  it('has the same shapes', () => {
    const { outputs, symbolicShapes } = operationCase(name)
    // Of an open axis Keras leaves open what x[:, :2] takes; here it is 2.
    const known = outputs.map(({ shape }, at) =>
      shape.map((dim, axis) => (symbolicShapes[at]![axis] === null ? null : dim)),
    )
    expect(known).toEqual(symbolicShapes)
  })

  it('goes out as it came in, and in again', () => {
    const config = loadFixture('operations', name).model
    const written = throughJson(toConfig(modelFromConfig(config)))
    expect(throughJson(toConfig(modelFromConfig(written as never)))).toEqual(written)
    const layersOf = (of: unknown) => (of as { config: { layers: readonly WrittenLayer[] } }).config.layers
    const theirs = new Map(layersOf(config).map((layer) => [layer.name, layer]))
    for (const { name: layer, module, inbound_nodes, ...own } of layersOf(written)) {
      // What Keras says beyond it says nothing.
      expect(theirs.get(layer)).toMatchObject({ module, inbound_nodes })
      if (module.startsWith('keras.src.ops')) expect(theirs.get(layer)).toMatchObject(own)
    }
  })
})

interface WrittenLayer {
  readonly name: string
  readonly module: string
  readonly inbound_nodes: readonly unknown[]
}
