import { tfjs } from '@fn/backend-tfjs'
import { Builder, input, layers, legalize, type Model, model, type Program } from '@fn/core'
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

function square(): Program {
  const b = new Builder()
  const x = b.input({ shape: [2], dtype: 'float32' }, 'x')
  return b.build({ y: b.mul(x, x), same: x, again: x })
}

const two = { shape: [2], dtype: 'float32', data: Float32Array.of(2, 3) } as const

describe('tfjs', () => {
  it('holds no more after 200 epochs than before', async () => {
    const backend = await tfjs('wasm')
    const x = input({ shape: [6, 6, 1] })
    const y = x.pipe(
      layers.conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization(),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dropout({ rate: 0.3 }),
      layers.dense({ units: 2, activation: 'softmax' }),
    )
    const made = model({ inputs: x, outputs: y }) as Model
    made.compile({ backend, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] })
    const data = { shape: [10, 6, 6, 1], data: Float32Array.from({ length: 360 }, (_, at) => Math.sin(at)) }
    const labels = Int32Array.from({ length: 10 }, (_, at) => at % 2)
    const before = memory()
    await made.fit(data, labels, { epochs: 200, batchSize: 4, verbose: 'silent', validationSplit: 0.2 })
    expect(memory().numTensors).toBe(before.numTensors)
    expect(memory().numBytes).toBe(before.numBytes)
    await made.predict(data)
    await made.evaluate(data, labels)
    await made.dispose()
    expect(memory().numTensors).toBe(before.numTensors)
  })

  it('runs two engines side by side', async () => {
    const [cpu, wasm] = [await tfjs('cpu'), await tfjs('wasm')]
    const programs = await Promise.all(
      [cpu, wasm].map((backend) => backend.compile(legalize(square(), backend))),
    )
    const inputs = [cpu.upload(two), wasm.upload(two)]
    for (const at of [0, 1, 0]) {
      const backend = [cpu, wasm][at]!
      const outputs = await programs[at]!.run([inputs[at]!])
      const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
      expect(arrays.map(({ data }) => Array.from(data))).toEqual([
        [4, 9],
        [2, 3],
        [2, 3],
      ])
      for (const tensor of outputs) tensor.dispose()
    }
    await expect(programs[0]!.run([inputs[1]!])).rejects.toThrow(
      'Expected a tensor of tfjs cpu. Received one of another backend.',
    )
    for (const tensor of inputs) tensor.dispose()
  })

  it('takes over what is donated, and nothing else', async () => {
    const backend = await tfjs('wasm')
    const before = memory().numTensors
    const executable = await backend.compile(square(), { donate: [0] })
    const x = backend.upload(two)
    const outputs = await executable.run([x])
    await expect(executable.run([x])).rejects.toThrow(
      'A tensor of shape [2] is used after it was disposed of.',
    )
    for (const tensor of outputs) tensor.dispose()
    executable.dispose()
    executable.dispose()
    expect(memory().numTensors).toBe(before)
    const late = backend.upload(two)
    await expect(executable.run([late])).rejects.toThrow('A program is run after it was disposed of.')
    late.dispose()
  })

  it('does not see what the caller writes into its array later', async () => {
    const backend = await tfjs('cpu')
    const data = Float32Array.of(2, 3)
    const x = backend.upload({ ...two, data })
    data.fill(0)
    expect(Array.from((await backend.download(x)).data)).toEqual([2, 3])
    x.dispose()
  })

  it('says what it can not take', async () => {
    const backend = await tfjs('cpu')
    await expect(tfjs('gpu' as never)).rejects.toThrow(
      'tfjs: expected an engine, one of cpu, wasm, webgl, webgpu. Received: "gpu".',
    )
    await expect(tfjs('webgl')).rejects.toThrow(
      'tfjs: the engine "webgl" needs a page in a browser. In Node there are "webgpu", "wasm" and "cpu".',
    )
    expect(() => backend.upload({ ...two, shape: [3] })).toThrow(
      'Expected 3 elements for shape [3]. Received: 2.',
    )
    const b = new Builder()
    const program = b.build({ y: b.at('noise', () => b.random([2])) })
    expect(() => legalize(program, backend)).toThrow('random (float32) at "noise": the backend lacks this op')
  })

  it('does not greet', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    await tfjs('cpu')
    expect(warn).not.toHaveBeenCalled()
  })
})
