import type { Backend } from '@fn/core'
import type { Check } from '../check.ts'
import { ownershipChecks } from './ownership-checks.ts'
import { profileChecks } from './profile-checks.ts'
import { refusalChecks } from './refusal-checks.ts'
import { trainingContractChecks } from './training-contract-checks.ts'

/** What `Backend` promises whatever the program: who owns a tensor, what is refused, what is left behind, what takes how long. */
export const contractChecks = (backend: Backend): readonly Check[] => [
  ...ownershipChecks(backend),
  ...refusalChecks(backend),
  ...trainingContractChecks(backend),
  ...profileChecks(backend),
]
