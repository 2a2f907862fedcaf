import type { Layer, Model, Optimizer, Variable, Weight } from '@fn/core'
import { KerasFileError } from './errors.ts'
import type { Hdf5, Numbers, Part } from './hdf5.ts'
import { placesInFile, placesOf } from './layout.ts'

// model.weights.h5: `…/vars/0`, `…/vars/1`, … below the place of each layer, and `optimizer/vars/…`.

const OPTIMIZER = 'optimizer/vars'
/** What layers remember from batch to batch. Keras looks only for what it expects, and so never here. */
const STATES = 'fn/states'

const varsOf = (path: string): string => (path === '' ? 'vars' : `${path}/vars`)

// ---- Out ----------------------------------------------------------------------------------------------

/** The weights of a model, the state of its optimizer and what its layers remember, as parts of a file. */
export function weightParts(model: Model): readonly Part[] {
  const layers = placesOf(model).flatMap(({ path, layer, variables }) => [
    { path: varsOf(path), attributes: { name: layer.name } },
    ...variables.map((variable, at) => ({ path: `${varsOf(path)}/${at}`, numbers: numbersOf(variable) })),
  ])
  const states = model.states.map(({ variable }, at) => ({
    path: `${STATES}/${at}`,
    numbers: numbersOf(variable),
  }))
  return [...layers, ...optimizerParts(model), ...states]
}

export const numbersOf = ({ shape, data }: Variable): Numbers => ({ shape, data })

function optimizerParts(model: Model): readonly Part[] {
  const { compiled } = model
  if (compiled === undefined) return []
  const { optimizer } = compiled.plan
  const slots = slotsOf(model)
  const all: readonly Numbers[] = [
    numbersOf(compiled.optimizerState.iterations),
    { shape: [], data: Float32Array.of(optimizer.learningRate) },
    ...slots.map(({ variable }) => numbersOf(variable)),
  ]
  return [
    { path: OPTIMIZER, attributes: { name: optimizer.className.toLowerCase() } },
    ...all.map((numbers, at) => ({ path: `${OPTIMIZER}/${at}`, numbers })),
  ]
}

/** What an optimizer keeps for one weight under one name. */
export interface Slot {
  readonly name: string
  readonly label: string
  readonly variable: Variable
}

/** What the optimizer keeps for each weight, in the order of the file. */
export function slotsOf(model: Model): readonly Slot[] {
  const { plan, optimizerState } = model.compiled!
  const { slots, slotGroups } = plan.optimizer
  const trained = plan.weights.filter(({ trainable }) => trainable)
  const slot = (weight: Weight, name: string): Slot => ({
    name,
    label: `${name} of ${weight.path}`,
    variable: optimizerState.slotsOf(weight, slots)[name]!,
  })
  return slotGroups.flatMap((group) => trained.flatMap((weight) => group.map((name) => slot(weight, name))))
}

// ---- In -----------------------------------------------------------------------------------------------

/** A variable that has its place in a file. */
export interface Expected {
  readonly path: string
  readonly label: string
  readonly variable: Variable
  /** Reads it where more than the dataset at the path is needed. */
  readonly read?: () => Numbers
}

/**
 * Gives a model the weights of a file: all, or none.
 *
 * @throws KerasFileError naming everything that is missing, is too much or has another shape
 */
export function readWeights(model: Model, file: Hdf5): void {
  const problems: string[] = []
  assignAll(file, expectedIn(model, file, problems), problems)
}

/** The variables of a model by their paths in a file; where it has more than those is said as a problem. */
export function expectedIn(model: Model, file: Hdf5, problems: string[]): readonly Expected[] {
  const names = file.keys('')
  const isOld = names.some((name) => name.startsWith('_layer_checkpoint_dependencies'))
  // Written on Windows, a path is one name with backslashes.
  const separator = names.some((name) => name.includes('\\')) ? '\\' : '/'
  const places = placesInFile(model, isOld ? '_layer_checkpoint_dependencies' : 'layers')
  return places.flatMap(({ path, layer, variables }): readonly Expected[] => {
    const steps = path.split('/')
    // Keras 2 has the layers inside of attention at private attributes.
    const candidates = [steps, steps.with(-1, `_${steps.at(-1)}`)].map((parts) => parts.join(separator))
    const found = candidates.find((candidate) => file.has(varsOf(candidate)))
    const vars = varsOf(found ?? candidates[0]!)
    problems.push(...surplus(file, vars, variables.length, layer))
    return variables.map((variable, at) => ({
      path: `${vars}/${at}`,
      label: `${layer.label}, ${variable.name}`,
      variable,
    }))
  })
}

