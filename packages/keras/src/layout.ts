import { Layer, Model, Operation, snakeCase, type Variable } from '@fn/core'

/** A layer, and where the file of weights has what belongs to it. */
export interface Place {
  /** `layers/dense_1`, `layers/bidirectional/forward_layer/cell`; '' for the model itself. */
  readonly path: string
  readonly layer: Layer<unknown>
  /** Its own variables, in the order of the file. */
  readonly variables: readonly Variable[]
}

/**
 * Where the weights of a model stand in a file: not by the names of layers, which change from one process to the next,
 * but by their classes, counted in the order of the model, and below that by what the layers call each other. A shared
 * layer stands where it comes first.
 */
export const placesOf = (model: Model): readonly Place[] => placesBy(model, ({ layers }) => layers, 'layers')

/** What Keras calls the layers of a model in its files. */
export type Container = 'layers' | '_layer_checkpoint_dependencies'

/** Where the weights stand in the file that a model comes from: the order of its layers there decides. */
export const placesInFile = (model: Model, container: Container): readonly Place[] =>
  placesBy(model, ({ layers, layerOrder = layers }) => layerOrder, container)

function placesBy(
  model: Model,
  layersOf: (model: Model) => readonly Layer<unknown>[],
  container: Container,
): readonly Place[] {
  const places: Place[] = []
  const seen = new Set<Layer<unknown>>()
  const visit = (layer: Layer<unknown>, path: string): void => {
    if (seen.has(layer)) return
    seen.add(layer)
    places.push({ path, layer, variables: variablesOf(layer) })
    const below = (name: string): string => (path === '' ? name : `${path}/${name}`)
    if (layer instanceof Model) {
      const layers = layersOf(layer)
      // Keras 2.12 and 2.13 list a layer with weights twice.
      const listed =
        container === 'layers'
          ? layers
          : layers.flatMap((one) => (one.weights.length > 0 ? [one, one] : [one]))
      for (const [name, inner] of numbered(listed)) visit(inner, below(`${container}/${name}`))
      return
    }
    for (const [attribute, value] of attributesOf(layer)) {
      if (value instanceof Layer) visit(value, below(attribute))
      else for (const [name, inner] of numbered(value)) visit(inner, below(`${attribute}/${name}`))
    }
  }
  visit(model, '')
  return places
}

/** Those that are trained first, then the others, as they were made. */
function variablesOf({ ownWeights }: Layer<unknown>): readonly Variable[] {
  return [
    ...ownWeights.filter(({ trainable }) => trainable),
    ...ownWeights.filter(({ trainable }) => !trainable),
  ]
}

/** dense, dense_1, dense_2: the layers by their classes. Operations on tensors do not count. */
function numbered(layers: readonly Layer<unknown>[]): readonly (readonly [string, Layer<unknown>])[] {
  const counts = new Map<string, number>()
  return layers
    .filter((layer) => !(layer instanceof Operation))
    .map((layer) => {
      const stem = snakeCase(layer.className)
      const count = counts.get(stem) ?? 0
      counts.set(stem, count + 1)
      return [count === 0 ? stem : `${stem}_${count}`, layer] as const
    })
}

/** The layers that a layer keeps, by the names of its properties: forwardLayer is forward_layer. */
function attributesOf(
  layer: Layer<unknown>,
): readonly (readonly [string, Layer<unknown> | readonly Layer<unknown>[]])[] {
  const inner = new Set(layer.sublayers)
  const isInner = (value: unknown): value is Layer<unknown> => value instanceof Layer && inner.has(value)
  return Object.entries(layer)
    .flatMap(([name, value]): [string, Layer<unknown> | readonly Layer<unknown>[]][] => {
      if (isInner(value)) return [[snakeCase(name), value]]
      if (Array.isArray(value) && value.some(isInner)) return [[snakeCase(name), value.filter(isInner)]]
      return []
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
