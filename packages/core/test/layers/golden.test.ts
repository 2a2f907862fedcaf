import {
  type LayerCase,
  layerCase,
  layerCaseNames,
  recurrentCase,
  recurrentCaseNames,
  secondCallCase,
} from '@fn/conformance'
import { describe, expect, it } from 'vitest'

const cases: readonly (() => LayerCase | undefined)[] = [
  ...layerCaseNames().map((name) => () => layerCase(name)),
  ...recurrentCaseNames().flatMap((name) => [() => recurrentCase(name), () => secondCallCase(name)]),
]

// The numbers are compared where the reference proves itself.
describe('the symbolic shapes and masks are those of real Keras:', () => {
  it.each(cases.flatMap((make) => make() ?? []))('$name', ({ outputs, masks, ...keras }) => {
    // The first axis of a fixture is that of the batch, which is open here.
    const shapes = outputs.map(({ shape }) => shape.slice(1))
    expect(shapes).toEqual(keras.symbolicShapes.map((shape) => shape.slice(1)))
    expect(masks).toEqual(keras.expectedMasks)
  })
})
