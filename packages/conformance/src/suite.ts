import { createReference } from '@fn/backend-reference'
import type { Backend } from '@fn/core'
import type { Check, Part } from './check.ts'
import { contractChecks } from './checks/contract-checks.ts'
import { layerChecks, trainingChecks } from './checks/keras-checks.ts'
import { opChecks } from './checks/op-checks.ts'
import { randomChecks } from './checks/random-checks.ts'

/** What all checks of one suite go by. */
export interface SuiteOptions {
  readonly quick: boolean
  /** What a check may tolerate on this backend, of what it tolerates on others. */
  tolerance(own: number): number
  readonly seed?: number | undefined
  readonly path?: string | undefined
}

export interface Choice {
  /** Whether a part will do, chosen to hold something of everything, and the program as it is the only route. */
  readonly quick?: boolean
  /** The least that float32 answers are allowed to be off by, for engines that are less exact than float32, and why. */
  readonly tolerance?: { readonly float32: number; readonly reason: string }
  /** Only these; else all. */
  readonly parts?: readonly Part[]
  /** Where draws start from, for the part 'random'. 1 if nothing is said. */
  readonly seed?: number
  /** What a failure of the part 'random' says beside its seed: leads straight to it. */
  readonly path?: string
}

/**
 * Everything that a backend has to get right and, by its capabilities, can.
 *
 * @example
 * for (const check of suite(backend)) console.log(check.name, await check.run())
 */
export function suite(
  backend: Backend,
  { quick = false, tolerance, parts, seed, path }: Choice = {},
): readonly Check[] {
  const oracle = createReference()
  const options: SuiteOptions = {
    quick,
    tolerance: (own) => Math.max(own, tolerance?.float32 ?? 0),
    seed,
    path,
  }
  const makers: Readonly<Record<Part, () => readonly Check[]>> = {
    operations: () => opChecks(backend, oracle, options),
    layers: () => layerChecks(backend, options),
    training: () => trainingChecks(backend, options),
    contract: () => contractChecks(backend),
    random: () => randomChecks(backend, oracle, options),
  }
  const wanted = Object.entries(makers).filter(
    ([part]) => parts === undefined || parts.includes(part as Part),
  )
  const checks = wanted.flatMap(([, make]) => make())
  return quick ? some(checks) : checks
}

/** The first two checks of each subject, and then every sixth. */
function some(checks: readonly Check[]): readonly Check[] {
  const seen = new Map<string, number>()
  return checks.filter(({ part, subject }) => {
    const at = seen.get(`${part} ${subject}`) ?? 0
    seen.set(`${part} ${subject}`, at + 1)
    return part === 'contract' || at < 2 || at % 6 === 0
  })
}
