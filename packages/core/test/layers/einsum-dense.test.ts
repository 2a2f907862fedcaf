import { reference } from '@fn/backend-reference'
import { ConfigError, input, layers, model, ShapeError } from '@fn/core'
import { expect, it } from 'vitest'

const x = Array.from({ length: 2 }, (_, n) =>
  Array.from({ length: 3 }, (_, t) => Array.from({ length: 5 }, (_, f) => Math.sin(15 * n + 5 * t + f))),
)

it('takes any axes for the dots', async () => {
  const backend = await reference()
  const predict = async (equation: string, outputShape: number | readonly number[]) => {
    const words = input({ shape: [3, 5] })
    const layer = layers.einsumDense({ equation, outputShape, biasAxes: 'd' })
    const made = model({ inputs: words, outputs: layer(words) })
    made.setWeights([
      { shape: [5, 4], data: Float32Array.from({ length: 20 }, (_, at) => Math.cos(at)) },
      { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
    ])
    made.compile({ backend })
    return made.predict(x)
  }
  expect(await predict('...c,cd->...d', 4)).toEqual(await predict('abc,cd->abd', [3, 4]))
})

it('says what it can not do', () => {
  const words = input({ shape: [3, 5] })
  expect(() => layers.einsumDense({ equation: 'abc,cd', outputShape: 4, name: 'e' })).toThrow(
    new ConfigError('EinsumDense "e": expected an equation such as "abc,cd->abd". Received: "abc,cd".'),
  )
  expect(() => layers.einsumDense({ equation: 'aab,bc->ac', outputShape: 4, name: 'e' })).toThrow(ConfigError)
  expect(() => layers.einsumDense({ equation: 'ab,bc->ac', outputShape: 4, name: 'e' })(words)).toThrow(
    new ShapeError('EinsumDense "e": expected a tensor of the axes ab. Received: [batch, 3, 5].', 'e'),
  )
})
