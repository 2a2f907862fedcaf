import { ConfigError } from './errors.ts'
import { nearestName } from './saving/naming.ts'

/** What an option may be: a finite number from `least` to `greatest`, which it may reach unless `below` is set. */
interface Range {
  readonly least: number
  readonly greatest?: number
  readonly below?: boolean
}

const decay: Range = { least: 0, greatest: 1, below: true }
const share: Range = { least: 0, greatest: 1 }
const notNegative: Range = { least: 0 }

/** The ranges of options that mean the same wherever they occur. */
const RANGES: Readonly<Record<string, Range>> = {
  beta1: decay,
  beta2: decay,
  clipnorm: notNegative,
  clipvalue: notNegative,
  dropout: share,
  epsilon: notNegative,
  globalClipnorm: notNegative,
  labelSmoothing: share,
  learningRate: notNegative,
  lossWeight: { least: Number.NEGATIVE_INFINITY },
  minDelta: { least: Number.NEGATIVE_INFINITY },
  momentum: share,
  patience: notNegative,
  recurrentDropout: share,
  rho: share,
  startFromEpoch: notNegative,
  stddev: notNegative,
  validationSplit: decay,
  weightDecay: notNegative,
}

function expectInRange(label: string, name: string, value: number, { least, greatest, below }: Range): void {
  const isAbove = greatest !== undefined && (below ? value >= greatest : value > greatest)
  if (Number.isFinite(value) && value >= least && !isAbove) return
  const bounds =
    greatest !== undefined
      ? ` in [${least}, ${greatest}${below ? ')' : ']'}`
      : Number.isFinite(least)
        ? ` ≥ ${least}`
        : ''
  throw new ConfigError(
    `${label}: expected ${name} to be a finite number${bounds}. Received: ${String(value)}.`,
  )
}

/** Whether NaN is among numbers and lists of them. */
const holdsNaN = (value: unknown): boolean =>
  Number.isNaN(value) || (Array.isArray(value) && value.some(holdsNaN))

/**
 * Checks the numbers among options.
 *
 * @throws ConfigError for NaN, and for a number out of the range of its option
 */
export function expectNumbers(label: string, options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (holdsNaN(value)) throw new ConfigError(`${label}: expected ${name} to be a number. Received: NaN.`)
    const range = Object.hasOwn(RANGES, name) ? RANGES[name] : undefined
    if (range !== undefined && typeof value === 'number') expectInRange(label, name, value, range)
  }
}

/**
 * Checks what a user hands over as options.
 *
 * @param known the names of all options
 * @throws ConfigError for what is no record of options, for an option that is not known, and for numbers out of range
 */
export function expectOptions(label: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ConfigError(
      `${label}: expected options, such as { ${known[0]} }. Received: ${Array.isArray(options) ? 'a list' : String(options)}.`,
    )
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const nearest = nearestName(name, known)
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
    throw new ConfigError(`${label}: unknown option "${name}".${hint} Expected: ${known.join(', ')}.`)
  }
  expectNumbers(label, options as Readonly<Record<string, unknown>>)
}
