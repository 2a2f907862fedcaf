import { ConfigError } from '../errors.ts'
import type { Model } from '../functional/model.ts'
import { isNamed, pack } from '../functional/structure.ts'
import { type LossLike, lossTable } from '../losses/index.ts'
import { customLoss, type Loss } from '../losses/loss.ts'
import { type MetricLike, type MetricName, metricNamed, metricOf, metrics } from '../metrics/index.ts'
import type { Metric } from '../metrics/metric.ts'
import { Optimizer, optimizers } from '../optimizers/index.ts'
import type { ModelCompileOptions } from '../training/plan.ts'
import type { CustomObjects, FromConfigOptions } from './config.ts'
import { type DescribedConfig, describedConfig } from './described.ts'
import { camelCase, lookUp, snakeCase } from './naming.ts'

// The form in which Keras 3 writes how a model was compiled.

type Named = string | DescribedConfig | FunctionConfig

/** A function of somebody's own, which only has a name. */
interface FunctionConfig {
  readonly module: string
  readonly class_name: 'function'
  readonly config: string
  readonly registered_name: 'function'
}

/** One entry for each output: under its name, or in the order of the outputs. */
type ForOutputs<T> = readonly T[] | Readonly<Record<string, T>>

/** How a model was compiled, in Keras's words. */
export interface CompileConfig {
  readonly optimizer: DescribedConfig
  readonly loss: Named | ForOutputs<Named | null> | null
  readonly loss_weights: number | ForOutputs<number> | null
  readonly metrics: readonly Named[] | ForOutputs<readonly Named[]> | null
  readonly weighted_metrics: readonly Named[] | ForOutputs<readonly Named[]> | null
  readonly run_eagerly?: boolean
  readonly steps_per_execution?: number
  readonly jit_compile?: boolean | 'auto'
}

/** What `compile` takes, but for what is no matter of the model: the engine and the seed. */
export type CompiledOptions = Omit<ModelCompileOptions, 'backend' | 'seed'>

// ---- Out ----------------------------------------------------------------------------------------------

/**
 * How a model was compiled, as plain JSON, in the form that Keras writes; undefined before `compile`.
 *
 * @throws ConfigError for a metric that has no form in Keras
 */
export function compileConfig(model: Model): CompileConfig | undefined {
  const { compiled } = model
  if (compiled === undefined) return undefined
  const { optimizer, outputs } = compiled.plan
  const single = outputs.length === 1 && !isNamed(model.outputs)
  /** One entry if there is one output, else one for each in the form in which the model has them. */
  const forOutputs = <T>(entries: readonly T[]): T | ForOutputs<T> => {
    if (single) return entries[0]!
    return pack(model.outputs, entries) as ForOutputs<T>
  }
  const metricsOf = (weighted: boolean): CompileConfig['metrics'] => {
    const lists = outputs.map((output) =>
      output.metrics
        .filter((tracked) => tracked.weighted === weighted)
        .map(({ metric }) => metricConfig(metric)),
    )
    return lists.some((list) => list.length > 0) ? forOutputs(lists) : null
  }
  const hasLoss = outputs.some(({ loss }) => loss !== undefined)
  const weighted = outputs.some(({ lossWeight }) => lossWeight !== 1)
  return {
    optimizer: optimizerConfig(optimizer),
    loss: hasLoss
      ? forOutputs(outputs.map(({ loss }) => (loss === undefined ? null : lossConfig(loss))))
      : null,
    loss_weights: weighted ? forOutputs(outputs.map(({ lossWeight }) => lossWeight)) : null,
    metrics: metricsOf(false),
    weighted_metrics: metricsOf(true),
    run_eagerly: false,
    steps_per_execution: 1,
    jit_compile: 'auto',
  }
}

