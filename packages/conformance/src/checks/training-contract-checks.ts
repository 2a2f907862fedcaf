import {
  type Backend,
  type Callback,
  type HostArray,
  input,
  layers,
  type Model,
  model,
  setRandomSeed,
} from '@fn/core'
import type { Check } from '../check.ts'
import { compareArrays } from '../compare-arrays.ts'
import { hostArray } from '../ops/values.ts'
import { contractCheck, type Problems } from './problems.ts'
import { unlessLacking } from './unless-lacking.ts'

/** What training asks of a backend besides the right numbers. */
export function trainingContractChecks(backend: Backend): readonly Check[] {
  const check = (name: string, look: (found: Problems, engine: Backend) => Promise<void>): Check => ({
    ...contractCheck(name, backend, look),
    run: () => unlessLacking(backend, (engine) => contractCheck(name, engine, look).run()),
  })

  const always: readonly Check[] = [
    check('one seed gives one run of training, dropout and shuffling included', async (found, engine) => {
      const [first, again, other] = [
        await dropoutRun(engine, 3),
        await dropoutRun(engine, 3),
        await dropoutRun(engine, 4),
      ]
      first.forEach((array, at) => {
        found.array(`weight ${at} of a second run`, array, again[at]!)
      })
      if (first.every((array, at) => compareArrays(array, other[at]!, 0).error === 0))
        found.say('Expected another run from another seed. Received: the same weights.')
    }),

    check('weights that are set are those that count', async (found, engine) => {
      const made = small()
      made.compile({ backend: engine, optimizer: 'sgd', loss: 'mse' })
      const first = await made.predict(x as never)
      const weights = made.getWeights()
      await made.fit(x as never, y as never, { epochs: 1, batchSize: 4, verbose: 'silent' })
      made.setWeights(weights)
      found.array('the prediction', first as unknown as HostArray, (await made.predict(x as never)) as never)
      await made.dispose()
    }),
  ]
  if (backend.memory === undefined) return always

  return [
    ...always,
    check('an epoch of training holds no more tensors than the one before', async (found, engine) => {
      const held: number[] = []
      const count: Callback = { onEpochEnd: () => void held.push(engine.memory!().tensors) }
      await dropoutRun(engine, 1, count)
      const [first, ...others] = held
      for (const [at, tensors] of others.entries()) found.held(`after epoch ${at + 2}`, first!, tensors)
    }),

    check('training, evaluation and prediction leave nothing behind', async (found, engine) => {
      const before = engine.memory!().tensors
      await dropoutRun(engine, 1)
      found.held('after the model is disposed of', before, engine.memory!().tensors)
    }),
  ]
}

const x = hostArray(
  [8, 3],
  'float32',
  Array.from({ length: 24 }, (_, at) => Math.sin(at)),
)
const y = hostArray(
  [8, 2],
  'float32',
  Array.from({ length: 16 }, (_, at) => Math.cos(at)),
)

function small(): Model {
  const features = input({ shape: [3] })
  const answer = features.pipe(
    layers.dense({ units: 4, activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 2 }),
  )
  return model({ inputs: features, outputs: answer }) as unknown as Model
}

/** The weights after some epochs with dropout, and an evaluation on the way. */
async function dropoutRun(
  backend: Backend,
  seed: number,
  ...callbacks: readonly Callback[]
): Promise<readonly HostArray[]> {
  setRandomSeed(seed)
  const made = small()
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  await made.fit(x as never, y as never, { epochs: 3, batchSize: 3, verbose: 'silent', callbacks })
  await made.evaluate(x as never, y as never, { batchSize: 3 })
  await made.predict(x as never)
  const weights = made.getWeights()
  await made.dispose()
  return weights
}