function surplus(file: Hdf5, vars: string, count: number, layer: Layer<unknown>): readonly string[] {
  if (!file.has(vars)) return []
  const found = file.keys(vars).length
  return found > count
    ? [`${layer.label}: expected ${count} variables at "${vars}". Received: ${found}.`]
    : []
}

function fitting(numbers: Numbers, { shape }: Variable, path: string): Numbers {
  if (numbers.shape.join() === shape.join()) return numbers
  throw new KerasFileError(
    `"${path}": expected shape [${shape.join(', ')}]. Received: [${numbers.shape.join(', ')}].`,
  )
}

/** Reads everything before it assigns anything. */
export function assignAll(file: Hdf5, expected: readonly Expected[], problems: string[]): void {
  const read = expected.map(({ path, label, variable, read: own }) => {
    try {
      if (!file.has(path)) throw new KerasFileError(`"${path}" is missing.`)
      return own === undefined ? file.numbers(path, variable.shape) : fitting(own(), variable, path)
    } catch (error) {
      if (!(error instanceof KerasFileError)) throw error
      problems.push(`${label}: ${error.message}`)
      return undefined
    }
  })
  if (problems.length > 0)
    throw new KerasFileError(`The weights do not fit the model.\n${problems.join('\n')}`)
  expected.forEach(({ variable }, at) => {
    variable.assign(read[at]!)
  })
}

/**
 * Gives a compiled model the state of its optimizer, and what its layers remember. `hasRate` says whether the file has the
 * learning rate among them.
 *
 * @throws KerasFileError naming everything that is missing or has another shape
 */
export function readTrainingState(model: Model, file: Hdf5, hasRate = true): void {
  const { plan, optimizerState } = model.compiled!
  const { optimizer } = plan
  if (!file.has(OPTIMIZER)) {
    throw new KerasFileError('It is missing in the file.')
  }
  const all: readonly Pick<Slot, 'label' | 'variable'>[] = [
    { label: 'iterations', variable: optimizerState.iterations },
    ...slotsOf(model),
  ]
  const count = file.keys(OPTIMIZER).length
  // Number 1 is the learning rate, which Keras 2 does not write.
  const offset = hasRate ? 1 : 0
  // Before the first step Keras writes no slots.
  if (count > 1 + offset || all.length === 1) {
    const expected = all.map(({ label, variable }, at) => ({
      path: `${OPTIMIZER}/${at === 0 ? 0 : at + offset}`,
      label: `${optimizer.className}, ${label}`,
      variable,
    }))
    const tooMany = `${optimizer.className}: expected ${all.length + offset} variables. Received: ${count}.`
    assignAll(file, expected, count > all.length + offset ? [tooMany] : [])
  }
  if (hasRate) setLearningRate(optimizer, file)
  const states = model.states.map(({ path, variable }, at) => ({
    path: `${STATES}/${at}`,
    label: path,
    variable,
  }))
  if (file.has(STATES)) assignAll(file, states, [])
}

/** The file has it as a float32: where the config means the same, its more exact figure stays. */
function setLearningRate(optimizer: Optimizer, file: Hdf5): void {
  const rate = file.numbers(`${OPTIMIZER}/1`, []).data[0]!
  if (!(Number.isFinite(rate) && rate >= 0))
    throw new KerasFileError(`Expected a learning rate ≥ 0. Received: ${rate}.`)
  if (Math.fround(optimizer.learningRate) !== rate) optimizer.learningRate = rate
}
