import {
  type Attributes,
  Builder,
  type Equation,
  type EquationOf,
  isConcrete,
  type OpName,
  type Program,
  prune,
  sameShape,
  type Value,
} from '@fn/core'
import { readersOf } from '../demand.ts'

/**
 * The same program with less to do at each run. What only scales and shifts a product goes into its weights, and padding
 * into the convolution or the pooling behind it:
 *
 * - batch normalization of x ∗ W + b is x ∗ (W s) + (b s + t), with s = γ / √(σ² + ε) and t = β − μ s
 * - (x ∗ W + b) c is x ∗ (W c) + b c, with a number c
 * - x ∗ W of an x that zeros were put around is a convolution with more padding; so is a maximum over what is not
 *   negative
 *
 * Answers change by rounding alone.
 *
 * @param weights the names of the inputs that are known when the file is written
 */
export function fuse(program: Program, weights: ReadonlySet<string>): Program {
  const readers = readersOf(program)
  const b = new Fusing()
  const here = new Map<number, Value>()
  for (const input of program.inputs) {
    const value = b.input(input, input.name!)
    here.set(input.id, value)
    if (weights.has(input.name!)) b.known.add(value.id)
  }
  for (const { op, inputs, attrs, outputs, path } of program.equations) {
    const given = inputs.map(({ id }) => here.get(id)!)
    const written = b.under(path, () => fused(b, op, given, attrs) ?? b.emit(op, given, attrs))
    outputs.forEach(({ id }, at) => {
      here.set(id, written[at]!)
      if (readers.get(id)?.length === 1) b.alone.add(written[at]!.id)
    })
  }
  const find = ({ id }: Value): Value => here.get(id)!
  return prune(b.build(program.outputNames.map((name, at) => [name, find(program.outputs[at]!)] as const)))
}

/** A builder that remembers where values come from, which of them follow from weights alone, and which are read once. */
class Fusing extends Builder {
  readonly known = new Set<number>()
  readonly alone = new Set<number>()
  readonly #origins = new Map<number, Equation>()

  override emit<Op extends OpName>(
    op: Op,
    inputs: readonly Value[],
    attrs: Attributes[Op],
    path = this.path,
  ): readonly Value[] {
    const outputs = super.emit(op, inputs, attrs, path)
    const isKnown = op !== 'random' && inputs.every(({ id }) => this.known.has(id))
    for (const { id } of outputs) {
      this.#origins.set(id, this.lastEquation)
      if (isKnown) this.known.add(id)
    }
    return outputs
  }

  originOf = ({ id }: Value): Equation | undefined => this.#origins.get(id)

  isKnown = ({ id }: Value): boolean => this.known.has(id)

  /** The equation that gives a value, if it gives it to one reader. */
  lonely = (value: Value): Equation | undefined =>
    this.alone.has(value.id) ? this.originOf(value) : undefined
}

type Rule = (b: Fusing, inputs: readonly Value[], attrs: never) => Value | undefined

const rules: { readonly [Op in OpName]?: Rule } = {
  call: (b, inputs, attrs: Attributes['call']) =>
    attrs.name === 'batchNormInference' ? normalized(b, inputs, attrs.options.epsilon as number) : undefined,
  mul: (b, [x, y]) => scaledBy(b, x!, y!) ?? scaledBy(b, y!, x!),
  // What is summed up keeps its axes, of size 1, where they come back behind the sum or the mean.
  reshape(b, [x], { shape }: Attributes['reshape']) {
    const origin = b.lonely(x!)
    const isMean = origin?.op === 'div' && origin.inputs[1]!.shape.length === 0
    const sum = isMean ? b.lonely(origin.inputs[0]!) : origin
    if (sum?.op !== 'reduceSum' || sum.attrs.keepDims) return undefined
    const [whole] = sum.inputs
    const kept = whole!.shape.map((dim, axis) => (sum.attrs.axes.includes(axis) ? 1 : dim))
    if (!sameShape(kept, shape)) return undefined
    const total = b.reduceSum(whole!, sum.attrs.axes, true)
    return isMean ? b.div(total, origin.inputs[1]!) : total
  },
  conv(b, [x, kernel], attrs: Attributes['conv']) {
    const pad = paddingOf(b, x!)
    return pad && b.conv(pad.inputs[0]!, kernel!, { ...attrs, padding: widened(attrs.padding, pad) })
  },
  maxPool(b, [x], attrs: Attributes['maxPool']) {
    const pad = paddingOf(b, x!)
    if (pad === undefined || !isNotNegative(b, pad.inputs[0]!)) return undefined
    const padding = widened(attrs.padding, pad)
    // Every window must still meet an element.
    const meets = padding.every((amounts, axis) => amounts.every((amount) => amount < attrs.window[axis]!))
    return meets ? b.maxPool(pad.inputs[0]!, { ...attrs, padding }) : undefined
  },
}

function fused<Op extends OpName>(
  b: Fusing,
  op: Op,
  inputs: readonly Value[],
  attrs: Attributes[Op],
): readonly Value[] | undefined {
  const value = rules[op]?.(b, inputs, attrs as never)
  return value && [value]
}

