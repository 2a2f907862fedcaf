import { input, Layer, layers, type Model, model, type Scope, type Value } from '@fn/core'

const conv = (filters: number, name: string) =>
  layers.conv2d({ filters, kernelSize: 3, padding: 'same', activation: 'relu', name })

/** Two ways from the input to the output. */
export function residual(): Model {
  const image = input({ shape: [8, 8, 3], name: 'image' })
  const sum = layers.add({ name: 'sum' })([image, conv(3, 'conv')(image)])
  return model({ inputs: image, outputs: sum, name: 'residual' })
}

/** Two inputs through one shared layer to two outputs, by name. */
export function siamese(): Model {
  const [left, right] = [input({ shape: [6], name: 'a' }), input({ shape: [6], name: 'b' })]
  const encoder = layers.dense({ units: 4, activation: 'tanh', name: 'encoder' })
  const both = layers.concatenate({ name: 'both' })([encoder(left), encoder(right)])
  const outputs = {
    same: layers.dense({ units: 1, activation: 'sigmoid', name: 'same' })(both),
    kind: layers.dense({ units: 3, activation: 'softmax', name: 'head' })(both),
  }
  return model({ inputs: { left, right }, outputs, name: 'siamese' })
}

/** A model that is called twice, and calls another three times. */
export function nested(): Model {
  const x = input({ shape: [4], name: 'x' })
  const inner = model({ inputs: x, outputs: layers.dense({ units: 2, name: 'code' })(x), name: 'inner' })
  const [p, q] = [input({ shape: [4], name: 'p' }), input({ shape: [4], name: 'q' })]
  const middle = model({
    inputs: { first: p, second: q },
    outputs: { sum: layers.add({ name: 'plus' })([inner(p), inner(q)]), copy: inner(p) },
    name: 'middle',
  })
  const [u, v] = [input({ shape: [4], name: 'u' }), input({ shape: [4], name: 'v' })]
  const [forth, back] = [middle([u, v]), middle([v, u])]
  const all = layers.concatenate({ name: 'all' })([forth.sum, forth.copy, back.sum])
  return model({ inputs: [u, v], outputs: all, name: 'outer' })
}

/** A layer around others: the sum of what they give. */
export class Around extends Layer {
  static override readonly className = 'Around'
  readonly #parts: readonly Layer<unknown>[]

  constructor(name: string, ...parts: readonly Layer<unknown>[]) {
    super({ name })
    this.#parts = parts
  }

  override get sublayers(): readonly Layer<unknown>[] {
    return this.#parts
  }

  call([x]: readonly Value[], b: Scope): Value {
    return this.sublayers.map((part) => part.write([x!], b).outputs[0]!).reduce((sum, y) => b.add(sum, y))
  }
}

/** A wrapper around a model, and one around two layers. */
export function wrapped(): Model {
  const x = input({ shape: [4], name: 'x' })
  const y = input({ shape: [4], name: 'y' })
  const scorer = model({ inputs: y, outputs: layers.dense({ units: 4, name: 'score' })(y), name: 'scorer' })
  const both = [layers.dense({ units: 4, name: 'ahead' }), layers.dense({ units: 4, name: 'back' })]
  return model({
    inputs: x,
    outputs: x.pipe(
      new Around('steps', scorer),
      new Around('ways', ...both),
      layers.flatten({ name: 'flat' }),
    ),
    name: 'wrapped',
  })
}