function optimizerConfig(optimizer: Optimizer): DescribedConfig {
  const { className, config } = optimizer
  // Keras writes beta_1 where the rule of names would make beta1 of it.
  const own = Object.entries(config).map(([key, value]) => [
    snakeCase(key).replace(/^beta(?=\d)/, 'beta_'),
    value,
  ])
  return {
    module: 'keras.optimizers',
    class_name: className,
    config: { name: className.toLowerCase(), ...Object.fromEntries(own) },
    registered_name: null,
  }
}

function lossConfig({ className, config }: Loss): Named {
  const known = Object.keys(lossTable).some((name) => name === camelCase(className))
  if (!known) return functionConfig(className)
  const { config: own, ...described } = describedConfig('keras.losses', { className, config })
  return { ...described, config: { name: snakeCase(className), ...own } }
}

const metricConfig = ({ name, described }: Metric): Named => {
  if (described === undefined) return functionConfig(name)
  return typeof described === 'string' ? described : describedConfig('keras.metrics', described)
}

const functionConfig = (name: string): FunctionConfig => ({
  module: 'builtins',
  class_name: 'function',
  config: name,
  registered_name: 'function',
})

// ---- In -----------------------------------------------------------------------------------------------

/**
 * What to compile a model with, from what Keras wrote of it.
 *
 * @param onProblem is told of what is not understood, which is then left out
 * @throws ConfigError without it for an optimizer, loss or metric, or an option of it, that is not known, all at once
 * @example
 * classifier.compile({ backend, ...compileOptionsFrom(config.compile_config) })
 */
export function compileOptionsFrom(
  config: CompileConfig,
  { customObjects = {} }: FromConfigOptions = {},
  onProblem?: (problem: string) => void,
): CompiledOptions {
  const problems: string[] = []
  const report = onProblem ?? ((problem: string) => void problems.push(problem))
  const attempt = <T>(what: string, make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      report(`${what}: ${error.message}`)
      return undefined
    }
  }
  // With a reader of problems each thing that is understood is kept, and each option of it.
  const isLenient = onProblem !== undefined
  const optionProblem = (what: string) =>
    isLenient ? (text: string) => report(`${what}: ${text}`) : undefined
  const optimizer = attempt('optimizer', () =>
    optimizerFrom(config.optimizer, customObjects, optionProblem('optimizer')),
  )
  if (optimizer === undefined && isLenient) report('optimizer: the default, rmsprop, stands in.')
  const one = <T>(what: string, make: () => T): T | undefined => (isLenient ? attempt(what, make) : make())
  const loss = attempt('loss', () =>
    each(
      config.loss,
      (entry) => one('loss', () => lossFrom(entry, customObjects, optionProblem('loss'))) ?? null,
    ),
  )
  const lists = (what: 'metrics' | 'weighted_metrics') =>
    attempt(what, () =>
      // null keeps its place: those after it are of the outputs after it.
      each(
        config[what],
        (entry) => one(what, () => metricFrom(entry, customObjects, optionProblem(what))) ?? null,
      ),
    )
  const [plain, weighted] = [lists('metrics'), lists('weighted_metrics')]
  if (problems.length > 0)
    throw new ConfigError(`The model can not be compiled as in the file.\n${problems.join('\n')}`)
  const weights = config.loss_weights
  return {
    ...(optimizer ? { optimizer } : {}),
    ...(loss ? { loss: loss as NonNullable<CompiledOptions['loss']> } : {}),
    // One output: a bare number.
    ...(weights !== null && weights !== undefined
      ? { lossWeights: typeof weights === 'number' ? [weights] : weights }
      : {}),
    ...(plain ? { metrics: plain as NonNullable<CompiledOptions['metrics']> } : {}),
    ...(weighted ? { weightedMetrics: weighted as NonNullable<CompiledOptions['metrics']> } : {}),
  }
}

/** The things of a structure made anew: lists and records stay, null stays. */
function each<T>(what: unknown, make: (one: unknown) => T): unknown {
  if (what === null || what === undefined) return what ?? undefined
  if (Array.isArray(what)) return what.map((entry) => (entry === null ? null : each(entry, make)))
  if (typeof what === 'object' && !('class_name' in what))
    return Object.fromEntries(Object.entries(what).map(([key, entry]) => [key, each(entry, make)]))
  return make(what)
}

