import type { Backend } from '@fn/core'
import { loadFixture } from '@fn/golden'
import type { Check } from '../check.ts'
import { guideCase, guideCaseNames } from '../keras/guide-cases.ts'
import { type LayerCase, layerCase, layerCaseNames } from '../keras/layer-cases.ts'
import { operationCase, operationCaseNames } from '../keras/operation-cases.ts'
import { partCases } from '../keras/part-cases.ts'
import { recurrentCase, recurrentCaseNames, secondCallCase } from '../keras/recurrent-cases.ts'
import { trainingCase, trainingCaseNames } from '../keras/training-cases.ts'
import { trainingOptionsCase, trainingOptionsCaseNames } from '../keras/training-options-cases.ts'
import { once } from '../remembered.ts'
import { isRefused, judge } from '../run-on.ts'
import type { SuiteOptions } from '../suite.ts'
import { unlessLacking } from './unless-lacking.ts'

/** Keras computed in float32: what is left between it and float64, and another float32 engine. */
const toleranceOf = ({ capabilities }: Backend): number =>
  capabilities.precision === 'float64' ? 1e-5 : 2e-5
/** Adam's 1 − 0.999 alone is off by 1.3e-5 in float32. */
const TRAINING = 1e-4
/** Of a saturated softmax only noise is left in float32. */
const NOISE = 1e-12

/** What the cases of layers are about, and these. */
const layerCases = once((): readonly (readonly [subject: string, LayerCase | undefined])[] => [
  ...layerCaseNames().map((name) => [loadFixture('layers', name).class_name, layerCase(name)] as const),
  ...recurrentCaseNames().flatMap((name) => {
    const { class_name } = loadFixture('recurrent', name)
    return [[class_name, recurrentCase(name)] as const, [class_name, secondCallCase(name)] as const]
  }),
  ...operationCaseNames().map((name) => ['raw operations', operationCase(name)] as const),
])

/** Every layer and every operation on tensors, forward and gradient, against real Keras. */
export function layerChecks(backend: Backend, options: SuiteOptions): readonly Check[] {
  const tolerance = options.tolerance(toleranceOf(backend))
  return layerCases().flatMap(([subject, layer]): Check[] => {
    if (layer === undefined || isRefused(backend, layer.program)) return []
    const { program, inputs, expected } = layer
    const loud = Object.entries(expected).filter(([, { data }]) =>
      data.some((value) => Math.abs(value) > NOISE),
    )
    return [
      {
        name: `${subject}: ${layer.name}`,
        part: 'layers',
        subject,
        run: () => judge(backend, program, inputs, Object.fromEntries(loud), tolerance),
      },
    ]
  })
}

/** Losses, metrics and optimizers by themselves, and whole runs of fit, evaluate and predict, against real Keras. */
export function trainingChecks(backend: Backend, options: SuiteOptions): readonly Check[] {
  const tolerance = options.tolerance(toleranceOf(backend))
  const training = options.tolerance(TRAINING)
  const runs = [
    ['fit', trainingCaseNames, trainingCase],
    ['guide', guideCaseNames, guideCase],
    ['fit with options', trainingOptionsCaseNames, trainingOptionsCase],
  ] as const
  return [
    ...partCases().map(({ name, className, run }) => ({
      name,
      part: 'training' as const,
      subject: className,
      run: () => unlessLacking(backend, (engine) => run(engine, tolerance)),
    })),
    ...runs.flatMap(([kind, names, run]) =>
      names().map((name) => ({
        name: `${kind}: ${name}`,
        part: 'training' as const,
        subject: 'fit, evaluate, predict',
        run: () => unlessLacking(backend, (engine) => run(name, engine, training)),
      })),
    ),
  ]
}
