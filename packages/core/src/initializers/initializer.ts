import { ShapeError } from '../errors.ts'
import { sizeOf } from '../program/dims.ts'
import { Generator } from '../random/philox.ts'
import type { Described } from '../saving/described.ts'

/** Where a weight starts. */
export interface Initializer extends Described {
  /** Row-major start values of a weight of that shape; its own seed goes before the given one. */
  values(shape: readonly number[], seed: number): ArrayLike<number>
}

export interface SeedOptions {
  /** Fixes the numbers; without it they follow from `setRandomSeed`. */
  readonly seed?: number | null
}

/** What flows into and out of one unit of a kernel [...window, in, out]. */
function fans(shape: readonly number[]): readonly [fanIn: number, fanOut: number] {
  if (shape.length === 0) return [1, 1]
  if (shape.length === 1) return [shape[0]!, shape[0]!]
  const window = sizeOf(shape.slice(0, -2))
  return [shape[shape.length - 2]! * window, shape[shape.length - 1]! * window]
}

const filled = (className: string, value: number) => (): Initializer => ({
  className,
  config: {},
  values: (shape) => new Float32Array(sizeOf(shape)).fill(value),
})

export const zeros = filled('Zeros', 0)
export const ones = filled('Ones', 1)

/** The same value everywhere. */
export const constant = ({ value = 0 }: { readonly value?: number } = {}): Initializer => ({
  className: 'Constant',
  config: { value },
  values: (shape) => new Float32Array(sizeOf(shape)).fill(value),
})

type Draw = (generator: Generator, shape: readonly number[]) => Float64Array

function seeded(
  className: string,
  config: Readonly<Record<string, unknown>>,
  seed: number | null | undefined,
  draw: Draw,
): Initializer {
  return {
    className,
    config: { ...config, seed: seed ?? null },
    values: (shape, given) => draw(new Generator(seed ?? given), shape),
  }
}

/** Uniform on [minval, maxval). */
export const randomUniform = ({
  minval = -0.05,
  maxval = 0.05,
  seed,
}: SeedOptions & { readonly minval?: number; readonly maxval?: number } = {}) =>
  seeded('RandomUniform', { minval, maxval }, seed, (generator, shape) =>
    generator.uniform(sizeOf(shape)).map((value) => minval + (maxval - minval) * value),
  )

export interface NormalOptions extends SeedOptions {
  readonly mean?: number
  readonly stddev?: number
}

export const randomNormal = ({ mean = 0, stddev = 0.05, seed }: NormalOptions = {}) =>
  seeded('RandomNormal', { mean, stddev }, seed, (generator, shape) =>
    generator.normal(sizeOf(shape)).map((value) => mean + stddev * value),
  )

/** Normal, without what lies beyond two standard deviations. */
export const truncatedNormal = ({ mean = 0, stddev = 0.05, seed }: NormalOptions = {}) =>
  seeded('TruncatedNormal', { mean, stddev }, seed, (generator, shape) =>
    generator.truncatedNormal(sizeOf(shape)).map((value) => mean + stddev * value),
  )

export interface VarianceScalingOptions extends SeedOptions {
  readonly scale?: number
  readonly mode?: 'fanIn' | 'fanOut' | 'fanAvg'
  readonly distribution?: 'truncatedNormal' | 'untruncatedNormal' | 'uniform'
}

// The standard deviation of a normal distribution cut at ±2.
const TRUNCATED_STDDEV = 0.87962566103423978

/** The draw of a distribution with variance scale / fan. */
function scaledDraw({
  scale = 1,
  mode = 'fanIn',
  distribution = 'truncatedNormal',
}: VarianceScalingOptions): Draw {
  return (generator, shape) => {
    const [fanIn, fanOut] = fans(shape)
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2
    const stddev = Math.sqrt(scale / Math.max(1, fan))
    const count = sizeOf(shape)
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3) * stddev
      return generator.uniform(count).map((value) => limit * (2 * value - 1))
    }
    if (distribution === 'untruncatedNormal') return generator.normal(count).map((value) => value * stddev)
    return generator.truncatedNormal(count).map((value) => (value * stddev) / TRUNCATED_STDDEV)
  }
}

