import type { Backend, HostArray } from '@fn/core'
import { type Finding, together } from '../check.ts'
import { unlessLacking } from '../checks/unless-lacking.ts'
import { compareArrays } from '../compare-arrays.ts'
import type { SuiteOptions } from '../suite.ts'
import { isSteady, type Lanes } from './lanes.ts'
import { problemsOfCopy } from './model-copy.ts'
import { type ModelRun, predictions, trainedWeights } from './model-runs.ts'
import { noisyBackend } from './noisy-backend.ts'
import { type Property, showInputs } from './property.ts'
import { type DrawnModel, randomModels } from './random-model.ts'
import { limitOf, noiseOf, randomTolerance } from './tolerance.ts'

/** A model predicts what it predicts on the reference, and so does one that is made from its config. */
export const models = (backend: Backend, oracle: Backend, options: SuiteOptions): Property<DrawnModel> => ({
  arbitrary: randomModels(stepsOf(options)),
  judge: (drawn) =>
    unlessLacking(backend, async (engine) => {
      const found = await compareRuns(predictions, drawn, engine, oracle, options)
      return together([found, { error: 0, problems: await problemsOfCopy(drawn, engine) }])
    }),
  show,
})

/** A step of training leads to the weights to which it leads on the reference. */
export const trainings = (
  backend: Backend,
  oracle: Backend,
  options: SuiteOptions,
): Property<DrawnModel> => ({
  arbitrary: randomModels(stepsOf(options)),
  judge: (drawn) =>
    unlessLacking(backend, (engine) => compareRuns(trainedWeights, drawn, engine, oracle, options)),
  show,
})

/** Each layer is compiled anew, which takes seconds on the engines for which the quick form is. */
const stepsOf = ({ quick }: SuiteOptions): number => (quick ? 3 : 7)

const show = ({ code, model, inputs }: DrawnModel): string =>
  [code, model.summary({ print: () => {} }), ...showInputs(model.inputPorts, inputs)].join('\n')

/** Compares what a backend gives with what the reference gives, but for what no engine can be asked to get right. */
async function compareRuns(
  run: ModelRun,
  drawn: DrawnModel,
  backend: Backend,
  oracle: Backend,
  options: SuiteOptions,
): Promise<Finding> {
  const tolerance = randomTolerance(backend, options)
  const before = backend.memory?.().tensors
  const found = await run(drawn, backend)
  const after = backend.memory?.().tensors
  const expected = await run(drawn, oracle)
  const noise = noiseOf(tolerance.drawn)
  const noisy = [
    await run(drawn, noisyBackend(drawn.seed, noise)),
    await run(drawn, noisyBackend(drawn.seed + 1, noise)),
  ]
  const findings = expected.map(([name, exact], at): Finding => {
    const lanes: Lanes<HostArray> = { exact, noisy: noisy.map((arrays) => arrays[at]![1]), moved: [] }
    if (!isSteady(lanes, limitOf(tolerance.drawn))) return { error: 0, problems: [] }
    const { error, mismatch } = compareArrays(exact, found[at]![1], tolerance.allowed)
    return { error, problems: mismatch === undefined ? [] : [`${name}: ${mismatch}`] }
  })
  const leaks =
    before === after ? [] : [`Expected ${before} tensors after the run, as before. Received: ${after}.`]
  return together([...findings, { error: 0, problems: leaks }])
}
