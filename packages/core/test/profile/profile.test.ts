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

/** Every kernel takes so long as `cost` says. */
function costly(cost: (kernel: Timing) => number): Backend {
  const reference = createReference()
  return {
    ...reference,
    name: 'costly',
    async compile(program, options) {
      const executable = await reference.compile(program, options)
      return {
        ...executable,
        async profile() {
          const { runs, kernels } = await executable.profile!()
          const priced = kernels.map((kernel) => ({ ...kernel, milliseconds: cost(kernel) }))
          const all = priced.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
          return { runs, milliseconds: all * 1.25, kernels: priced }
        },
      }
    },
  }
}

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

describe('the table of a profile', () => {
  it('adds up what is small', async () => {
    const cost = ({ op, calls }: Timing): number => (op === 'dot' ? 5 : op === 'mul' ? 0.1 : 0.001) * calls
    const { profile } = await fit(reader(costly(cost)), { profile: true })
    expect(`${profile}`).toMatchInlineSnapshot(`
      "6 steps on costly: 264 ms, 44.05 ms a step
      Layer, op          Phase     Calls     ms  Share
      head/out                            96.73  36.6%
        dot              backward     12  60.00  22.7%
        dot              forward       6  30.00  11.4%
        mul              update       48   4.80   1.8%
        (11 more)                          1.93   0.7%
      encoder/lstm_cell                   71.06  26.9%
        dot              forward       6  30.00  11.4%
        dot              backward      6  30.00  11.4%
        mul              update       78   7.80   3.0%
        mul              backward     30   3.00   1.1%
        (10 more)                          0.26   0.1%
      encoder                             30.02  11.4%
        dot              backward      6  30.00  11.4%
        (4 more)                           0.02   0.0%
      norm                                11.68   4.4%
        mul              update       48   4.80   1.8%
        mul              forward      36   3.60   1.4%
        mul              backward     30   3.00   1.1%
        (16 more)                          0.28   0.1%
      (4 more layers)                      1.93   0.7%
      (between kernels)                   52.86  20.0%"
    `)
    expect(profile!.table({ least: 0.5 })).toMatchInlineSnapshot(`
      "6 steps on costly: 264 ms, 44.05 ms a step
      Layer, op          Phase  Calls      ms  Share
      (8 more layers)                  211.42  80.0%
      (between kernels)                 52.86  20.0%"
    `)
  })

  it('tells what the engine can not tell the layer of', async () => {
    const backend = costly(() => 1)
    const made = reader({
      ...backend,
      async compile(program, options) {
        const executable = await backend.compile(program, options)
        const kernels: readonly Timing[] = [
          { path: 'backward/encoder', op: 'Gemm', calls: 6, milliseconds: 30 },
          { path: 'forward', op: 'Add', calls: 6, milliseconds: 6 },
          { path: '', op: 'ReorderOutput', calls: 6, milliseconds: 12 },
        ]
        return { ...executable, profile: async () => ({ runs: 6, milliseconds: 60, kernels }) }
      },
    })
    const { profile } = await fit(made, { profile: true, batchSize: 20, epochs: 6 })
    expect(profile!.attributed).toBe(36)
    expect(`${profile}`).toMatchInlineSnapshot(`
      "6 steps on costly: 60 ms, 10.00 ms a step
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
