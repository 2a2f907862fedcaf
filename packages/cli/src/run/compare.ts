import { type HostArray, sameShape } from '@fn/core'
import type { Colors } from '../report/report.ts'
import { columns, formatDims, formatSmall } from '../report/text.ts'

/** How far two answers for one output lie apart. */
export interface Difference {
  readonly output: string
  readonly shape: readonly number[]
  /** The largest difference of two elements; Infinity where one is no number, or the shapes differ. */
  readonly difference: number
  /** The largest element that was expected. */
  readonly largest: number
  /** The difference as a part of the largest element. */
  readonly relative: number
  readonly ok: boolean
}

/** Two answers for one output. NaN equals NaN, and an infinity itself. */
export function compare(
  output: string,
  expected: HostArray,
  found: HostArray,
  tolerance: number,
): Difference {
  let difference = sameShape(expected.shape, found.shape) ? 0 : Infinity
  let largest = 0
  expected.data.forEach((e: number, at: number) => {
    const f = found.data[at]!
    if (Number.isFinite(e)) largest = Math.max(largest, Math.abs(e))
    if (e === f || (Number.isNaN(e) && Number.isNaN(f))) return
    const apart = Math.abs(e - f)
    difference = Math.max(difference, Number.isNaN(apart) ? Infinity : apart)
  })
  const relative = difference === 0 ? 0 : difference / (largest || 1)
  return { output, shape: found.shape, difference, largest, relative, ok: relative <= tolerance }
}

/** The differences as a table. */
export function differenceLines(differences: readonly Difference[], colors: Colors): readonly string[] {
  const header = ['', 'output', 'shape', 'largest difference', 'of values up to', 'relative']
  return columns(
    [
      header.map((cell) => colors.dim(cell)),
      ...differences.map(({ ok, output, shape, difference, largest, relative }) => [
        ok ? colors.green('✓') : colors.red('✗'),
        output,
        formatDims(shape),
        formatSmall(difference),
        formatSmall(largest),
        ok ? formatSmall(relative) : colors.red(formatSmall(relative)),
      ]),
    ],
    { right: [3, 4, 5] },
  )
}

/** What is too far apart, in a sentence; undefined where nothing is. */
export function failureOf(differences: readonly Difference[], tolerance: number): string | undefined {
  const worst = differences.filter(({ ok }) => !ok).sort((a, b) => b.relative - a.relative)[0]
  if (worst === undefined) return undefined
  return `The output "${worst.output}" differs by ${formatSmall(worst.difference)}, which is ${formatSmall(worst.relative)} of its largest value. Expected at most ${tolerance}.`
}
