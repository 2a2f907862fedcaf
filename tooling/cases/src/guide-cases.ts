import { type Backend, type Data, type HostArray, modelFromConfig, optimizers } from '@fn/core'
import { type GuideFixture, listFixtures, loadFixture } from '@fn/golden'
import { compareArrays } from './compare-arrays.ts'
import { optimizerFrom } from './training-cases.ts'
import { lossesFrom } from './training-options-cases.ts'

/** The programs of the guide at a small size that Keras was asked about. */
export const guideCaseNames = (): readonly string[] => listFixtures('guide')

/**
 * The answers of a program of the guide from given weights, the slopes of its loss, and three steps of its optimizer.
 *
 * @returns a sentence for everything that differs from Keras
 */
export async function guideCase(
  name: string,
  backend: Backend,
  tolerance: number,
): Promise<readonly string[]> {
  const fixture = loadFixture('guide', name)
  const problems: string[] = []
  const check = (what: string, expected: HostArray, actual: HostArray, within = tolerance): void => {
    const { mismatch } = compareArrays(expected, actual, within)
    if (mismatch !== undefined) problems.push(`${what}: ${mismatch}`)
  }
  const [x, y] = [one(fixture.inputs) as Data, one(fixture.targets) as Data]
  const started = (optimizer = optimizerFrom(fixture.compile.optimizer)) => {
    const model = modelFromConfig(fixture.model)
    model.setWeights(fixture.weights)
    const { loss, loss_weights } = fixture.compile
    model.compile({
      backend,
      optimizer,
      loss: lossesFrom(loss),
      ...(loss_weights === null ? {} : { lossWeights: loss_weights }),
    })
    return model
  }

  const model = started()
  const predicted = await model.predict(x as never)
  const list = 'shape' in predicted ? [predicted as HostArray] : Object.values(predicted as object)
  fixture.outputs.forEach((expected, at) => {
    check(`output ${at}`, expected, list[at] as HostArray)
  })

  for (const [step, expected] of fixture.stepLosses.entries()) {
    const { loss } = await model.trainOnBatch(x as never, y as never)
    check(`loss of step ${step + 1}`, scalar(expected), scalar(loss!))
  }
  model.getWeights().forEach((weight, at) => {
    check(`${fixture.weightPaths[at]} after three steps`, fixture.weightsAfter[at]!, weight)
  })
  await model.dispose()

  // One step of plain descent, w′ = w − g, shows the slopes; what is left of small ones in float32 is little.
  if (backend.capabilities.precision === 'float64') {
    const descent = started(optimizers.sgd({ learningRate: 1 }))
    await descent.trainOnBatch(x as never, y as never)
    const after = descent.getWeights().filter((_, at) => fixture.trainable[at])
    const before = fixture.weights.filter((_, at) => fixture.trainable[at])
    fixture.gradients.forEach((expected, at) => {
      check(`slope ${at}`, expected, difference(before[at]!, after[at]!))
    })
    await descent.dispose()
  }
  return problems
}

const one = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)

const scalar = (value: number): HostArray => ({ shape: [], dtype: 'float32', data: Float64Array.of(value) })

const difference = (x: GuideFixture['weights'][number], y: HostArray): HostArray => ({
  shape: x.shape,
  dtype: 'float32',
  data: Float64Array.from(x.data, (value, at) => value - y.data[at]!),
})
