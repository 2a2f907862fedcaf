import { type HostArray, hoistRandom, type Layer, layers, Scope } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

const array = (shape: readonly number[], data: Iterable<number>): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float64Array.from(data),
})

/** What a layer makes of ones in training, and the shape of the mask that it draws; `draws` are what comes. */
async function onOnes(layer: Layer, shape: readonly number[], draws: readonly number[]) {
  const b = new Scope(true, () => {
    throw new Error('a dropout has no weights')
  })
  const x = b.input({ shape, dtype: 'float32' }, 'x')
  const { program, draws: masks } = hoistRandom(b.build({ y: layer.write([x], b).outputs[0]! }))
  const mask = masks[0]!.shape as readonly number[]
  const ones = array(shape, new Array<number>(shape.reduce((a, c) => a * c)).fill(1))
  const { y } = await run(program, [ones, array(mask, draws)])
  return { mask, shape: y!.shape, data: Array.from(y!.data) }
}

// 1 / (1 − ½) = 2 for what is kept
describe('in training', () => {
  it('dropout draws for each element, or for the shape that it is given', async () => {
    expect(await onOnes(layers.dropout({ rate: 0.5 }), [2, 2], [0.1, 0.9, 0.6, 0.4])).toEqual({
      mask: [2, 2],
      shape: [2, 2],
      data: [2, 0, 0, 2],
    })
    const rows = layers.dropout({ rate: 0.5, noiseShape: [null, 1, 2] })
    expect(await onOnes(rows, [1, 3, 2], [0.9, 0.1])).toEqual({
      mask: [1, 1, 2],
      shape: [1, 3, 2],
      data: [0, 2, 0, 2, 0, 2],
    })
    // Of a lower rank it is aligned at the right, as broadcasting does.
    expect(await onOnes(layers.dropout({ rate: 0.5, noiseShape: [3] }), [2, 3], [0.1, 0.9, 0.2])).toEqual({
      mask: [3],
      shape: [2, 3],
      data: [2, 0, 2, 2, 0, 2],
    })
  })

  it.each([
    [layers.spatialDropout1d({ rate: 0.5 }), [2, 3, 2], [2, 1, 2]],
    [layers.spatialDropout2d({ rate: 0.5 }), [2, 2, 2, 2], [2, 1, 1, 2]],
    [layers.spatialDropout3d({ rate: 0.5 }), [2, 2, 1, 2, 2], [2, 1, 1, 1, 2]],
  ] as const)('$className keeps channels whole', async (layer, shape, mask) => {
    const found = await onOnes(layer, shape, [0.1, 0.9, 0.7, 0.2])
    const [, ...spatial] = shape.slice(0, -1)
    const each = spatial.reduce((a: number, c) => a * c, 1)
    const repeated = (channels: readonly number[]) => new Array<readonly number[]>(each).fill(channels).flat()
    expect(found).toEqual({ mask, shape, data: [...repeated([2, 0]), ...repeated([0, 2])] })
  })
})