function normalized(
  b: Fusing,
  [x, gamma, beta, mean, variance]: readonly Value[],
  epsilon: number,
): Value | undefined {
  const parameters = [gamma!, beta!, mean!, variance!]
  if (!parameters.every(b.isKnown)) return undefined
  const { product, bias } = biased(b, x!)
  if (product === undefined || (bias?.shape.length ?? 1) !== 1) return undefined
  const scale = b.div(gamma!, b.sqrt(b.add(variance!, epsilon)))
  const shift = b.sub(beta!, b.mul(mean!, scale))
  // Before the product, whose node then adds it.
  const moved = bias === undefined ? shift : b.add(b.mul(bias, scale), shift)
  return b.under(product.path, () => {
    const scaled = scaledProduct(b, product, scale)
    return scaled && b.add(scaled, moved)
  })
}

/** A product, with its bias, times a number. */
function scaledBy(b: Fusing, x: Value, factor: Value): Value | undefined {
  if (!b.isKnown(factor) || factor.shape.length > 0) return undefined
  const { product, bias } = biased(b, x)
  const [left, kernel] = product?.inputs ?? []
  if (product === undefined || kernel === undefined || !b.isKnown(kernel)) return undefined
  const moved = bias && b.mul(bias, factor)
  return b.under(product.path, () => {
    const scaled = productOf(b, product, left!, b.mul(kernel, factor))
    return scaled && moved ? b.add(scaled, moved) : scaled
  })
}

/** The same product of other operands. */
function productOf(b: Fusing, product: Equation, x: Value, kernel: Value): Value | undefined {
  switch (product.op) {
    case 'conv':
      return b.conv(x, kernel, product.attrs)
    case 'convTranspose':
      return b.convTranspose(x, kernel, product.attrs)
    case 'dot':
      return b.dot(x, kernel, product.attrs)
    default:
      return undefined
  }
}

/** x as a product, or as one and a bias that is known. */
function biased(b: Fusing, x: Value): { readonly product: Equation | undefined; readonly bias?: Value } {
  const origin = b.lonely(x)
  if (origin?.op !== 'add') return { product: origin }
  const [left, right] = origin.inputs as readonly [Value, Value]
  for (const [value, bias] of [
    [left, right],
    [right, left],
  ] as const) {
    if (b.isKnown(bias) && value.shape.length === x.shape.length) return { product: b.lonely(value), bias }
  }
  return { product: undefined }
}

/** A product with each of its channels multiplied by a number. */
function scaledProduct(b: Fusing, product: Equation, scale: Value): Value | undefined {
  const [x, kernel] = product.inputs as readonly [Value, Value]
  if (kernel === undefined || !b.isKnown(kernel)) return undefined
  switch (product.op) {
    case 'conv':
      return productOf(b, product, x, b.mul(kernel, scale))
    case 'convTranspose': {
      // The channels of its result are those that the convolution would take: the last axis but one of the kernel.
      const across = b.reshape(scale, [scale.shape[0]!, 1])
      return product.attrs.groups === 1 ? productOf(b, product, x, b.mul(kernel, across)) : undefined
    }
    case 'dot': {
      const { contract, batch } = product.attrs
      const isMatrix = kernel.shape.length === 2 && contract[1].join() === '0' && batch[1].length === 0
      return isMatrix ? productOf(b, product, x, b.mul(kernel, scale)) : undefined
    }
    default:
      return undefined
  }
}

/** Zeros that were put around the spatial axes of x. */
function paddingOf(b: Fusing, x: Value): EquationOf<'pad'> | undefined {
  const origin = b.originOf(x)
  if (origin?.op !== 'pad' || origin.attrs.value !== 0) return undefined
  const { low, high } = origin.attrs
  if (!isConcrete(low) || !isConcrete(high)) return undefined
  const edges = [0, x.shape.length - 1]
  const isSpatial = edges.every((axis) => low[axis] === 0 && high[axis] === 0)
  return isSpatial && [...low, ...high].every((amount) => amount >= 0) ? origin : undefined
}

const widened = (
  padding: readonly (readonly [number, number])[],
  { attrs: { low, high } }: EquationOf<'pad'>,
): readonly (readonly [number, number])[] =>
  padding.map(
    ([before, after], axis) => [before + Number(low[axis + 1]), after + Number(high[axis + 1])] as const,
  )

/** Whether it can be seen that x ≥ 0. */
function isNotNegative(b: Fusing, x: Value): boolean {
  const origin = b.originOf(x)
  switch (origin?.op) {
    case 'call':
      return ['relu', 'softmax', 'softplus'].includes(origin.attrs.name)
    case 'constant':
      return origin.attrs.data.length === 1 && origin.attrs.data[0]! >= 0
    case 'max':
      return origin.inputs.some((input) => isNotNegative(b, input))
    case 'min':
    case 'add':
    case 'mul':
      return origin.inputs.every((input) => isNotNegative(b, input))
    case 'abs':
    case 'exp':
    case 'sigmoid':
      return true
    default:
      return false
  }
}
