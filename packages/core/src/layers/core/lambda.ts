import { ConfigError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Value } from '../../program/types.ts'

/** What a lambda layer does with one tensor, or with several. */
export type LambdaFunction = (b: Scope, ...inputs: readonly Value[]) => Value

/** A function over the builder as a layer. */
export class Lambda extends Layer {
  static override readonly className = 'Lambda'
  override readonly arity: number | undefined = undefined
  readonly #write: LambdaFunction

  constructor(write: LambdaFunction, options: LayerOptions = {}) {
    super(options)
    if (typeof write !== 'function') {
      throw new ConfigError(`${this.label}: expected a function over the builder. Received: ${typeof write}.`)
    }
    this.#write = write
  }

  override call(inputs: readonly Value[], b: Scope): Value {
    return this.#write(b, ...inputs)
  }

  override expectKnownOptions(): void {
    super.expectKnownOptions({})
  }

  override config(): never {
    throw new ConfigError(
      `${this.label}: a function can not be written to a config. Make it the call of a class that extends Layer, which is read back as one of the customObjects.`,
    )
  }
}

/**
 * A function over the builder as a layer, for what no layer does: of one tensor, or of several. It trains and exports like
 * any other, and hands on no mask. It can not be written to a config: there a class with the same `call` belongs.
 *
 * @throws ConfigError for what is no function, and from toConfig
 * @example
 * const unit = layers.lambda((b, x) => b.div(x!, b.sqrt(b.reduceSum(b.square(x!), [-1], true))))(features)
 */
export const lambda = (write: LambdaFunction, options: LayerOptions = {}): Lambda =>
  new Lambda(write, options)