/** Variance scale / fan, where fan counts what flows in, out, or the mean of both. */
export const varianceScaling = ({
  scale = 1,
  mode = 'fanIn',
  distribution = 'truncatedNormal',
  seed,
}: VarianceScalingOptions = {}) =>
  seeded('VarianceScaling', { scale, mode, distribution }, seed, scaledDraw({ scale, mode, distribution }))

const scaled =
  (className: string, options: VarianceScalingOptions) =>
  ({ seed }: SeedOptions = {}): Initializer =>
    seeded(className, {}, seed, scaledDraw(options))

/** Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010. */
export const glorotUniform = scaled('GlorotUniform', { mode: 'fanAvg', distribution: 'uniform' })
export const glorotNormal = scaled('GlorotNormal', { mode: 'fanAvg' })
/** He et al., "Delving deep into rectifiers", 2015. */
export const heUniform = scaled('HeUniform', { scale: 2, distribution: 'uniform' })
export const heNormal = scaled('HeNormal', { scale: 2 })
/** LeCun et al., "Efficient BackProp", 1998. */
export const lecunUniform = scaled('LecunUniform', { distribution: 'uniform' })
export const lecunNormal = scaled('LecunNormal', {})

/**
 * Rows or columns, whichever are fewer, of length 1 and orthogonal to each other (Saxe et al., 2014). A kernel
 * [...window, in, out] is taken as a matrix of window × in rows.
 *
 * @param options.gain how long they are
 */
export const orthogonal = ({
  gain = 1,
  seed = null,
}: SeedOptions & { readonly gain?: number } = {}): Initializer => ({
  className: 'Orthogonal',
  config: { gain, seed },
  values(shape, given) {
    const columns = shape.at(-1) ?? 1
    const rows = sizeOf(shape) / columns
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)]
    const normal = new Generator(seed ?? given).normal(count * length)
    const vectors = orthonormal(
      Array.from({ length: count }, (_, at) =>
        Float64Array.from(normal.slice(at * length, (at + 1) * length)),
      ),
    )
    return Float32Array.from({ length: rows * columns }, (_, at) => {
      const [row, column] = [Math.floor(at / columns), at % columns]
      return gain * (rows < columns ? vectors[row]![column]! : vectors[column]![row]!)
    })
  },
})

/** Gram and Schmidt's method, each vector cleared of the others twice, which is enough (Giraud et al., 2005). */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const dot = (x: Float64Array, y: Float64Array): number =>
    x.reduce((sum, value, at) => sum + value * y[at]!, 0)
  vectors.forEach((vector, at) => {
    for (const _ of [1, 2]) {
      for (const other of vectors.slice(0, at)) {
        const share = dot(vector, other)
        for (let i = 0; i < vector.length; i++) vector[i]! -= share * other[i]!
      }
    }
    const norm = Math.sqrt(dot(vector, vector))
    for (let i = 0; i < vector.length; i++) vector[i]! /= norm
  })
  return vectors
}

/** A matrix with `gain` where row and column are equal, and 0 elsewhere. @throws ShapeError for another rank than 2 */
export const identity = ({ gain = 1 }: { readonly gain?: number } = {}): Initializer => ({
  className: 'Identity',
  config: { gain },
  values(shape) {
    if (shape.length !== 2)
      throw new ShapeError(`expected a weight of rank 2 to be an identity. Received: [${shape}].`)
    const columns = shape[1]!
    return Float32Array.from({ length: sizeOf(shape) }, (_, at) =>
      Math.floor(at / columns) === at % columns ? gain : 0,
    )
  },
})
