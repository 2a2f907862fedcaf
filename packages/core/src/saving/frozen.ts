import type { LayerConfig } from './config.ts'

// In fn a frozen layer freezes what it holds. Keras says it of each layer, and of most that hold others it reads nothing else.

const isLayer = (value: unknown): value is LayerConfig =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Partial<LayerConfig>).config === 'object' &&
  typeof (value as Partial<LayerConfig>).config?.trainable === 'boolean'

/** A layer with other ones inside. */
function mapInner(layer: LayerConfig, map: (inner: LayerConfig) => LayerConfig): LayerConfig {
  const mapped = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.some(isLayer) ? value.map(mapped) : value
    return isLayer(value) ? map(value) : value
  }
  const entries = Object.entries(layer.config).map(([key, value]) => [key, mapped(value)])
  return { ...layer, config: Object.fromEntries(entries) }
}

const all = (layer: LayerConfig, trainable: boolean): LayerConfig =>
  mapInner({ ...layer, config: { ...layer.config, trainable } }, (inner) => all(inner, trainable))

/** What a frozen layer holds is frozen too. */
export function frozenThroughout(layer: LayerConfig): LayerConfig {
  if (!isLayer(layer)) return layer
  return layer.config.trainable === false ? all(layer, false) : mapInner(layer, frozenThroughout)
}

/** What a frozen layer holds is frozen by it alone, and free when it is. */
export function thawedInside(layer: LayerConfig): LayerConfig {
  if (!isLayer(layer)) return layer
  return mapInner(
    layer,
    layer.config.trainable === false ? (inner) => thawedInside(all(inner, true)) : thawedInside,
  )
}
