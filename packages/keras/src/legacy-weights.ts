import { type Layer, type Model, Operation, type Weight } from '@fn/core'
import { KerasFileError } from './errors.ts'
import type { Hdf5, Part } from './hdf5.ts'
import { KERAS_VERSION } from './keras-version.ts'
import { hasGatesApart, joinedGates } from './keras1-weights.ts'
import { assignAll, type Expected, numbersOf, slotsOf } from './weights.ts'

// A whole model in one HDF5 file: `model_weights/<layer>/…`, named by attributes, in the order of the attributes.

const WEIGHTS = 'model_weights'
const OPTIMIZER = 'optimizer_weights'
/** Older versions of Keras turn the kernels of other ones. Those of fn stand as in TensorFlow. */
export const BACKEND = 'tensorflow'

/** What is trained first, then the rest: the order of the weights of a layer in older files. */
export const inOrder = (weights: readonly Weight[]): readonly Weight[] => [
  ...weights.filter(({ trainable }) => trainable),
  ...weights.filter(({ trainable }) => !trainable),
]

// ---- Out ----------------------------------------------------------------------------------------------

/** As many texts as an attribute holds: 64 KiB of them, by references of 16 bytes. */
const LONGEST_LIST = 4000

/** A list of texts as attributes; one that is too long is cut into `name0`, `name1`, … */
function attributesOf(name: string, texts: readonly string[]): Readonly<Record<string, readonly string[]>> {
  if (texts.length === 0) return {}
  if (texts.length <= LONGEST_LIST) return { [name]: texts }
  const count = Math.ceil(texts.length / LONGEST_LIST)
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      `${name}${at}`,
      texts.slice(at * LONGEST_LIST, (at + 1) * LONGEST_LIST),
    ]),
  )
}

/**
 * The weights of a model as parts of a file, without the state of an optimizer: Keras 3 can not train a model on that it
 * loaded with one, not even its own.
 */
export function legacyParts(model: Model): readonly Part[] {
  const layers = model.layers.filter((layer) => !(layer instanceof Operation))
  const names = layers.map(({ name }) => name)
  return [
    {
      path: WEIGHTS,
      attributes: { ...attributesOf('layer_names', names), backend: BACKEND, keras_version: KERAS_VERSION },
    },
    ...layers.flatMap((layer): readonly Part[] => {
      const path = `${WEIGHTS}/${layer.name}`
      const weights = inOrder(layer.weights)
      const weightNames = weights.map((weight) => weight.path)
      return [
        { path, attributes: attributesOf('weight_names', weightNames) },
        ...weights.map((weight) => ({
          path: `${path}/${weight.path}`,
          numbers: numbersOf(weight.variable),
        })),
      ]
    }),
  ]
}

// ---- In -----------------------------------------------------------------------------------------------

/** A list of texts; one that is too long for an attribute is cut into `name0`, `name1`, … */
export function listOf(file: Hdf5, path: string, name: string): readonly string[] {
  const whole = file.attribute(path, name)
  if (whole !== undefined) return [whole].flat()
  const parts: string[] = []
  for (let at = 0; ; at++) {
    const part = file.attribute(path, `${name}${at}`)
    if (part === undefined) return parts
    parts.push(...[part].flat())
  }
}

/** Where the weights are: a file of weights alone has them at its root. */
export const rootOf = (file: Hdf5): string => (file.has(WEIGHTS) ? WEIGHTS : '')

/** @throws KerasFileError naming everything that is missing, is too much or has another shape */
export function readLegacyWeights(model: Model, file: Hdf5): void {
  const root = rootOf(file)
  const problems: string[] = []
  const known = new Set(model.layers.map(({ name }) => name))
  const names = listOf(file, root, 'layer_names')
  for (const name of names) {
    if (!known.has(name) && listOf(file, under(root, name), 'weight_names').length > 0)
      problems.push(`"${name}": the file has weights of a layer that the model has not.`)
  }
  const expected = model.layers.flatMap((layer) => expectedOf(layer, file, root, names, problems))
  assignAll(file, expected, problems)
}

export const under = (root: string, name: string): string => (root === '' ? name : `${root}/${name}`)

function expectedOf(
  layer: Layer<unknown>,
  file: Hdf5,
  root: string,
  names: readonly string[],
  problems: string[],
): readonly Expected[] {
  const variables = inOrder(layer.weights)
  if (variables.length === 0) return []
  if (!names.includes(layer.name)) {
    problems.push(`${layer.label}: it is missing.`)
    return []
  }
  return weightsAt(layer, file, under(root, layer.name), problems)
}

/** The weights of a layer in the group of a file, in the order in which the group names them. */
export function weightsAt(
  layer: Layer<unknown>,
  file: Hdf5,
  path: string,
  problems: string[],
): readonly Expected[] {
  const variables = inOrder(layer.weights)
  const found = listOf(file, path, 'weight_names')
  const paths = found.map((name) => `${path}/${name}`)
  const apart = hasGatesApart(layer, found)
  if (found.length !== variables.length && !apart) {
    problems.push(`${layer.label}: expected ${variables.length} variables. Received: ${found.length}.`)
    return []
  }
  if (file.attribute(rootOf(file), 'backend') === 'theano' && /Conv/.test(layer.className)) {
    problems.push(
      `${layer.label}: its kernel is that of a convolution of Theano, which is not supported. Convert the file with Keras 2.`,
    )
    return []
  }
  return variables.map(({ variable }, i) => ({
    path: paths[i]!,
    label: `${layer.label}, ${variable.name}`,
    variable,
    ...(apart && { read: () => joinedGates(file, layer, paths, i) }),
  }))
}

/**
 * The state of the optimizer, if the file has one.
 *
 * @throws KerasFileError for one of another optimizer, or of another order than those of Keras 2 and 3
 */
export function readLegacyOptimizer(model: Model, file: Hdf5): void {
  if (!file.has(OPTIMIZER)) return
  const { plan, optimizerState } = model.compiled!
  const { optimizer } = plan
  const names = listOf(file, OPTIMIZER, 'weight_names')
  const slots = slotsOf(model)
  const iterations = { label: 'iterations', variable: optimizerState.iterations }
  if (names.length === 0 || names.length === 1) return
  const rate = names.findIndex((name) => /(^|\/)learning_rate(:0)?$/.test(name))
  const own = names.filter((_, at) => at !== rate)
  // Keras 2 has slot after slot, Keras 3 some of them weight by weight.
  const ordered =
    rate >= 0 ? slots : optimizer.slots.flatMap((slot) => slots.filter(({ name }) => name === slot))
  if (own.length !== slots.length + 1)
    throw new KerasFileError(
      `${optimizer.className}: expected ${slots.length + 1} variables. Received: ${own.length}.`,
    )
  const expected = [iterations, ...ordered].map(({ label, variable }, at) => ({
    path: `${OPTIMIZER}/${own[at]}`,
    label: `${optimizer.className}, ${label}`,
    variable,
  }))
  assignAll(file, expected, [])
  if (rate >= 0) optimizer.learningRate = file.numbers(`${OPTIMIZER}/${names[rate]}`, []).data[0]!
}
