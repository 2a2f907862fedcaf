import { Builder, type DeviceTensor } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { createReference, reference } from '../src/index.ts'
import { float } from './run.ts'

const type = { shape: [2], dtype: 'float32' } as const

/** y = 2x, and x itself, twice. */
function program() {
  const b = new Builder()
  const x = b.input(type, 'x')
  return b.build([
    ['y', b.mul(x, 2)],
    ['same', x],
    ['again', x],
  ])
}

describe('reference', () => {
  it('computes in float64, and gives it so', async () => {
    const backend = await reference()
    const b = new Builder()
    const executable = await backend.compile(b.build({ y: b.add(b.input(type, 'x'), 0.1) }))
    const [y] = await executable.run([backend.upload(float([2], 0.2, 1))])
    expect((await backend.download(y!)).data).toEqual(Float64Array.of(0.30000000000000004, 1.1))
    expect(backend.name).toBe('reference')
  })

  it('copies what goes in and what comes out', async () => {
    const backend = createReference()
    const data = Float32Array.of(1, 2)
    const x = backend.upload({ ...type, data })
    data[0] = 9
    const first = await backend.download(x)
    expect(first.data).toEqual(Float64Array.of(1, 2))
    first.data[0] = 9
    expect((await backend.download(x)).data).toEqual(Float64Array.of(1, 2))
  })

  it('answers a tensor of its own for each output', async () => {
    const backend = createReference()
    const executable = await backend.compile(program())
    const x = backend.upload(float([2], 1, 2))
    const [y, same, again] = (await executable.run([x])) as [DeviceTensor, DeviceTensor, DeviceTensor]
    expect(backend.memory().tensors).toBe(4)
    for (const tensor of [x, y, same]) tensor.dispose()
    expect((await backend.download(again)).data).toEqual(Float64Array.of(1, 2))
    again.dispose()
    again.dispose()
    expect(backend.memory().tensors).toBe(0)
  })

  it('disposes of donated inputs, and of no others', async () => {
    const backend = createReference()
    const b = new Builder()
    const [p, q] = [b.input(type, 'p'), b.input(type, 'q')]
    const executable = await backend.compile(b.build({ p, sum: b.add(p, q) }), { donate: [0] })
    const inputs = [backend.upload(float([2], 1, 2)), backend.upload(float([2], 3, 4))]
    const outputs = await executable.run(inputs)
    expect(backend.memory().tensors).toBe(3)
    await expect(backend.download(inputs[0]!)).rejects.toThrow(
      'A float32 tensor of shape [2] is used after it was disposed of.',
    )
    await expect(executable.run(inputs)).rejects.toThrow('used after it was disposed of')
    expect((await backend.download(inputs[1]!)).data).toEqual(Float64Array.of(3, 4))
    expect((await backend.download(outputs[0]!)).data).toEqual(Float64Array.of(1, 2))
    expect((await backend.download(outputs[1]!)).data).toEqual(Float64Array.of(4, 6))
  })

  it('refuses arrays that are not what they say', () => {
    const backend = createReference()
    expect(() => backend.upload({ shape: [2, 3], dtype: 'float32', data: new Float32Array(5) })).toThrow(
      'Expected 6 elements for shape [2, 3]. Received: 5.',
    )
    expect(() => backend.upload({ shape: [1], dtype: 'int32', data: Float32Array.of(1.5) })).toThrow(
      'Expected elements of dtype int32. Received: Float32Array.',
    )
    expect(backend.memory().tensors).toBe(0)
  })

  it('refuses inputs that do not fit the program', async () => {
    const backend = createReference()
    const executable = await backend.compile(program())
    await expect(executable.run([])).rejects.toThrow('Expected 1 inputs. Received: 0.')
    await expect(executable.run([backend.upload(float([3], 1, 2, 3))])).rejects.toThrow(
      'Input "x": expected float32[2]. Received: float32[3].',
    )
    const stranger: DeviceTensor = { ...type, dispose() {} }
    await expect(executable.run([stranger])).rejects.toThrow('Expected a tensor of the reference backend.')
  })

  it('says when it is used after its end', async () => {
    const backend = createReference()
    const executable = await backend.compile(program())
    executable.dispose()
    const x = backend.upload(float([2], 1, 2))
    await expect(executable.run([x])).rejects.toThrow('A program is run after it was disposed of.')
    await backend.dispose()
    expect(() => backend.upload(float([2], 1, 2))).toThrow('used after it was disposed of')
    await expect(backend.compile(program())).rejects.toThrow('used after it was disposed of')
  })
})
