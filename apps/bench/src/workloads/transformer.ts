import { input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { oneHot, wholeNumbers } from '../noise.ts'
import type { Workload } from '../workload.ts'

const batchSize = 16
const [words, tokens, width] = [1000, 64, 128]

/** Of Vaswani et al., Attention Is All You Need (2017): the encoder, with its norms after the sums. */
export const transformer: Workload = {
  name: 'transformer',
  title: 'encoder of 4 blocks, width 128, 4 heads, 64 tokens of 1,000, dense 10, batch 16, Adam',
  batchSize,
  training: { optimizer: 'adam', loss: 'categoricalCrossentropy' },
  batch: () => ({ x: [wholeNumbers(batchSize * tokens, words)], y: [oneHot(batchSize, 10)] }),

  model() {
    const text = input({ shape: [tokens], dtype: 'int32' })
    let x: SymbolicTensor = layers.embedding({ inputDim: words, outputDim: width })(text)
    for (let block = 0; block < 4; block++) {
      const attention = layers.multiHeadAttention({ numHeads: 4, keyDim: width / 4 })
      x = layers.layerNormalization()(layers.add()([x, attention([x, x])]))
      const wide = x.pipe(
        layers.dense({ units: 4 * width, activation: 'relu' }),
        layers.dense({ units: width }),
      )
      x = layers.layerNormalization()(layers.add()([x, wide]))
    }
    const y = x.pipe(layers.globalAveragePooling1d(), layers.dense({ units: 10, activation: 'softmax' }))
    return model({ inputs: text, outputs: y }) as Model
  },
}
