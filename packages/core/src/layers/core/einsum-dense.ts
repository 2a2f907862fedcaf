import {
  type Activation,
  type ActivationLike,
  activationName,
  activationOf,
} from '../../activations/index.ts'
import { ConfigError, ShapeError } from '../../errors.ts'
import { Layer, type LayerOptions } from '../../functional/layer.ts'
import type { Scope } from '../../functional/scope.ts'
import type { Variable, WeightRules } from '../../functional/variable.ts'
import type { TensorType, Value } from '../../program/types.ts'
import { type Equation, einsum, equationOf, withoutEllipsis } from '../einsum.ts'
import { fixedSize } from '../expect.ts'
import { type WeightOptions, weightConfig, weightRules } from '../weight-options.ts'

export interface EinsumDenseOptions extends LayerOptions, WeightOptions<'kernel'>, WeightOptions<'bias'> {
  /** The axes of the input, of the kernel and of the output by letters: 'abc,cd->abd'. */
  readonly equation: string
  /** The sizes of the output without the batch axis; null where the input says them. A number for one axis. */
  readonly outputShape: number | readonly (number | null)[]
  /** The letters of the axes that the bias has; without them there is none. */
  readonly biasAxes?: string | null
  readonly activation?: ActivationLike
}

export class EinsumDense extends Layer {
  static override readonly className = 'EinsumDense'
  override readonly computesWithFloats = true
  readonly equation: string
  readonly outputShapeOption: number | readonly (number | null)[]
  readonly biasAxes: string | null
  readonly activation: Activation
  readonly #parsed: Equation
  readonly #kernelRules: WeightRules
  readonly #biasRules: WeightRules
  kernel!: Variable
  bias?: Variable

  constructor({ equation, outputShape, biasAxes = null, activation, ...options }: EinsumDenseOptions) {
    super(options)
    this.#parsed = equationOf(this.label, equation)
    const sizes = [outputShape].flat() as (number | null)[]
    if (sizes.length === 0 || !sizes.every((size) => size === null || (Number.isInteger(size) && size >= 1)))
      throw new ConfigError(
        `${this.label}: expected outputShape of whole numbers ≥ 1 or null. Received: ${JSON.stringify(outputShape)}.`,
      )
    if (biasAxes !== null && ![...biasAxes].every((letter) => this.#parsed.output.includes(letter)))
      throw new ConfigError(
        `${this.label}: expected biasAxes among the axes of the output. Received: ${JSON.stringify(biasAxes)}.`,
      )
    this.equation = equation
    this.outputShapeOption = outputShape
    this.biasAxes = biasAxes
    this.activation = activationOf(activation)
    this.#kernelRules = weightRules('kernel', options, 'glorotUniform')
    this.#biasRules = weightRules('bias', options, 'zeros')
  }

  override build([x]: readonly TensorType[]): void {
    const equation = withoutEllipsis(this.#parsed, x!.shape.length)
    const sizes = [this.outputShapeOption].flat() as (number | null)[]
    // '...' stands for the axes that the input says: that of the batch is among them where it leads.
    const named = [...this.#parsed.output.replace(/^\.\.\.|^./, '')].filter((letter) => letter !== '.')
    const sizeOf = (letter: string): number => {
      const at = named.indexOf(letter)
      const size = at < 0 ? null : (sizes[at] ?? null)
      if (size !== null) return size
      const axis = equation.x.indexOf(letter)
      if (axis < 0 || axis >= x!.shape.length)
        throw new ShapeError(`expected the size of the axis "${letter}" in outputShape or in the input.`)
      return fixedSize(x!, axis)
    }
    this.kernel = this.addWeight('kernel', [...equation.y].map(sizeOf), this.#kernelRules)
    if (this.biasAxes === null) return
    const letters = [...equation.output]
    const from = Math.min(...[...this.biasAxes].map((letter) => letters.indexOf(letter)))
    const shape = letters.slice(from).map((letter) => (this.biasAxes!.includes(letter) ? sizeOf(letter) : 1))
    this.bias = this.addWeight('bias', shape, this.#biasRules)
  }

  override call([x]: readonly Value[], b: Scope): Value {
    const equation = withoutEllipsis(this.#parsed, x!.shape.length)
    const product = einsum(b, equation, x!, b.read(this.kernel))
    return this.activation(b, this.bias ? b.add(product, b.read(this.bias)) : product)
  }

  override config(): Readonly<Record<string, unknown>> {
    return {
      equation: this.equation,
      outputShape: [this.outputShapeOption].flat(),
      biasAxes: this.biasAxes,
      activation: activationName(this.activation),
      ...weightConfig('kernel', this.#kernelRules),
      ...weightConfig('bias', this.#biasRules),
    }
  }
}

/**
 * Outputs from inputs along whatever axes: y = activation(einsum(equation, x, kernel) + bias).
 *
 * @throws ConfigError for an equation that is none
 * @throws ShapeError for an input of other axes than the equation says
 * @example
 * const heads = layers.einsumDense({ equation: 'abc,cde->abde', outputShape: [null, 4, 16], biasAxes: 'de' })(
 *   input({ shape: [24, 64] }),
 * ) // [null, 24, 4, 16]
 */
export const einsumDense = (options: EinsumDenseOptions): EinsumDense => new EinsumDense(options)
