import { type Backend, type Data, type HostArray, modelFromConfig, optimizers } from '@fn/core'
import { type GuideFixture, listFixtures, loadFixture } from '@fn/golden'
import type { Finding } from '../check.ts'
import { KerasReport, listOf, oneOrAll } from './keras-report.ts'
import { optimizerFrom } from './training-cases.ts'
import { lossesFrom } from './training-options-cases.ts'

/** The programs of the guide at a small size that Keras was asked about. */
export const guideCaseNames = (): readonly string[] => listFixtures('guide')

/**
 * The answers of a program of the guide from given weights, the slopes of its loss, and three steps of its optimizer.
 *
 * @returns what differs from Keras
 */
export async function guideCase(name: string, backend: Backend, tolerance: number): Promise<Finding> {
  const fixture = loadFixture('guide', name)
  const report = new KerasReport(tolerance)
  const [x, y] = [oneOrAll(fixture.inputs) as Data, oneOrAll(fixture.targets) as Data]
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
  const predicted = listOf(await model.predict(x as never))
  fixture.outputs.forEach((expected, at) => {
    report.array(`output ${at}`, expected, predicted[at])
  })

  for (const [step, expected] of fixture.stepLosses.entries()) {
    const { loss } = await model.trainOnBatch(x as never, y as never)
    report.number(`loss of step ${step + 1}`, expected, loss!)
  }
  model.getWeights().forEach((weight, at) => {
    report.array(`${fixture.weightPaths[at]} after three steps`, fixture.weightsAfter[at]!, weight)
  })
  await model.dispose()

  // One step of plain descent, w′ = w − g, shows the slopes; what is left of small ones in float32 is little.
  if (backend.capabilities.precision === 'float64') {
    const descent = started(optimizers.sgd({ learningRate: 1 }))
    await descent.trainOnBatch(x as never, y as never)
    const after = descent.getWeights().filter((_, at) => fixture.trainable[at])
    const before = fixture.weights.filter((_, at) => fixture.trainable[at])
    fixture.gradients.forEach((expected, at) => {
      report.array(`slope ${at}`, expected, difference(before[at]!, after[at]!))
    })
    await descent.dispose()
  }
  return report.finding
}

const difference = (x: GuideFixture['weights'][number], y: HostArray): HostArray => ({
  shape: x.shape,
  dtype: 'float32',
  data: Float64Array.from(x.data, (value, at) => value - y.data[at]!),
})
