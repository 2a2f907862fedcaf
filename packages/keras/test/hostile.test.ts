import { gunzipSync } from 'node:zlib'
import { reference } from '@fn/backend-reference'
import { Generator, input, layers, type Model, modelFromConfig, sequential, toConfig } from '@fn/core'
import { loadFixture } from '@fn/golden'
import { KerasFileError, modelFromKeras, modelToKeras } from '@fn/keras'
import { strFromU8, strToU8, unzipSync, type Zippable, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { tagger } from './support/models.ts'

/** What a load must not do: anything but give a model or throw a KerasFileError. */
async function attempt(bytes: Uint8Array): Promise<KerasFileError | undefined> {
  try {
    await modelFromKeras(bytes)
    return undefined
  } catch (error) {
    expect(error).toBeInstanceOf(KerasFileError)
    return error as KerasFileError
  }
}

/** A Dense of 3 features and 2 units, as a file whose members can be changed. */
const line = (): Model =>
  sequential([input({ shape: [3], name: 'x' }), layers.dense({ units: 2, name: 'd' })], {
    name: 'line',
  }) as Model

const good = await modelToKeras(line())
const members = unzipSync(good)
const withMembers = (changed: Zippable): Uint8Array => zipSync({ ...members, ...changed }, { level: 0 })

type Json = { [key: string]: unknown }
function withConfig(change: (config: Json) => void): Uint8Array {
  const config = JSON.parse(strFromU8(members['config.json']!)) as Json
  change(config)
  return withMembers({ 'config.json': strToU8(JSON.stringify(config)) })
}

const layerOf = (config: Json): Json => ((config.config as Json).layers as Json[])[1]!

const messageOf = async (bytes: Uint8Array): Promise<string | undefined> => (await attempt(bytes))?.message

describe('a zip', () => {
  it('is refused where it is none, or has not what it should have', async () => {
    expect(await messageOf(new Uint8Array())).toBe('The zip is damaged: it has no directory at its end.')
    expect(await messageOf(strToU8('PK but no more'.repeat(9)))).toContain('it has no directory at its end')
    const { 'config.json': config, ...rest } = members
    expect(config).toBeDefined()
    expect(await messageOf(zipSync(rest))).toBe(
      'The zip has no member "config.json". It has: metadata.json, model.weights.h5.',
    )
  })

  it('is refused where a name leads out of it, or comes twice', async () => {
    for (const name of ['../evil', '/etc/passwd', 'a/../../b', 'C:\\evil', 'a\\..\\b']) {
      expect(await messageOf(withMembers({ [name]: new Uint8Array(1) }))).toBe(
        `The zip has a member of the name ${JSON.stringify(name)}, which leads out of it.`,
      )
    }
    const twice = withMembers({ 'config.jsom': strToU8('{}') })
    for (let at = 0; at < twice.length - 11; at++)
      if (strFromU8(twice.subarray(at, at + 11)) === 'config.jsom') twice[at + 10] = 'n'.charCodeAt(0)
    expect(await messageOf(twice)).toBe('The zip has two members "config.json".')
  })

  it('is refused where a member is a bomb', async () => {
    const zeros = zipSync({ ...members, 'config.json': [new Uint8Array(2 ** 26 + 1), { level: 1 }] })
    expect(await messageOf(zeros)).toBe(
      'The member "config.json" of the zip has 67108865 bytes. Expected at most 67108864.',
    )
    const lying = withMembers({ 'config.json': [strToU8('{}'.repeat(50)), { level: 9 }] })
    const view = new DataView(lying.buffer)
    for (let at = 0; at < lying.length - 46; at++) {
      const isEntry = view.getUint32(at, true) === 0x02014b50
      if (isEntry && strFromU8(lying.subarray(at + 46, at + 57)) === 'config.json')
        view.setUint32(at + 24, 2 ** 25, true)
    }
    expect(await messageOf(lying)).toBe('The zip is damaged: "config.json" can not be as large as it says.')
  })

  it('is refused where a byte of it has changed, wherever that is', async () => {
    const names = Object.keys(members)
    const changed = good.slice()
    const at = good.length - 2000
    changed[at]! ^= 1
    expect(await messageOf(changed)).toMatch(new RegExp(`"(${names.join('|')})" is not what was written`))
  })
})

describe('a config', () => {
  it('is refused with keys that pollute, and objects stay as they are', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      const text = strFromU8(members['config.json']!).replace(
        '"units":2',
        `"units":2,"${key}":{"polluted":1}`,
      )
      expect(await messageOf(withMembers({ 'config.json': strToU8(text) }))).toBe(
        `config.json: the key "${key}" is refused.`,
      )
    }
    expect(({} as Json).polluted).toBeUndefined()
  })

  it('is refused where it is no JSON, no config of a model, or nested without end', async () => {
    const sentences: readonly (readonly [string, RegExp])[] = [
      ['{"class_name":', /^config\.json: expected JSON\./],
      ['null', /Expected \{ class_name, config \}\. Received: null\./],
      ['[]', /Expected \{ class_name, config \}/],
      [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, /config\.json: expected (at most 4096 levels|JSON)/],
      ['{"class_name":"Dense","config":{"name":"d","units":2}}', /Expected the config of a model/],
    ]
    for (const [text, sentence] of sentences)
      expect(await messageOf(withMembers({ 'config.json': strToU8(text) }))).toMatch(sentence)
  })

  it('names all layers that are not known, and code of Python, at once', async () => {
    const bytes = withConfig((config) => {
      const lambda = {
        class_name: 'Lambda',
        config: { name: 'l', function: { class_name: '__lambda__', config: { code: '4wEAAA==' } } },
      }
      ;((config.config as Json).layers as Json[]).push(lambda, { class_name: 'Warp', config: { name: 'w' } })
    })
    expect(await messageOf(bytes)).toBe(
      'Lambda "l": it holds code of Python, which is not run. Hand it in as customObjects["l"]: a function (b, ...inputs) over the builder that returns a value.\n' +
        'Warp "w": this class of layers is not known. Hand it in as customObjects.Warp.',
    )
  })

  it('with absurd sizes takes no memory: the weights do not fit', async () => {
    const heap = process.memoryUsage().rss
    for (const units of [2 ** 31, 2 ** 40, 1e15]) {
      const bytes = withConfig((config) => {
        ;(layerOf(config).config as Json).units = units
      })
      expect(await messageOf(bytes)).toContain(`expected shape [3, ${units}]. Received: [3, 2].`)
    }
    expect(process.memoryUsage().rss - heap).toBeLessThan(2 ** 28)
  })
})