/** Options that say nothing here as long as they are so. */
const USUAL: Readonly<Record<string, readonly unknown[]>> = {
  axis: [-1],
  dtype: ['float32'],
  emaMomentum: [0.99],
  decay: [0],
  ignoreClass: [null],
  isLegacyOptimizer: [false],
  jitCompile: [true, false, 'auto'],
  // What it says is the default.
  reduction: ['auto'],
  useEma: [false],
}

/** @throws ConfigError for an option that `understood` has not, and that says something */
function optionsFrom(
  label: string,
  config: unknown,
  understood: (option: string) => boolean,
  onProblem?: (problem: string) => void,
): Readonly<Record<string, unknown>> {
  if (typeof config !== 'object' || config === null)
    throw new ConfigError(`${label}: expected its options. Received: ${JSON.stringify(config)}.`)
  const entries = Object.entries(config).map(([key, value]) => [camelCase(key), value] as const)
  const left = entries.filter(([option, value]) => {
    if (understood(option) && !(USUAL[option] ?? []).includes(value)) return true
    const silent = value === null || option === 'name' || (USUAL[option] ?? []).includes(value)
    if (!silent && !isComputedInFloat32(option, value)) {
      const problem = `${label}: the option ${snakeCase(option)}=${JSON.stringify(value)} is not supported.`
      if (onProblem === undefined) throw new ConfigError(problem)
      onProblem(problem)
    }
    return false
  })
  return Object.fromEntries(
    left.map(([option, value]) => [
      option,
      typeof value === 'string' && option !== 'name' ? camelCase(value) : value,
    ]),
  )
}

/** A dtype may be written as a policy; losses and metrics are computed in float32. */
const isComputedInFloat32 = (option: string, value: unknown): boolean =>
  option === 'dtype' &&
  typeof value === 'object' &&
  ['float32', 'mixed_float16', 'mixed_bfloat16'].includes(
    String((value as { readonly config?: { readonly name?: string } }).config?.name),
  )

interface Description {
  readonly name: string
  readonly config: unknown
  readonly isFunction: boolean
}

function descriptionOf(what: unknown): Description {
  if (typeof what === 'string') return { name: what, config: {}, isFunction: true }
  const { class_name: name, config } = (what ?? {}) as Partial<DescribedConfig>
  if (name === 'function') {
    const own =
      typeof config === 'string' ? config : (config as { readonly name?: unknown } | undefined)?.name
    if (typeof own === 'string') return { name: own, config: {}, isFunction: true }
  }
  if (typeof name === 'string' && name !== 'function')
    return { name, config: config ?? {}, isFunction: false }
  throw new ConfigError(
    `Expected a name, or { class_name, config }. Received: ${JSON.stringify(what)?.slice(0, 80)}.`,
  )
}

/** What the user hands in under a name, unless it is a class. */
function functionNamed(name: string, customObjects: CustomObjects): Loss['perSample'] | Metric | undefined {
  const custom = Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
  if (custom === undefined || 'className' in custom || custom instanceof Optimizer) return undefined
  return custom as Loss['perSample'] | Metric
}

const isOptimizerClass = (custom: unknown): custom is new (options: object) => Optimizer =>
  typeof custom === 'function' && custom.prototype instanceof Optimizer

const isMetric = (custom: unknown): custom is Metric =>
  typeof custom === 'object' && custom !== null && 'update' in custom && 'result' in custom

const A_FUNCTION =
  'a function (b, target, prediction) that returns a value for each sample, or for a metric also an object with name, state, update and result.'
const AN_OPTIMIZER = 'a class that extends Optimizer, or an instance of one.'

/** Adds to an error what the user can hand in under a name. */
function hint<T>(name: string, what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    throw new ConfigError(`${error.message} One of your own is handed in as customObjects.${name}: ${what}`)
  }
}

