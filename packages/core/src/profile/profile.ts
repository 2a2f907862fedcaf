import { type Phase, phaseAndLayer } from './phases.ts'
import type { Timings } from './timer.ts'

/** What one op of one layer took in one phase. */
export interface ProfileRow {
  /** The path of the layer; '' for what belongs to none, as the sum of losses does. */
  readonly layer: string
  /** Undefined for what an engine adds of its own, and for whose sake it can not tell. */
  readonly phase: Phase | undefined
  /** As the engine names it; `pass` is several ops that are computed together. */
  readonly op: string
  readonly calls: number
  readonly milliseconds: number
}

/** What one layer took. */
export interface LayerProfile {
  readonly layer: string
  readonly milliseconds: number
  /** The slowest first. */
  readonly rows: readonly ProfileRow[]
}

export interface ProfileTableOptions {
  /** What takes a smaller part of the time is added up; a hundredth if nothing is said. */
  readonly least?: number
}

/** Where the time of a `fit` went. The slowest comes first. */
export class Profile {
  /** The name of the engine. */
  readonly backend: string
  /** How many steps of training there were. */
  readonly steps: number
  /** The time that the engine took for these, and for those of validation. */
  readonly milliseconds: number
  readonly rows: readonly ProfileRow[]
  readonly layers: readonly LayerProfile[]

  /** @param recorded of each executable, and whether it trains */
  constructor(backend: string, recorded: readonly { readonly timings: Timings; readonly trains: boolean }[]) {
    this.backend = backend
    this.steps = sum(recorded.map(({ timings, trains }) => (trains ? timings.runs : 0)))
    this.milliseconds = sum(recorded.map(({ timings }) => timings.milliseconds))
    const kernels = recorded
      .flatMap(({ timings }) => timings.kernels)
      .map(({ path, ...rest }) => ({ ...phaseAndLayer(path), ...rest }))
    const alike = groupBy(kernels, ({ layer, phase, op }) => JSON.stringify([layer, phase, op]))
    this.rows = slowestFirst(
      alike.map((same) => ({
        ...same[0]!,
        calls: sum(same.map(({ calls }) => calls)),
        milliseconds: sum(same.map(({ milliseconds }) => milliseconds)),
      })),
    )
    this.layers = slowestFirst(
      groupBy(this.rows, titleOf).map((rows) => ({
        layer: rows[0]!.layer,
        milliseconds: sum(rows.map(({ milliseconds }) => milliseconds)),
        rows,
      })),
    )
  }

  /** The time that is known to be of a phase, and mostly of a layer. */
  get attributed(): number {
    return sum(this.rows.map(({ phase, milliseconds }) => (phase === undefined ? 0 : milliseconds)))
  }

  /**
   * The layers and their ops as a table.
   *
   * @example
   * const { profile } = await model.fit(x, y, { profile: true })
   * console.log(profile?.table({ least: 0.05 }))
   */
  table({ least = 0.01 }: ProfileTableOptions = {}): string {
    const { milliseconds, steps } = this
    const isLarge = (part: { readonly milliseconds: number }): boolean =>
      part.milliseconds >= least * milliseconds
    const figures = (ms: number): readonly string[] => [
      ms.toFixed(2),
      `${((100 * ms) / (milliseconds || 1)).toFixed(1)}%`,
    ]
    const rest = (parts: readonly { readonly milliseconds: number }[], what: string, indent = '') =>
      parts.length === 0 ? [] : [[`${indent}(${parts.length} ${what})`, '', '', ...figures(total(parts))]]
    const lines = this.layers.filter(isLarge).flatMap(({ rows, milliseconds }) => [
      [titleOf(rows[0]!), '', '', ...figures(milliseconds)],
      ...rows
        .filter(isLarge)
        .map((row) => [`  ${row.op}`, row.phase ?? '', `${row.calls}`, ...figures(row.milliseconds)]),
      ...rest(
        rows.filter((row) => !isLarge(row)),
        'more',
        '  ',
      ),
    ])
    const small = this.layers.filter((layer) => !isLarge(layer))
    const outside = Math.max(0, milliseconds - total(this.rows))
    const table = [
      ['Layer, op', 'Phase', 'Calls', 'ms', 'Share'],
      ...lines,
      ...rest(small, small.length === 1 ? 'more layer' : 'more layers'),
      ['(between kernels)', '', '', ...figures(outside)],
    ]
    const each = steps === 0 ? '' : `, ${(milliseconds / steps).toFixed(2)} ms a step`
    return [
      `${steps} ${steps === 1 ? 'step' : 'steps'} on ${this.backend}: ${milliseconds.toFixed(0)} ms${each}`,
      ...aligned(table),
    ].join('\n')
  }

  toString(): string {
    return this.table()
  }
}

const titleOf = ({ layer, phase }: ProfileRow): string => {
  if (layer !== '') return layer
  return phase === undefined ? '(of the engine)' : '(of no layer)'
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0)

const total = (parts: readonly { readonly milliseconds: number }[]): number =>
  sum(parts.map(({ milliseconds }) => milliseconds))

const slowestFirst = <T extends { readonly milliseconds: number }>(parts: readonly T[]): readonly T[] =>
  parts.toSorted((a, b) => b.milliseconds - a.milliseconds)

function groupBy<T>(list: readonly T[], keyOf: (one: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>()
  for (const one of list) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

/** Columns of the same width; words begin alike, numbers end alike. */
function aligned(table: readonly (readonly string[])[]): readonly string[] {
  const widths = table[0]!.map((_, column) => Math.max(...table.map((line) => line[column]!.length)))
  return table.map((line) =>
    line
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
}
