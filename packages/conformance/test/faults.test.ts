import { createReference } from '@fn/backend-reference'
import { describe, expect, it } from 'vitest'
import { findingOf, suite } from '../src/index.ts'
import { seededFaults } from './support/faults.ts'
import { Changeling } from './support/faulty.ts'

const judged = new Changeling(createReference())
const parts = ['operations', 'training', 'contract'] as const
const checks = new Map(suite(judged, { parts }).map((check) => [check.name, check]))

/** Those of the checks that find something. */
async function failing(names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of names) {
    const check = checks.get(name)
    if (check === undefined) throw new Error(`There is no check "${name}".`)
    if ((await findingOf(check)).problems.length > 0) found.push(name)
  }
  return found
}

describe('a backend with a fault is caught by the check that names it', () => {
  it.each(Object.entries(seededFaults))('%s', async (_name, { fault, caughtBy, passes = [] }) => {
    judged.become(fault(createReference()))
    expect(await failing(caughtBy)).toEqual(caughtBy)
    expect(await failing(passes)).toEqual([])
  })

  it('and without a fault by none of them', async () => {
    judged.become(createReference())
    const named = Object.values(seededFaults).flatMap(({ caughtBy, passes = [] }) => [...caughtBy, ...passes])
    expect(await failing([...new Set(named)])).toEqual([])
  })
})
