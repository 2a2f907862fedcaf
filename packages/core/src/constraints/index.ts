import { type DescribedConfig, described, describedConfig } from '../saving/described.ts'
import type { Constraint } from './constraint.ts'
import * as factories from './constraint.ts'

/** Makes constraints: `constraints.maxNorm({ maxValue: 3 })`. */
export const constraints = {
  maxNorm: factories.maxNorm,
  minMaxNorm: factories.minMaxNorm,
  nonNeg: factories.nonNeg,
  unitNorm: factories.unitNorm,
}

export type ConstraintName = keyof typeof constraints

/** A constraint, its name, what Keras writes for it, or nothing. */
export type ConstraintLike = Constraint | ConstraintName | DescribedConfig | null

/** @throws ConfigError for a name that no constraint has */
export const constraintOf = (like: ConstraintLike | undefined): Constraint | undefined =>
  like === undefined || like === null ? undefined : described<Constraint>('constraint', like, constraints)

/** What Keras writes for a constraint. */
export const constraintConfig = (constraint: Constraint | undefined): DescribedConfig | null =>
  constraint === undefined ? null : describedConfig('keras.constraints', constraint)
