import type { Backend } from '@fn/core'
import type { SuiteOptions } from '../suite.ts'

/**
 * What float32 engines may be off by. They are by some 1e-6 in one equation (long products, exp, erf), a hundredth of
 * this; what is drawn is such that noise of that size in all equations moves the answers by no more than a quarter of
 * it. So an engine has four times the room that it needs, and faults have to hide below 1e-4.
 */
const FLOAT32 = 1e-4
/** Rounding of float64 grows no more than that of float32 does, and begins at 1e-16. */
const FLOAT64 = 1e-10

export interface RandomTolerance {
  /** What the draws are made for. */
  readonly drawn: number
  /** What the backend may be off by. */
  readonly allowed: number
}

export function randomTolerance({ capabilities }: Backend, { tolerance }: SuiteOptions): RandomTolerance {
  const drawn = tolerance(FLOAT32)
  return { drawn, allowed: capabilities.precision === 'float64' ? FLOAT64 : drawn }
}

/** Of an engine in one equation. */
export const noiseOf = (tolerance: number): number => tolerance / 100
/** How far the noise may move what is drawn. */
export const limitOf = (tolerance: number): number => tolerance / 4
