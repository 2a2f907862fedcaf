import { type ConstraintLike, constraintConfig, constraintOf } from '../constraints/index.ts'
import type { WeightRules } from '../functional/variable.ts'
import { type InitializerLike, initializerConfig, initializerOf } from '../initializers/index.ts'
import { type RegularizerLike, regularizerConfig, regularizerOf } from '../regularizers/index.ts'

/** What a layer lets its user say of a weight: `kernelInitializer`, `kernelRegularizer`, `kernelConstraint`. */
export type WeightOptions<Name extends string> = {
  readonly [Key in `${Name}Initializer`]?: InitializerLike
} & { readonly [Key in `${Name}Regularizer`]?: RegularizerLike } & {
  readonly [Key in `${Name}Constraint`]?: ConstraintLike
}

/**
 * The rules of a weight from the options of its layer.
 *
 * @throws ConfigError for a name that is not known
 */
export function weightRules<Name extends string>(
  name: Name,
  options: WeightOptions<NoInfer<Name>>,
  initializer: InitializerLike,
): WeightRules {
  const given = options as Readonly<Record<string, unknown>>
  return {
    initializer: initializerOf((given[`${name}Initializer`] as InitializerLike | undefined) ?? initializer),
    regularizer: regularizerOf(given[`${name}Regularizer`] as RegularizerLike | undefined),
    constraint: constraintOf(given[`${name}Constraint`] as ConstraintLike | undefined),
  }
}

/** The rules of a weight in the config of its layer. */
export const weightConfig = (
  name: string,
  { initializer, regularizer, constraint }: WeightRules,
): Readonly<Record<string, unknown>> => ({
  [`${name}Initializer`]: initializerConfig(initializer),
  [`${name}Regularizer`]: regularizerConfig(regularizer),
  [`${name}Constraint`]: constraintConfig(constraint),
})
