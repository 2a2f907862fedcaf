import type { Backend } from '@fn/core'
import type { Check } from '../check.ts'
import { models, trainings } from '../random/model-properties.ts'
import { gradients, programs } from '../random/program-properties.ts'
import { findingOfProperty, type Property } from '../random/property.ts'
import type { SuiteOptions } from '../suite.ts'

/** How many checks of how many draws, and the milliseconds after which one ends in any case. */
interface Extent {
  readonly checks: number
  readonly runs: number
  readonly timeLimit: number
}

/**
 * Programs and models that nobody has thought of. Each check has a seed of its own, so that a failure is the same the
 * next time; what fails is reported in its simplest form.
 */
export function randomChecks(backend: Backend, oracle: Backend, options: SuiteOptions): readonly Check[] {
  const { quick, seed = 1, path } = options
  const checks = <Drawn>(subject: string, extent: Extent, property: Property<Drawn>): readonly Check[] =>
    Array.from({ length: quick ? 1 : extent.checks }, (_, at) => ({
      name: `${subject}, seed ${seed + at}`,
      part: 'random',
      subject,
      run: () =>
        findingOfProperty(property, {
          seed: seed + at,
          path: at === 0 ? path : undefined,
          runs: quick ? Math.ceil(extent.runs / 3) : extent.runs,
          timeLimit: quick ? extent.timeLimit / 2 : extent.timeLimit,
        }),
    }))
  return [
    ...checks('random programs', { checks: 4, runs: 75, timeLimit: 1700 }, programs(backend, options)),
    ...checks(
      'slopes of random programs',
      { checks: 3, runs: 50, timeLimit: 1300 },
      gradients(backend, options),
    ),
    ...checks('random models', { checks: 3, runs: 20, timeLimit: 1300 }, models(backend, oracle, options)),
    ...checks(
      'training of random models',
      { checks: 2, runs: 15, timeLimit: 1300 },
      trainings(backend, oracle, options),
    ),
  ]
}
