import { input, layers, model, ops } from '@fn/core'
import { modelFromKeras, modelToKeras } from '@fn/keras'
import { strFromU8, unzipSync } from 'fflate'
import { expect, it } from 'vitest'
import { jsonText, parseJson } from '../src/json.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

// As json.dumps of Python writes VALUE with separators=(',', ':').
const PYTHON = '{"a":[Infinity,-Infinity,NaN],"Infinity":"-Infinity, NaN \\" NaN","b":{"NaN":NaN}}'
const VALUE = { a: [Infinity, -Infinity, NaN], Infinity: '-Infinity, NaN " NaN', b: { NaN: NaN } }

it('reads and writes the numbers that Python adds to JSON', () => {
  expect(parseJson(bytes(PYTHON), 'test')).toEqual(VALUE)
  expect(jsonText(VALUE)).toBe(PYTHON)
})

it('refuses other words', () => {
  expect(() => parseJson(bytes('{"a": Infinit}'), 'test')).toThrow('test: expected JSON.')
  expect(() => parseJson(bytes('{"a": -NaN}'), 'test')).toThrow('test: expected JSON.')
})

it('writes the classes of keras.applications with the modules where Keras finds them, and infinite bounds', async () => {
  const x = input({ shape: [3], name: 'x' })
  const scaled = layers.layerScale({ initValues: 0.1, projectionDim: 3 })(x)
  const y = ops.maximum(layers.customScaleLayer({ scale: 0.17 })([x, scaled]), -Infinity)
  const file = await modelToKeras(model({ inputs: x, outputs: y }))
  const text = strFromU8(unzipSync(file)['config.json']!)
  for (const [name, module] of [
    ['LayerScale', 'convnext'],
    ['CustomScaleLayer', 'inception_resnet_v2'],
  ])
    expect(text).toContain(`{"module":"keras.src.applications.${module}","class_name":"${name}"`)
  expect(text).toContain('-Infinity')
  const again = await modelFromKeras(file)
  expect(again.layers.map(({ className }) => className)).toEqual([
    'InputLayer',
    'LayerScale',
    'CustomScaleLayer',
    'Maximum',
  ])
})
