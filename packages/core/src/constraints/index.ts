import { withCheckedOptions } from '../options.ts'
import { type DescribedConfig, described, describedConfig } from '../saving/described.ts'
import type { Constraint } from './constraint.ts'
import * as factories from './constraint.ts'

const table = {
  maxNorm: factories.maxNorm,
  minMaxNorm: factories.minMaxNorm,
  nonNeg: factories.nonNeg,
  unitNorm: factories.unitNorm,
}

/**
 * Makes constraints: `constraints.maxNorm({ maxValue: 3 })`.
 *
 * @throws ConfigError for an option that a constraint does not have, or of another type
 */
export const constraints = withCheckedOptions<Constraint, typeof table>(
  'constraints',
  table,
  ({ config }) => config,
)

export type ConstraintName = keyof typeof constraints

/** A constraint, its name, what Keras writes for it, or nothing. */
export type ConstraintLike = Constraint | ConstraintName | DescribedConfig | null

/** @throws ConfigError for a name that no constraint has */
export const constraintOf = (like: ConstraintLike | undefined): Constraint | undefined =>
  like === undefined || like === null ? undefined : described<Constraint>('constraint', like, table)

/** What Keras writes for a constraint. */
export const constraintConfig = (constraint: Constraint | undefined): DescribedConfig | null =>
  constraint === undefined ? null : describedConfig('keras.constraints', constraint)
