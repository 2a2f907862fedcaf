import type { HostArray } from '@fn/core'

// What the tools that compare with Keras share: arrays as the scripts in tooling/golden write them.

export interface Encoded {
  readonly shape: readonly number[]
  readonly dtype: 'float32' | 'int32' | 'bool'
  /** The bytes of the elements, in base64. */
  readonly data: string
}

export function decode({ shape, dtype, data }: Encoded): HostArray {
  const bytes = Uint8Array.from(Buffer.from(data, 'base64'))
  const holder = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype]
  return { shape, dtype, data: new holder(bytes.buffer) }
}

export const oneOrAll = <T>(list: readonly T[]): T | readonly T[] => (list.length === 1 ? list[0]! : list)

/** Outputs as Keras flattens them: records by their sorted keys. */
export function flat(outputs: unknown): readonly HostArray[] {
  if ('data' in (outputs as object)) return [outputs as HostArray]
  if (Array.isArray(outputs)) return outputs.flatMap(flat)
  const named = outputs as Readonly<Record<string, unknown>>
  return Object.keys(named)
    .sort()
    .flatMap((name) => flat(named[name]))
}

/**
 * The largest difference, as a share of the largest expected value; Infinity where NaN stands for a number, or a number of
 * elements differs.
 *
 * @param least what the largest value counts as where it is smaller
 */
export function difference(
  expected: readonly HostArray[],
  found: readonly { readonly data: ArrayLike<number> }[],
  least: number,
): number {
  if (expected.length !== found.length) return Number.POSITIVE_INFINITY
  return Math.max(
    ...expected.map(({ data }, i) => {
      const own = Array.from(data)
      const other = found[i]!.data
      if (other.length !== own.length) return Number.POSITIVE_INFINITY
      const gaps = own.map((value, k) => (Object.is(value, other[k]) ? 0 : Math.abs(value - other[k]!)))
      const scale = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), least)
      return gaps.some(Number.isNaN)
        ? Number.POSITIVE_INFINITY
        : gaps.reduce((x, y) => Math.max(x, y), 0) / scale
    }),
  )
}
