import type { Builder, DType, Value } from '@fn/core'

/**
 * Where the elements of an input come from. Drawn from a seed, the same on every machine:
 *
 * - `any`: normal, of both signs
 * - `positive`: [¼, 3); `unit`: (0, 1); `nonzero`: ±[½, 2)
 * - `distinct`: both signs, no two equal in this or another input of a case of up to three, none an integer or halfway
 *   between two: away from every kink and tie
 * - `negative`: as `distinct`, all of them < 0
 * - `integers`: −4 … 4, with ties; `nonzeroIntegers`: the same without 0; `counts`: 0 … 3
 * - `bool`: 0 or 1
 * - `huge`: ±[1, 4) · 10³⁰; `tiny`: ±[1, 4) · 10⁻³⁰
 *
 * or a list of the elements themselves.
 */
export type Domain =
  | 'any'
  | 'positive'
  | 'unit'
  | 'nonzero'
  | 'distinct'
  | 'negative'
  | 'integers'
  | 'nonzeroIntegers'
  | 'counts'
  | 'bool'
  | 'huge'
  | 'tiny'
  | readonly number[]

export interface CaseInput {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly domain: Domain
}

/** One op (or composite) asked for in one way, with inputs to ask it on. */
export interface OpCase {
  /** Unique: `conv 2-D: stride 2, asymmetric padding`. */
  readonly name: string
  /** The op under test, or the name of a composite. */
  readonly op: string
  /** Declares the inputs `x0`, `x1`, … and answers the outputs. */
  build(b: Builder): readonly Value[]
  readonly inputs: readonly CaseInput[]
  /**
   * Whether the slopes in all float32 inputs exist at these inputs, and are to be checked; `by rule` not against finite
   * differences, since these do not find them (at kinks and ties, where they are a convention, and far out, where they
   * vanish), or since a smaller case has been.
   */
  readonly gradient: boolean | 'by rule'
  /** Of the families conv and pool: how many spatial axes it has. */
  readonly spatialRank?: number
  /** Of random values only the shape and the dtype can be compared. */
  readonly shapeOnly?: boolean
  /** For engines that compute in float32, where the default of `caseTolerance` can not be held, and why. */
  readonly tolerance?: { readonly float32: number; readonly reason: string }
}

type Extras = Partial<Pick<OpCase, 'gradient' | 'spatialRank' | 'shapeOnly' | 'tolerance'>>

/** A case before it knows the op under which it stands. */
export type Draft = (op: string) => OpCase

/** Slopes are checked unless `extras` says otherwise. */
export function draft(
  what: string,
  inputs: readonly CaseInput[],
  write: (b: Builder, inputs: readonly Value[]) => Value | readonly Value[],
  extras: Extras = {},
): Draft {
  return (op) => ({
    gradient: true,
    ...extras,
    name: `${op}: ${what}`,
    op,
    inputs,
    build(b) {
      const written = write(
        b,
        inputs.map((type, at) => b.input(type, `x${at}`)),
      )
      return Array.isArray(written) ? written : [written as Value]
    },
  })
}

export const float = (shape: readonly number[], domain: Domain = 'any'): CaseInput => ({
  shape,
  dtype: 'float32',
  domain,
})
export const int = (shape: readonly number[], domain: Domain = 'integers'): CaseInput => ({
  shape,
  dtype: 'int32',
  domain,
})
/** What a kernel for numbers may forget. */
export const notFinite = [Number.NaN, Infinity, -Infinity]

/** Where a kernel that counts in float32, or compares by a difference, goes wrong. */
export const extremeIntegers = [2147483647, 2147483646, -2147483648, -2147483647, 16777217, 16777216, 0, -1]

export const bool = (shape: readonly number[], domain: Domain = 'bool'): CaseInput => ({
  shape,
  dtype: 'bool',
  domain,
})

/** f of several inputs, each by itself, in one case: cheaper than a case for each where many shapes are to be seen. */
export const apart = (
  what: string,
  inputs: readonly CaseInput[],
  f: (b: Builder, x: Value) => Value,
  extras: Extras = {},
): Draft => draft(what, inputs, (b, xs) => xs.map((x) => f(b, x)), extras)

/** `2×3`, the way shapes stand in the names of cases; `scalar` for rank 0. */
export const label = (...shapes: readonly (readonly number[])[]): string =>
  shapes.map((shape) => (shape.length === 0 ? 'scalar' : shape.join('×'))).join(' and ')
