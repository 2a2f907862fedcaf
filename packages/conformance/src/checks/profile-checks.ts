import {
  type Backend,
  Builder,
  ConfigError,
  type HostArray,
  input,
  layers,
  legalize,
  type Model,
  model,
  type Profile,
  type Program,
  type Timings,
} from '@fn/core'
import type { Check } from '../check.ts'
import { hostArray, uniform } from '../ops/values.ts'
import { disposeAll } from './contract-programs.ts'
import { contractCheck, type Problems } from './problems.ts'
import { unlessLacking } from './unless-lacking.ts'

/** What a backend says of its times; of one that takes none, that it is not asked. */
export function profileChecks(backend: Backend): readonly Check[] {
  const check = (name: string, look: (found: Problems, engine: Backend) => Promise<void>): Check => ({
    ...contractCheck(name, backend, look),
    run: () => unlessLacking(backend, (engine) => contractCheck(name, engine, look).run()),
  })

  if (!backend.capabilities.profiles) {
    return [
      check('a profile is refused, and nothing trained', async (found, engine) => {
        const made = small(engine)
        const before = made.getWeights()
        try {
          await train(made, true)
          found.say('Expected a profile to be refused. Received: one.')
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error
        }
        before.forEach((array, at) => {
          found.array(`weight ${at}`, array, made.getWeights()[at]!)
        })
        await made.dispose()
      }),
    ]
  }

  return [
    check('times are those of all runs, by path', async (found, engine) => {
      const legal = legalize(loopAndHead, engine)
      const plain = await engine.compile(legal)
      const timed = await engine.compile(legal, { profile: true })
      const given = [steps, start].map((array) => engine.upload(array))
      const expected = await plain.run(given)
      const begin = performance.now()
      const answers = [await timed.run(given), await timed.run(given)]
      const wall = performance.now() - begin
      for (const outputs of answers) {
        for (const [at, tensor] of outputs.entries())
          await found.tensor(`output ${at}`, await engine.download(expected[at]!), tensor)
      }
      const first = await timed.profile!()
      sumsUp(found, first, 2, wall)
      for (const path of pathsOf(first))
        if (!['', 'loop', 'loop/cell', 'head'].includes(path))
          found.say(`Expected the paths of the program. Received: "${path}".`)
      for (const layer of ['loop', 'head'])
        if (![...pathsOf(first)].some((path) => path.split('/')[0] === layer))
          found.say(`Expected times at "${layer}". Received: ${[...pathsOf(first)].join(', ')}.`)
      const more = await timed.run(given)
      const { runs } = await timed.profile!()
      if (runs !== 3) found.say(`Expected the times of 3 runs after another. Received: of ${runs}.`)
      disposeAll([...given, ...expected, ...answers.flat(), ...more, plain, timed])
    }),

    check('a profile of training is of every layer, and changes no number', async (found, engine) => {
      const [plain, profiled] = [small(engine), small(engine)]
      await train(plain, false)
      const begin = performance.now()
      const profile = (await train(profiled, true))!
      sumsUp(
        found,
        { runs: profile.steps, milliseconds: profile.milliseconds, kernels: profile.rows.map(atLayer) },
        EPOCHS * STEPS,
        performance.now() - begin,
      )
      const expected = plain.getWeights()
      profiled.getWeights().forEach((array, at) => {
        found.array(`weight ${at}`, expected[at]!, array)
      })
      for (const phase of ['forward', 'backward', 'update', 'validation'] as const)
        if (!profile.rows.some((row) => row.phase === phase)) found.say(`Expected times of phase ${phase}.`)
      for (const { path } of profiled.weights) {
        const layer = path.slice(0, path.lastIndexOf('/'))
        if (!profile.layers.some((own) => own.layer === layer))
          found.say(
            `Expected times at "${layer}". Received: ${profile.layers.map((own) => own.layer).join(', ')}.`,
          )
      }
      for (const made of [plain, profiled]) await made.dispose()
    }),
  ]
}

const pathsOf = ({ kernels }: Timings): ReadonlySet<string> => new Set(kernels.map(({ path }) => path))

const atLayer = ({ layer, ...rest }: Profile['rows'][number]): Timings['kernels'][number] => ({
  path: layer,
  ...rest,
})

/** Of a sum of milliseconds. With a coarse clock all the time of a run may be in its kernels. */
const ROUNDING = 1e-9

/** Kernels take no more time than their runs, and these no more than there was. */
function sumsUp(
  found: Problems,
  { runs, milliseconds, kernels }: Timings,
  steps: number,
  wall: number,
): void {
  if (runs !== steps) found.say(`Expected the times of ${steps} runs. Received: of ${runs}.`)
  const sum = kernels.reduce((total, kernel) => total + kernel.milliseconds, 0)
  if (!(0 < sum && sum <= milliseconds + ROUNDING && milliseconds <= wall))
    found.say(`Expected 0 < kernels ≤ runs ≤ ${wall} ms. Received: ${sum}, ${milliseconds}.`)
  for (const { path, op, calls, milliseconds: own } of kernels)
    if (!(Number.isInteger(calls) && calls > 0 && own >= 0))
      found.say(`Expected calls and a time of ${op} at "${path}". Received: ${calls}, ${own}.`)
}

const WIDTH = 64

const draw = (seed: number, ...shape: number[]): HostArray => {
  const next = uniform(seed)
  const size = shape.reduce((a, b) => a * b)
  return hostArray(
    shape,
    'float32',
    Array.from({ length: size }, () => (next() - 0.5) / 8),
  )
}

const [steps, start] = [draw(1, 6, WIDTH, WIDTH), draw(2, WIDTH, WIDTH)]

/** Products in a loop, and one after it. */
const loopAndHead: Program = (() => {
  const b = new Builder()
  const [sequence, first] = [b.input(steps, 'steps'), b.input(start, 'start')]
  const { carries } = b.at('loop', () =>
    b.scan([first], [sequence], (inner, [state], [element]) => ({
      carries: [inner.at('cell', () => inner.tanh(inner.matmul(state!, element!)))],
      outputs: [],
    })),
  )
  return b.build({ y: b.at('head', () => b.matmul(carries[0]!, first)) })
})()

const [EPOCHS, STEPS, BATCH] = [2, 2, 8]
const [x, y] = [draw(3, STEPS * BATCH, WIDTH), draw(4, STEPS * BATCH, 3)]

/** Its kernels hold more numbers than small ones do. */
function small(backend: Backend): Model {
  const features = input({ shape: [WIDTH] })
  const answer = features.pipe(
    layers.dense({ units: WIDTH, activation: 'relu', name: 'first' }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: WIDTH, activation: 'tanh', name: 'second' }),
    layers.dense({ units: 3, name: 'answer' }),
  )
  const made = model({ inputs: features, outputs: answer }) as unknown as Model
  made.setWeights(made.getWeights().map(({ shape }, at) => draw(at + 5, ...shape)))
  made.compile({ backend, optimizer: 'adam', loss: 'mse', seed: 7 })
  return made
}

async function train(made: Model, profile: boolean): Promise<Profile | undefined> {
  const history = await made.fit(x as never, y as never, {
    epochs: EPOCHS,
    batchSize: BATCH,
    validationData: { x: x as never, y: y as never },
    verbose: 'silent',
    profile,
  })
  return history.profile
}
