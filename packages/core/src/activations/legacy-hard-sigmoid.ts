// Keras 3 has no name for the hard sigmoid of Keras 2, but an activation may be a layer there, and
// min(max(0.2x + 0.5, 0), 1) is its sparse sigmoid, min(max(0.5x + 0.5, 0), 1), of 0.4x.

const layer = (class_name: string, config: Readonly<Record<string, unknown>>) => ({
  module: 'keras.layers',
  class_name,
  config,
  registered_name: null,
})

/** The config that Keras 3 reads as the hard sigmoid of Keras 2. */
export const legacyHardSigmoidConfig = {
  module: 'keras',
  class_name: 'Sequential',
  config: {
    name: 'legacy_hard_sigmoid',
    trainable: true,
    layers: [
      layer('Rescaling', { name: 'scale', scale: 0.4, offset: 0 }),
      layer('Activation', { name: 'sparse_sigmoid', activation: 'sparse_sigmoid' }),
    ],
  },
  registered_name: null,
} as const

/** True if a config is the one above, as fn wrote it or as Keras wrote it again. */
export function isLegacyHardSigmoid(config: unknown): boolean {
  const { class_name, config: own } = (config ?? {}) as Partial<typeof legacyHardSigmoidConfig>
  if (class_name !== 'Sequential' || !Array.isArray(own?.layers)) return false
  const layers = (own.layers as readonly Partial<ReturnType<typeof layer>>[]).filter(
    (inner) => inner?.class_name !== 'InputLayer',
  )
  const [first, second] = layers.map((inner) => inner?.config)
  return (
    layers.map((inner) => inner?.class_name).join() === 'Rescaling,Activation' &&
    first?.scale === 0.4 &&
    first.offset === 0 &&
    second?.activation === 'sparse_sigmoid'
  )
}
