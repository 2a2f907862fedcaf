import type { Dim } from '@fn/core'

/** 1234567 → 1,234,567 */
export const formatCount = (count: number): string => count.toLocaleString('en-US')

/** 14204269 → 14.2 MB */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const amount = bytes / 1000 ** power
  return `${power === 0 ? amount : amount.toPrecision(3)} ${units[power]}`
}

/** 0.000012345 → 1.2e-5 */
export function formatSmall(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value)
  const size = Math.abs(value)
  return size >= 0.001 && size < 10_000 ? String(Number(value.toPrecision(3))) : value.toExponential(1)
}

/** [batch, 784] */
export const formatDims = (shape: readonly (Dim | null)[]): string =>
  `[${shape.map((dim) => dim ?? '?').join(', ')}]`

/** What escapes of a terminal leave visible. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is what the sequences begin with
const widthOf = (text: string): number => text.replace(/\u001b\[\d+m/g, '').length

/** Rows of cells as lines, each column as wide as its widest cell; columns named in `right` end together. */
export function columns(
  rows: readonly (readonly string[])[],
  { indent = 2, right = [] }: { readonly indent?: number; readonly right?: readonly number[] } = {},
): readonly string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, widthOf(cell))
    })
  }
  return rows.map((row) => {
    const cells = row.map((cell, at) => {
      const gap = ' '.repeat(widths[at]! - widthOf(cell))
      return right.includes(at) ? gap + cell : cell + gap
    })
    return `${' '.repeat(indent)}${cells.join('  ')}`.trimEnd()
  })
}
