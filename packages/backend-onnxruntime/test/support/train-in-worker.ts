import { onnxruntime } from '@fn/backend-onnxruntime'
import { input, layers, model } from '@fn/core'

// As a program of a user runs from source: one epoch in a worker, and its loss on stdout.
const x = input({ shape: [2] })
const line = model({ inputs: x, outputs: layers.dense({ units: 1, kernelInitializer: 'zeros' })(x) })
line.compile({ backend: await onnxruntime('cpu', { worker: true }), optimizer: 'sgd', loss: 'mse' })
const { history } = await line.fit(
  [
    [1, 2],
    [3, 4],
  ],
  [[2], [4]],
  { verbose: 'silent' },
)
process.stdout.write(String(history.loss![0]))
process.exit(0)
