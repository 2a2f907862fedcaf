import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { Builder, type DeviceTensor, Generator, input, layers, type Model, model } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'

const two = { shape: [2], dtype: 'float32', data: Float32Array.of(2, 3) } as const

function network(): Model {
  const image = input({ shape: [9, 8, 2], name: 'image' })
  const extra = input({ shape: [3], name: 'extra' })
  const conv = layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', activation: 'elu' })(
    image,
  )
  const features = conv.pipe(
    layers.batchNormalization(),
    layers.averagePooling2d({ padding: 'same' }),
    layers.flatten(),
  )
  const digit = layers
    .concatenate()([features, extra])
    .pipe(layers.dense({ units: 3, activation: 'softmax', name: 'digit' }))
  return model({ inputs: [image, extra], outputs: { digit, features } }) as unknown as Model
}

describe('onnxruntime', () => {
  it('predicts what the reference predicts, from memory and from the file', async () => {
    const made = network()
    const generator = new Generator(3)
    const image = { shape: [5, 9, 8, 2], data: Float32Array.from(generator.normal(720)) }
    const extra = { shape: [5, 3], data: Float32Array.from(generator.normal(15)) }
    const predictions = []
    for (const backend of [await reference(), await onnxruntime('cpu')]) {
      made.compile({ backend })
      predictions.push(
        (await made.predict([image, extra], { batchSize: 2 })) as unknown as Record<
          string,
          { data: ArrayLike<number> }
        >,
      )
      await made.dispose()
    }
    const session = await InferenceSession.create(toOnnx(made))
    const fromFile = await session.run({
      image: new Tensor('float32', image.data, image.shape),
      extra: new Tensor('float32', extra.data, extra.shape),
    })
    const [exact, found] = predictions
    for (const name of ['digit', 'features']) {
      const expected = Array.from(exact![name]!.data)
      for (const data of [found![name]!.data, fromFile[name]!.data as Float32Array]) {
        expected.forEach((value, at) => {
          expect(data[at]).toBeCloseTo(value, 5)
        })
      }
    }
    await session.release()
  })

  it('says what it can not take', async () => {
    await expect(onnxruntime('tpu' as never)).rejects.toThrow(
      'onnxruntime: expected a provider, one of cpu, webgpu, cuda. Received: "tpu".',
    )
    const backend = await onnxruntime()
    expect(() => backend.upload({ ...two, shape: [3] })).toThrow(
      'Expected 3 elements for shape [3]. Received: 2.',
    )
    const b = new Builder()
    const x = b.input({ shape: [2], dtype: 'float32' }, 'x')
    const executable = await backend.compile(b.build({ y: b.exp(x), same: x }), { donate: [0] })
    const given = backend.upload(two)
    await executable.run([given])
    await expect(executable.run([given])).rejects.toThrow(
      'A tensor of shape [2] is used after it was disposed of.',
    )
    const oracle = await reference()
    await expect(executable.run([oracle.upload(two)])).rejects.toThrow(
      'Expected a tensor of onnxruntime cpu.',
    )
    await expect(
      executable.run([backend.upload({ shape: [1], dtype: 'float32', data: Float32Array.of(1) })]),
    ).rejects.toThrow('Input "x": expected float32[2]. Received: float32[1].')
    executable.dispose()
    await expect(executable.run([backend.upload(two)])).rejects.toThrow(
      'A program is run after it was disposed of.',
    )
  })

  it('writes state by turns into two sets of memory', async () => {
    const backend = await onnxruntime()
    const b = new Builder()
    const w = b.input({ shape: [2], dtype: 'float32' }, 'w')
    const executable = await backend.compile(b.build({ next: b.add(w, 1), before: w, twice: b.mul(w, 2) }), {
      donate: [0],
    })
    const memories = new Set<ArrayBufferLike>()
    const kept = []
    let state = backend.upload(two)
    for (let step = 0; step < 6; step++) {
      memories.add(memoryOf(state))
      const [next, ...others] = await executable.run([state])
      kept.push(others)
      state = next!
    }
    expect(memories.size).toBe(2)
    expect((await backend.download(state)).data).toEqual(Float32Array.of(8, 9))
    for (const [step, [before, twice]] of kept.entries()) {
      expect((await backend.download(before!)).data).toEqual(Float32Array.of(2 + step, 3 + step))
      expect((await backend.download(twice!)).data).toEqual(Float32Array.of(4 + 2 * step, 6 + 2 * step))
    }
  })

  it('hands the memory of one tensor on once, and none that is not donated', async () => {
    const backend = await onnxruntime()
    const b = new Builder()
    const [x, y] = ['x', 'y'].map((name) => b.input({ shape: [2], dtype: 'float32' }, name))
    const program = b.build({ sum: b.add(x!, y!), difference: b.sub(x!, y!) })
    const both = await backend.compile(program, { donate: [0, 1] })
    const one = backend.upload(two)
    await both.run([one, one])
    const [sum, difference] = await both.run([backend.upload(two), backend.upload(two)])
    expect((await backend.download(sum!)).data).toEqual(Float32Array.of(4, 6))
    expect((await backend.download(difference!)).data).toEqual(Float32Array.of(0, 0))

    const second = await backend.compile(program, { donate: [1] })
    const kept = backend.upload(two)
    await second.run([kept, backend.upload(two)])
    await second.run([kept, backend.upload(two)])
    expect((await backend.download(kept)).data).toEqual(two.data)
  })

  it('copies what it is given, whatever kind of numbers that is', async () => {
    const backend = await onnxruntime()
    const data = Float64Array.of(1.5, 2.5)
    const tensor = backend.upload({ shape: [2], dtype: 'float32', data })
    data.fill(0)
    expect((await backend.download(tensor)).data).toEqual(Float32Array.of(1.5, 2.5))
  })
})

/** What a tensor of ONNX Runtime keeps its elements in. */
const memoryOf = (tensor: DeviceTensor): ArrayBufferLike =>
  ((tensor as DeviceTensor & { readonly open: Tensor }).open.data as Float32Array).buffer