function optimizerFrom(
  what: unknown,
  customObjects: CustomObjects,
  onProblem?: (problem: string) => void,
): Optimizer {
  const { name: own, config } = descriptionOf(what)
  // Registered classes stand as `package>Class`.
  const name = own.replace(/^.*>/, '')
  const custom = Object.hasOwn(customObjects, name) ? customObjects[name] : undefined
  if (custom instanceof Optimizer) return custom
  if (isOptimizerClass(custom))
    return new custom(
      Object.fromEntries(Object.entries(config as object).map(([key, value]) => [camelCase(key), value])),
    )
  // AdamW makes the steps of Adam with a weight decay.
  const isAdamW = name === 'AdamW' && onProblem !== undefined
  const make = hint(name, AN_OPTIMIZER, () =>
    lookUp<(options?: never) => Optimizer>('optimizer', isAdamW ? 'Adam' : name, optimizers),
  )
  const usual = make().config
  const { learningRate, ...options } = optionsFrom(
    name,
    config,
    (option) => Object.hasOwn(usual, option),
    onProblem,
  )
  const isNumber = typeof learningRate === 'number'
  const decay = isAdamW && !Object.hasOwn(options, 'weightDecay') ? { weightDecay: 0.004 } : {}
  const first = firstRate(learningRate)
  if (learningRate !== undefined && !isNumber) {
    const problem = `${name}: expected a number as learning_rate. Received: ${JSON.stringify(learningRate).slice(0, 120)}.`
    if (onProblem === undefined) throw new ConfigError(problem)
    onProblem(
      first === undefined
        ? `${problem} The default, ${usual.learningRate}, stands in.`
        : `${problem} It stays at ${first}.`,
    )
  }
  if (isAdamW) onProblem(`AdamW is read as Adam with its weight_decay, which makes the same steps.`)
  return make({
    ...decay,
    ...options,
    ...(first !== undefined && { learningRate: first }),
    ...(isNumber && { learningRate }),
  } as never)
}

/** The rate that a schedule begins with, where its options say it. */
function firstRate(schedule: unknown): number | undefined {
  const { initial_learning_rate: rate } = ((schedule as Partial<DescribedConfig> | null | undefined)
    ?.config ?? {}) as Readonly<Record<string, unknown>>
  return typeof rate === 'number' ? rate : undefined
}

function lossFrom(
  what: unknown,
  customObjects: CustomObjects,
  onProblem?: (problem: string) => void,
): LossLike {
  const { name, config } = descriptionOf(what)
  const custom = functionNamed(name, customObjects)
  if (typeof custom === 'function') return { ...customLoss(custom), className: name }
  const make = hint(name, A_FUNCTION, () => lookUp<(options?: never) => Loss>('loss', name, lossTable))
  const usual = make().config
  return make(optionsFrom(name, config, (option) => Object.hasOwn(usual, option), onProblem) as never)
}

function metricFrom(
  what: unknown,
  customObjects: CustomObjects,
  onProblem?: (problem: string) => void,
): MetricLike {
  const { name, config, isFunction } = descriptionOf(what)
  if (name === 'MeanMetricWrapper') {
    const { fn, name: own } = config as { readonly fn?: unknown; readonly name?: string }
    return renamed(metricFrom(fn, customObjects, onProblem), own)
  }
  const custom = functionNamed(name, customObjects)
  if (isMetric(custom)) return custom
  if (typeof custom === 'function') return metrics.mean(name, custom)
  if (isFunction) return hint(name, A_FUNCTION, () => metricOf(name as MetricName))
  const usual = hint(name, A_FUNCTION, () => metricNamed(name, {}))
  const known = typeof usual.described === 'object' ? usual.described.config : {}
  return metricNamed(
    name,
    optionsFrom(name, config, (option) => option === 'name' || Object.hasOwn(known, option), onProblem),
  )
}

const renamed = (metric: MetricLike, name: string | undefined): MetricLike =>
  name === undefined || typeof metric === 'string' ? metric : { ...metric, name }
