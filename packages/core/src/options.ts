import { ConfigError, shown } from './errors.ts'
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

/** The options that are true or false wherever they occur. */
const SWITCHES: ReadonlySet<string> = new Set([
  'amsgrad',
  'center',
  'centered',
  'checkFinite',
  'fromLogits',
  'goBackwards',
  'keepdims',
  'maskZero',
  'nesterov',
  'profile',
  'resetAfter',
  'restoreBestWeights',
  'returnSequences',
  'returnState',
  'shuffle',
  'stateful',
  'unitForgetBias',
  'unroll',
  'useBias',
])

/** Options that hold samples, which are checked as such. */
const DATA: ReadonlySet<string> = new Set(['validationData', 'sampleWeight'])

/** More levels than the value of any option has. A value that holds itself has more. */
const MOST_LEVELS = 32

function expectPlain(label: string, name: string, value: unknown, level = 0): void {
  if (typeof value === 'bigint' || typeof value === 'symbol')
    throw new ConfigError(`${label}: expected ${name} without a ${typeof value}. Received: ${shown(value)}.`)
  if (typeof value !== 'object' || value === null) return
  if (value instanceof BigInt64Array || value instanceof BigUint64Array)
    throw new ConfigError(`${label}: expected ${name} without a bigint. Received: ${value.constructor.name}.`)
  // Layers, backends and the like are checked where they are used.
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return
  if (level === MOST_LEVELS)
    throw new ConfigError(
      `${label}: expected ${name} of at most ${MOST_LEVELS} levels. Received: more, or a value that holds itself.`,
    )
  for (const entry of Object.values(value)) expectPlain(label, name, entry, level + 1)
}

function expectInRange(label: string, name: string, value: unknown, { least, greatest, below }: Range): void {
  if (typeof value === 'number' && Number.isFinite(value) && value >= least) {
    if (greatest === undefined || (below ? value < greatest : value <= greatest)) return
  }
  const bounds =
    greatest !== undefined
      ? ` in [${least}, ${greatest}${below ? ')' : ']'}`
      : Number.isFinite(least)
        ? ` ≥ ${least}`
        : ''
  throw new ConfigError(
    `${label}: expected ${name} to be a finite number${bounds}. Received: ${shown(value)}.`,
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
    if (range !== undefined && value !== null && value !== undefined) expectInRange(label, name, value, range)
    if (SWITCHES.has(name) && value !== undefined && value !== null && typeof value !== 'boolean')
      throw new ConfigError(`${label}: expected ${name} to be true or false. Received: ${shown(value)}.`)
  }
}

/**
 * Checks that a value is a record, of values that can be options.
 *
 * @throws ConfigError naming the option and what came
 */
export function expectRecord(label: string, options: unknown): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new ConfigError(
      `${label}: expected a record of options. Received: ${Array.isArray(options) ? 'a list' : shown(options)}.`,
    )
  for (const [name, value] of Object.entries(options)) {
    if (!DATA.has(name)) expectPlain(label, name, value)
  }
}

/**
 * Checks the options of factories that can do without any: each has to be known, and of the type of its default.
 *
 * @param defaultsOf the options of what a factory makes by default
 */
export function withCheckedOptions<M, T extends Readonly<Record<string, (options?: never) => M>>>(
  kind: string,
  factories: T,
  defaultsOf: (made: M) => Readonly<Record<string, unknown>>,
): T {
  const checked = Object.entries(factories).map(([name, factory]) => [
    name,
    (options?: Readonly<Record<string, unknown>>) => {
      const label = `${kind}.${name}`
      const defaults = defaultsOf(factory())
      if (options !== undefined) {
        expectOptions(label, options, Object.keys(defaults))
        for (const [key, value] of Object.entries(options)) {
          const type = typeof defaults[key]
          // Several axes come in a list; Keras takes null for the factor of a regularizer that is not used.
          const isOther = key === 'axis' || ((key === 'l1' || key === 'l2') && value === null)
          if (value === undefined || isOther || !['number', 'boolean', 'string'].includes(type)) continue
          if (typeof value !== type || (type === 'number' && !Number.isFinite(value)))
            throw new ConfigError(
              `${label}: expected ${key} to be a ${type === 'number' ? 'finite number' : type}. Received: ${shown(value)}.`,
            )
        }
      }
      return factory(options as never)
    },
  ])
  return Object.fromEntries(checked) as T
}

/**
 * Checks what a user hands over as options.
 *
 * @param known the names of all options
 * @throws ConfigError for what is no record of options, for an option that is not known, and for numbers out of range
 */
export function expectOptions(label: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return
  expectRecord(label, options)
  const record = options as Readonly<Record<string, unknown>>
  for (const name of Object.keys(record)) {
    if (known.includes(name) || (options as Readonly<Record<string, unknown>>)[name] === undefined) continue
    const nearest = nearestName(name, known)
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`
    throw new ConfigError(
      `${label}: unknown option "${name}".${hint} Expected: ${known.join(', ') || 'none'}.`,
    )
  }
  expectNumbers(label, record)
}
