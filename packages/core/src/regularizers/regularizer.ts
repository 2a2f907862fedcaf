import { ConfigError, ShapeError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape } from '../program/dims.ts'
import type { Value } from '../program/types.ts'
import type { Described } from '../saving/described.ts'

/** What a tensor costs for being as it is: a scalar that is added to the loss. */
export interface Regularizer extends Described {
  penalty(b: Builder, x: Value): Value
}

/** @throws ConfigError for anything but a finite number from 0 on */
function factorOf(name: string, value: number): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new ConfigError(`Expected ${name} to be a finite number ≥ 0. Received: ${JSON.stringify(value)}.`)
}

/** l1 · Σ |x| */
export function l1(options: { readonly l1?: number | null } = {}): Regularizer {
  const factor = factorOf('l1', options.l1 ?? 0.01)
  return {
    className: 'L1',
    config: { l1: factor },
    penalty: (b, x) => b.mul(b.reduceSum(b.abs(x)), factor),
  }
}

/** l2 · Σ x² */
export function l2(options: { readonly l2?: number | null } = {}): Regularizer {
  const factor = factorOf('l2', options.l2 ?? 0.01)
  return {
    className: 'L2',
    config: { l2: factor },
    penalty: (b, x) => b.mul(b.reduceSum(b.square(x)), factor),
  }
}

/** l1 · Σ |x| + l2 · Σ x² */
export function l1l2(
  options: { readonly l1?: number | null; readonly l2?: number | null } = {},
): Regularizer {
  const [first, second] = [factorOf('l1', options.l1 ?? 0), factorOf('l2', options.l2 ?? 0)]
  return {
    className: 'L1L2',
    config: { l1: first, l2: second },
    penalty: (b, x) => b.add(b.mul(b.reduceSum(b.abs(x)), first), b.mul(b.reduceSum(b.square(x)), second)),
  }
}

export interface OrthogonalRegularizerOptions {
  readonly factor?: number
  /** Which vectors of a matrix are to be orthogonal to each other. */
  readonly mode?: 'rows' | 'columns'
}

/** Keeps the length of a vector away from 0, as in Keras. */
const EPSILON = 1e-12

/**
 * factor · mean |⟨vᵢ, vⱼ⟩| over the pairs i < j of the rows or columns of a matrix, brought to length 1.
 *
 * @throws ShapeError for a tensor of another rank than 2
 */
export function orthogonalRegularizer(options: OrthogonalRegularizerOptions = {}): Regularizer {
  const { factor = 0.01, mode = 'rows' } = options
  factorOf('factor', factor)
  if (mode !== 'rows' && mode !== 'columns')
    throw new ConfigError(`Expected mode to be rows or columns. Received: ${JSON.stringify(mode)}.`)
  const along = mode === 'rows' ? 1 : 0
  return {
    className: 'OrthogonalRegularizer',
    config: { factor, mode },
    penalty(b, x) {
      const count = x.shape[1 - along]
      if (x.shape.length !== 2 || typeof count !== 'number')
        throw new ShapeError(
          `expected a weight of rank 2 to be orthogonal. Received: ${formatShape(x.shape)}.`,
        )
      const lengths = b.sqrt(b.max(b.reduceSum(b.square(x), [along], true), EPSILON))
      const unit = b.div(x, lengths)
      const products = b.dot(unit, unit, { contract: [[along], [along]], batch: [[], []] })
      const same = b.equal(b.iota([count, count], 0), b.iota([count, count], 1))
      const others = b.select(same, b.zerosLike(products), b.abs(products))
      return b.mul(b.reduceSum(others), (0.5 * factor) / ((count * (count - 1)) / 2))
    },
  }
}