const zipped = (name: string): Uint8Array =>
  withMembers({ 'model.weights.h5': gunzipSync(Buffer.from(loadFixture('hdf5Files', name).file, 'base64')) })

const kernel = 'Dense "d", kernel: '

describe('a file of weights', () => {
  it.each([
    ['external_device', 'The HDF5 file refers to another file, "/dev/urandom", which is refused.'],
    ['external_file', 'The HDF5 file refers to another file, "//other.bin", which is refused.'],
    ['virtual', `${kernel}The dataset "layers/dense/vars/0" is virtual, which is refused.`],
    ['soft_link', `${kernel}The HDF5 file has a soft link at "layers/dense/vars/0", which is refused.`],
    [
      'external_link',
      `${kernel}The HDF5 file has an external link at "layers/dense/vars/0", which is refused.`,
    ],
    ['soft_group', 'The HDF5 file has a soft link at "layers/dense", which is refused.'],
    ['empty_bomb', `${kernel}"layers/dense/vars/0": expected shape [3, 2]. Received: [100000, 100000].`],
    ['packed_bomb', `${kernel}"layers/dense/vars/0": expected shape [3, 2]. Received: [100000, 100000].`],
    ['other_shape', `${kernel}"layers/dense/vars/0": expected shape [3, 2]. Received: [2, 3].`],
    [
      'words',
      `${kernel}The dataset "layers/dense/vars/0" is of a type that is not supported: expected float or int numbers.`,
    ],
    ['no_kernel', `${kernel}"layers/dense/vars/0" is missing.`],
    ['group_for_dataset', `${kernel}The HDF5 file has no dataset "layers/dense/vars/0".`],
    ['three_variables', 'Dense "d": expected 2 variables at "layers/dense/vars". Received: 3.'],
  ])('with %s is refused', async (name, sentence) => {
    expect(await messageOf(zipped(name))).toContain(sentence)
  })

  it('may hold numbers of half precision', async () => {
    const model = await modelFromKeras(zipped('half'))
    expect([...model.getWeights()[0]!.data]).toEqual([
      1,
      -2,
      Math.fround(1638 / 16384),
      65504,
      Math.fround(2 ** -24),
      Number.POSITIVE_INFINITY,
    ])
  })

  it('that is none is refused', async () => {
    for (const bytes of [
      new Uint8Array(),
      strToU8('not HDF5 at all'),
      members['model.weights.h5']!.subarray(0, 900),
    ])
      expect(await attempt(withMembers({ 'model.weights.h5': bytes }))).toBeInstanceOf(KerasFileError)
  })

  it('without the state of the optimizer is loaded with a warning, and starts anew', async () => {
    const bytes = withConfig((config) => {
      config.compile_config = { optimizer: { class_name: 'Adam', config: {} }, loss: 'mse' }
    })
    const warnings: string[] = []
    const onWarning = (message: string): void => void warnings.push(message)
    const model = await modelFromKeras(bytes, { backend: await reference(), onWarning })
    expect(warnings).toEqual([
      'The model is loaded, but not all of its training is understood:\noptimizer state: It is missing in the file. It starts anew.',
    ])
    expect(model.optimizer.className).toBe('Adam')
  })

  it('leaves a model alone where it does not fit', async () => {
    const model = line()
    const before = model.getWeights()
    await attempt(zipped('three_variables'))
    expect(model.getWeights()).toEqual(before)
  })
})

