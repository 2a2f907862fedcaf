import { contract } from './contract.ts'
import { elementwise } from './elementwise.ts'
import { scan } from './loop.ts'
import { move } from './move.ts'
import type { Step } from './step.ts'

/** Steps shrink to this one: whatever else fails does so without them. */
const nothing: Step = () => []

/** What a random program is made of. */
export const steps = { nothing, ...elementwise, ...move, ...contract, scan } satisfies Record<string, Step>

export type StepName = keyof typeof steps
export const stepNames = Object.keys(steps) as readonly StepName[]
