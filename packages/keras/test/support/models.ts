import { input, layers, type Model, model, sequential } from '@fn/core'

/** A model with a layer of every kind of place in a file: cells, wrappers, nested models, statistics. */
export function tagger(): Model {
  const words = input({ shape: [6], dtype: 'int32', name: 'words' })
  const vision = sequential(
    [
      input({ shape: [18] }),
      layers.dense({ units: 4, activation: 'relu' }),
      layers.dropout({ rate: 0.5 }),
      layers.batchNormalization(),
    ],
    { name: 'inner' },
  )
  const features = words.pipe(
    layers.embedding({ inputDim: 10, outputDim: 4, maskZero: true }),
    layers.bidirectional(layers.lstm({ units: 3, returnSequences: true, dropout: 0.1 })),
    layers.rnn({
      cell: [layers.gruCell({ units: 3 }), layers.lstmCell({ units: 2 })],
      returnSequences: true,
    }),
    layers.timeDistributed(layers.dense({ units: 3 })),
    layers.layerNormalization(),
    layers.flatten(),
    vision,
  )
  const four = input({ shape: [4] })
  const head = model({ inputs: four, outputs: layers.dense({ units: 2 })(four), name: 'head' })
  return model({ inputs: words, outputs: head(features), name: 'tagger' }) as unknown as Model
}

/** Sentences of ten words, 0 among them, and what to say of them. */
export function sentences(count: number): { readonly x: number[][]; readonly y: number[][] } {
  const x = Array.from({ length: count }, (_, row) =>
    Array.from({ length: 6 }, (_, step) => (row * 7 + step * 3) % 10),
  )
  return { x, y: x.map(([first, second]) => [first! / 10, second! / 10]) }
}

export const line = (): Model => sequential([input({ shape: [3] }), layers.dense({ units: 2 })]) as Model
