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
  /** ‖found − expected‖ / ‖expected‖ */
  readonly distance: number
  /** The share of rows along the last axis whose largest element is the same one. */
  readonly agreement: number
  readonly ok: boolean
}

/** Two answers for one output. NaN equals NaN, and an infinity itself. */
export function compare(
  output: string,
  expected: HostArray,
  found: HostArray,
  tolerance: number,
): Difference {
  const alike = sameShape(expected.shape, found.shape)
  let [difference, largest, squares, all] = [alike ? 0 : Infinity, 0, 0, 0]
  expected.data.forEach((e: number, at: number) => {
    const f = found.data[at]!
    if (Number.isFinite(e)) {
      largest = Math.max(largest, Math.abs(e))
      all += e * e
    }
    if (e === f || (Number.isNaN(e) && Number.isNaN(f))) return
    const apart = Math.abs(e - f)
    difference = Math.max(difference, Number.isNaN(apart) ? Infinity : apart)
    squares += apart * apart
  })
  const relative = difference === 0 ? 0 : difference / (largest || 1)
  return {
    output,
    shape: found.shape,
    difference,
    largest,
    relative,
    distance: difference === 0 ? 0 : Math.sqrt(squares / (all || 1)),
    agreement: alike ? agreementOf(expected, found) : 0,
    ok: relative <= tolerance,
  }
}

function agreementOf({ shape, data }: HostArray, found: HostArray): number {
  const width = shape.at(-1) ?? 1
  let [rows, same] = [0, 0]
  for (let begin = 0; begin < data.length; begin += width) {
    rows++
    if (placeOfLargest(data, begin, width) === placeOfLargest(found.data, begin, width)) same++
  }
  return rows === 0 ? 1 : same / rows
}

function placeOfLargest(data: HostArray['data'], begin: number, width: number): number {
  let best = 0
  for (let at = 1; at < width; at++) if (data[begin + at]! > data[begin + best]!) best = at
  return best
}

/** More outputs than these are not all shown. */
const MOST_SHOWN = 12

/** The differences as a table, of many outputs the largest. @param loss whether it is about what fewer bits cost */
export function differenceLines(
  differences: readonly Difference[],
  colors: Colors,
  loss = false,
): readonly string[] {
  const header = ['', 'output', 'shape', 'largest difference', 'of values up to', 'relative']
  const shown =
    differences.length <= MOST_SHOWN
      ? differences
      : differences.toSorted((a, b) => b.relative - a.relative).slice(0, MOST_SHOWN)
  const rows = columns(
    [
      [...header, ...(loss ? ['distance', 'same largest'] : [])].map((cell) => colors.dim(cell)),
      ...shown.map(({ ok, output, shape, difference, largest, relative, distance, agreement }) => [
        ok ? colors.green('✓') : colors.red('✗'),
        output,
        formatDims(shape),
        formatSmall(difference),
        formatSmall(largest),
        ok ? formatSmall(relative) : colors.red(formatSmall(relative)),
        ...(loss ? [formatSmall(distance), `${(100 * agreement).toFixed(1)} %`] : []),
      ]),
    ],
    { right: [3, 4, 5, 6, 7] },
  )
  const left = differences.length - shown.length
  return left === 0 ? rows : [...rows, `  ${left} more differ no more than these.`]
}

/** What is too far apart, in a sentence; undefined where nothing is. */
export function failureOf(differences: readonly Difference[], tolerance: number): string | undefined {
  const worst = differences.filter(({ ok }) => !ok).sort((a, b) => b.relative - a.relative)[0]
  if (worst === undefined) return undefined
  return `The output "${worst.output}" differs by ${formatSmall(worst.difference)}, which is ${formatSmall(worst.relative)} of its largest value. Expected at most ${tolerance}.`
}