// Seeds, so that a failure can be had again.
describe('damage is an error, and never a hang, a crash or half a model:', () => {
  const seeds = [1, 2, 3, 4]
  const pick = (random: Generator, count: number): number => Math.floor((random.next() / 2 ** 32) * count)

  it('cut off at every percent', async () => {
    const whole = await modelToKeras(tagger())
    for (let percent = 0; percent < 100; percent++) {
      const cut = whole.slice(0, Math.floor((whole.length * percent) / 100))
      expect(await attempt(cut)).toBeInstanceOf(KerasFileError)
    }
  })

  it('weights cut off at every percent, in a whole zip', async () => {
    const weights = members['model.weights.h5']!
    for (let percent = 0; percent < 100; percent++) {
      const cut = weights.slice(0, Math.floor((weights.length * percent) / 100))
      expect(await attempt(withMembers({ 'model.weights.h5': cut }))).toBeInstanceOf(KerasFileError)
    }
  })

  it.each(seeds)('bytes of the zip flipped, seed %i', async (seed) => {
    const random = new Generator(seed)
    for (let trial = 0; trial < 100; trial++) {
      const bytes = good.slice()
      const count = 1 + pick(random, 8)
      for (let at = 0; at < count; at++) bytes[pick(random, bytes.length)] = pick(random, 256)
      const error = await attempt(bytes)
      // A flip may lie where nothing is read: a date, or what was there already.
      if (error === undefined) expect((await modelFromKeras(bytes)).getWeights()).toEqual(expected)
    }
  })

  it.each(seeds)('bytes of the weights flipped, seed %i', async (seed) => {
    const random = new Generator(seed)
    const weights = members['model.weights.h5']!
    for (let trial = 0; trial < 100; trial++) {
      const bytes = weights.slice()
      const count = 1 + pick(random, 20)
      for (let at = 0; at < count; at++) bytes[pick(random, bytes.length)] = pick(random, 256)
      await attempt(withMembers({ 'model.weights.h5': bytes }))
    }
  })

  it.each(seeds)('bytes of an older file flipped, seed %i', async (seed) => {
    const random = new Generator(seed)
    const old = gunzipSync(Buffer.from(loadFixture('kerasOldFiles', 'sequential').file, 'base64'))
    for (let trial = 0; trial < 50; trial++) {
      const bytes = Uint8Array.from(old)
      const count = 1 + pick(random, 20)
      for (let at = 0; at < count; at++) bytes[8 + pick(random, bytes.length - 8)] = pick(random, 256)
      await attempt(bytes)
    }
  })

  it.each(seeds)('configs with values of another kind, seed %i', async (seed) => {
    const random = new Generator(seed)
    const config = toConfig(tagger())
    const text = JSON.stringify(config)
    for (let trial = 0; trial < 40; trial++) {
      const changed = mutated(JSON.parse(text), random, pick)
      try {
        modelFromConfig(changed as never)
      } catch (error) {
        // What a reader of files makes a KerasFileError of; but no end of memory, and no end at all.
        expect(error).toBeInstanceOf(Error)
        expect(String(error)).not.toMatch(/heap|Maximum call stack/)
      }
    }
    const bytes = zipSync({
      ...members,
      'config.json': strToU8(JSON.stringify(mutated(JSON.parse(text), random, pick))),
    })
    await attempt(bytes)
  })
})

const expected = (await modelFromKeras(good)).getWeights()

const VALUES: readonly unknown[] = [
  null,
  -1,
  0,
  2 ** 53,
  1e308,
  '',
  'x',
  '__lambda__',
  [],
  {},
  [[]],
  true,
  ['a', 0, 0],
]

/** A config in which one value, or the place of one, is another. */
function mutated(
  config: unknown,
  random: Generator,
  pick: (random: Generator, count: number) => number,
): unknown {
  const places: { readonly within: Json; readonly key: string }[] = []
  const open = [config as Json]
  for (let within = open.pop(); within !== undefined; within = open.pop()) {
    for (const [key, value] of Object.entries(within)) {
      places.push({ within, key })
      if (typeof value === 'object' && value !== null) open.push(value as Json)
    }
  }
  const { within, key } = places[pick(random, places.length)]!
  const kind = pick(random, 3)
  if (kind === 0) delete within[key]
  else if (kind === 1) within[key] = VALUES[pick(random, VALUES.length)]
  else {
    const other = places[pick(random, places.length)]!
    within[key] = structuredClone(other.within[other.key])
  }
  return config
}

it('still predicts what it did, after all that', async () => {
  const model = await modelFromKeras(good)
  model.compile({ backend: await reference() })
  expect(await model.predict([[1, 2, 3]])).toMatchObject({ shape: [1, 2] })
})
