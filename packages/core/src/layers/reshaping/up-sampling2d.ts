import type { Scope } from '../../functional/scope.ts'
import { addDims, productOf } from '../../program/dims.ts'
import type { Value } from '../../program/types.ts'
import { expectOneOf, expectRank } from '../expect.ts'
import { UpSampling, type UpSamplingOptions } from './up-sampling.ts'

const interpolations = ['nearest', 'bilinear'] as const

export interface UpSampling2dOptions extends UpSamplingOptions {
  /** nearest: each element is repeated. bilinear: between two elements lies their weighted mean. */
  readonly interpolation?: (typeof interpolations)[number]
}

export class UpSampling2D extends UpSampling {
  static override readonly className = 'UpSampling2D'
  readonly interpolation: (typeof interpolations)[number]

  constructor({ interpolation = 'nearest', ...options }: UpSampling2dOptions) {
    super(2, options)
    expectOneOf(this.label, 'interpolation', interpolation, interpolations)
    this.interpolation = interpolation
  }

  override call([x]: readonly Value[], b: Scope): Value {
    if (this.interpolation === 'nearest') return super.call([x!], b)
    expectRank(x!, 4)
    return this.size.reduce((y, times, at) => interpolated(y, at + 1, times, b), x!)
  }

  override config(): Readonly<Record<string, unknown>> {
    return { ...super.config(), interpolation: this.interpolation }
  }
}

/** Linear interpolation along one axis, as a product with a matrix [size, size · times]. */
function interpolated(x: Value, axis: number, times: number, b: Scope): Value {
  if (times === 1) return x
  const size = x.shape[axis]!
  if (typeof size !== 'number') return interpolatedByPhase(x, axis, times, b)
  const matrix = new Float32Array(size * size * times)
  for (let to = 0; to < size * times; to++) {
    // Elements stand in the middle of their cells: place (to + ½) / times lies between two middles.
    const place = (to + 0.5) / times - 0.5
    const low = Math.floor(place)
    const share = place - low
    for (const [from, weight] of [
      [low, 1 - share],
      [low + 1, share],
    ] as const) {
      const row = Math.min(Math.max(from, 0), size - 1)
      matrix[row * size * times + to]! += weight
    }
  }
  const product = b.dot(x, b.constant(matrix, [size, size * times]), {
    contract: [[axis], [0]],
    batch: [[], []],
  })
  // The new axis came last.
  const order = x.shape.map((_, at) => (at < axis ? at : at === axis ? x.shape.length - 1 : at - 1))
  return b.transpose(product, order)
}

/**
 * The same along an axis of unknown size: the elements at `times · i + phase` are one weighted mean of neighbors for all i.
 * Beyond both ends stands the last element.
 */
function interpolatedByPhase(x: Value, axis: number, times: number, b: Scope): Value {
  const size = x.shape[axis]!
  const first = b.sliceAxis(x, axis, 0, 1)
  const last = b.sliceAxis(b.reverse(x, [axis]), axis, 0, 1)
  const around = b.concat([first, x, last], axis)
  const from = (start: number): Value => b.sliceAxis(around, axis, start, addDims(size, start))
  const phases = Array.from({ length: times }, (_, phase) => {
    const place = (phase + 0.5) / times - 0.5
    const low = Math.floor(place)
    const share = place - low
    const mean = b.add(b.mul(from(low + 1), 1 - share), b.mul(from(low + 2), share))
    return b.reshape(mean, [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)])
  })
  const joined = b.concat(phases, axis + 1)
  return b.reshape(
    joined,
    x.shape.map((dim, at) => (at === axis ? productOf([dim, times]) : dim)),
  )
}

/**
 * Enlarges an image: [batch, height, width, channels] → [batch, height′, width′, channels].
 *
 * @throws ConfigError for sizes that are no whole numbers from 1 on
 * @throws ShapeError for an input of another rank
 * @example
 * const larger = layers.upSampling2d({ size: 2 })(input({ shape: [28, 28, 8] })) // [null, 56, 56, 8]
 */
export const upSampling2d = (options: UpSampling2dOptions = {}): UpSampling2D => new UpSampling2D(options)
