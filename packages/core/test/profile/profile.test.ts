import { createReference } from '@fn/backend-reference'
import {
  type Backend,
  ConfigError,
  type FitOptions,
  Generator,
  input,
  layers,
  type Model,
  model,
  type Profile,
  type Program,
  type Timing,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const numbers = (seed: number, ...shape: number[]) => ({
  shape,
  data: new Generator(seed).normal(shape.reduce((a, b) => a * b)),
})
const [x, y] = [numbers(1, 20, 5, 4), numbers(2, 20, 3)]

/** A loop, a model inside of the model, a penalty and moving statistics. */
function reader(backend: Backend): Model {
  const steps = input({ shape: [5, 4] })
  const inner = input({ shape: [6] })
  const head = model({
    inputs: inner,
    outputs: layers.dense({ units: 3, name: 'out', kernelRegularizer: 'l2' })(inner),
    name: 'head',
  })
  const encoded = steps.pipe(
    layers.lstm({ units: 6, name: 'encoder' }),
    layers.batchNormalization({ name: 'norm' }),
  )
  const made = model({ inputs: steps, outputs: head(encoded) }) as unknown as Model
  made.compile({ backend, optimizer: 'adam', loss: 'mse', metrics: ['mae'], seed: 3 })
  return made
}

const fit = (made: Model, options: FitOptions = {}) =>
  made.fit(x as never, y as never, { batchSize: 8, epochs: 2, verbose: 'silent', ...options })

describe('fit with a profile', () => {
  it('tells phases and layers apart', async () => {
    const { profile } = await fit(reader(createReference()), {
      profile: true,
      validationData: { x: x as never, y: y as never },
    })
    const phasesOf = (layer: string) =>
      [...new Set(profile!.rows.filter((row) => row.layer === layer).map(({ phase }) => phase))].sort()
    const once = ['backward', 'forward', 'validation']
    const trained = ['backward', 'forward', 'update', 'validation']
    // A penalty counts for the layer whose weight it is on.
    expect(Object.fromEntries(profile!.layers.map(({ layer }) => [layer, phasesOf(layer)]))).toEqual({
      encoder: once,
      'encoder/lstm_cell': trained,
      norm: trained,
      'head/out': trained,
      'loss/head': once,
      metrics: ['forward', 'validation'],
      optimizer: ['update'],
      '': once,
    })
  })

  it('is of this fit alone', async () => {
    const made = reader(createReference())
    await made.trainOnBatch(x as never, y as never)
    const { profile } = await fit(made, { profile: true })
    expect(profile?.steps).toBe(6)
    expect((await fit(made)).profile).toBeUndefined()
  })

  it('compiles no otherwise without it', async () => {
    const compiled: (readonly [Program, unknown])[] = []
    const reference = createReference()
    const made = reader({
      ...reference,
      compile: (program, options) => {
        compiled.push([program, options])
        return reference.compile(program, options)
      },
    })
    await fit(made)
    for (const [{ equations }, options] of compiled) {
      expect(options).not.toHaveProperty('profile')
      expect(equations.filter(({ path }) => path.startsWith('forward'))).toEqual([])
    }
  })

  it('is refused by a backend that takes no times', async () => {
    const { capabilities, ...rest } = createReference()
    const made = reader({ ...rest, name: 'deaf', capabilities: { ...capabilities, profiles: false } })
    const attempt = fit(made, { profile: true })
    await expect(attempt).rejects.toThrow(ConfigError)
    await expect(attempt).rejects.toThrow(
      'fit: expected a backend that tells the time of its kernels for { profile: true }. Received: deaf, which does not.',
    )
  })
})

/** Six steps in which the engine ran these kernels. */
async function profileOf(kernels: readonly Timing[], milliseconds: number): Promise<Profile> {
  const reference = createReference()
  const made = reader({
    ...reference,
    name: 'given',
    async compile(program, options) {
      const executable = await reference.compile(program, options)
      return { ...executable, profile: async () => ({ runs: 6, milliseconds, kernels }) }
    },
  })
  const { profile } = await fit(made, { profile: true, batchSize: 20, epochs: 6 })
  return profile!
}

describe('the table of a profile', () => {
  const timing = (path: string, op: string, milliseconds: number): Timing => ({
    path,
    op,
    calls: 6,
    milliseconds,
  })

  it('adds up what is small', async () => {
    const profile = await profileOf(
      [
        timing('forward/head/out', 'dot', 30),
        timing('backward/head/out', 'dot', 60),
        timing('backward/head/out', 'transpose', 1),
        timing('update/head/out', 'mul', 0.5),
        timing('backward/norm', 'mul', 4),
        timing('backward/norm', 'mul', 3),
        timing('forward/norm', 'add', 0.25),
        timing('forward/drop', 'mul', 0.75),
        timing('forward/flat', 'reshape', 0.5),
      ],
      200,
    )
    expect(`${profile}`).toMatchInlineSnapshot(`
      "6 steps on given: 200 ms, 33.33 ms a step
      Layer, op          Phase     Calls      ms  Share
      head/out                             91.50  45.8%
        dot              backward      6   60.00  30.0%
        dot              forward       6   30.00  15.0%
        (2 more)                            1.50   0.8%
      norm                                  7.25   3.6%
        mul              backward     12    7.00   3.5%
        (1 more)                            0.25   0.1%
      (2 more layers)                       1.25   0.6%
      (between kernels)                   100.00  50.0%"
    `)
    expect(profile.table({ least: 0.5 })).toMatchInlineSnapshot(`
      "6 steps on given: 200 ms, 33.33 ms a step
      Layer, op          Phase  Calls      ms  Share
      (4 more layers)                  100.00  50.0%
      (between kernels)                100.00  50.0%"
    `)
  })

  it('tells what the engine can not tell the layer of', async () => {
    const profile = await profileOf(
      [timing('backward/encoder', 'Gemm', 30), timing('forward', 'Add', 6), timing('', 'ReorderOutput', 12)],
      60,
    )
    expect(profile.attributed).toBe(36)
    expect(`${profile}`).toMatchInlineSnapshot(`
      "6 steps on given: 60 ms, 10.00 ms a step
      Layer, op          Phase     Calls     ms  Share
      encoder                             30.00  50.0%
        Gemm             backward      6  30.00  50.0%
      (of the engine)                     12.00  20.0%
        ReorderOutput                  6  12.00  20.0%
      (of no layer)                        6.00  10.0%
        Add              forward       6   6.00  10.0%
      (between kernels)                   12.00  20.0%"
    `)
  })
})
