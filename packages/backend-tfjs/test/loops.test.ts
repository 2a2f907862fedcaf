import { tfjs } from '@fn/backend-tfjs'
import { Builder, gradient, type HostArray, legalize, type Program, sizeOf } from '@fn/core'
import { memory } from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'

const float = (...shape: number[]): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(at + 1)),
})

const int = (...data: number[]): HostArray => ({
  shape: [data.length],
  dtype: 'int32',
  data: Int32Array.from(data),
})

/** What the engine holds. */
function held() {
  const { numTensors, numDataBuffers, numBytes } = memory()
  return { tensors: numTensors, buffers: numDataBuffers, bytes: numBytes }
}

/** hₜ₊₁ = tanh(row of the table + hₜ·U), h at every step, and a scalar of it all. */
function recurrence(steps: number): Program {
  const b = new Builder()
  const table = b.input({ shape: [5, 2], dtype: 'float32' }, 'table')
  const u = b.input({ shape: [2, 2], dtype: 'float32' }, 'u')
  const rows = b.input({ shape: [steps], dtype: 'int32' }, 'rows')
  const { carries, outputs } = b.at('loop', () =>
    b.scan([b.zerosLike({ shape: [2], dtype: 'float32' })], [rows], (step, [h], [row]) => {
      const x = step.gather(step.outside(table), row!)
      const next = step.tanh(step.add(x, step.matmul(h!, step.outside(u))))
      return { carries: [next], outputs: [next, h!] }
    }),
  )
  const loss = b.reduceSum(b.mul(outputs[0]!, outputs[1]!))
  return b.build({ loss: b.add(loss, b.reduceSum(carries[0]!)) })
}

describe.each(['cpu', 'wasm'] as const)('a loop on tfjs %s', async (name) => {
  const backend = await tfjs(name)

  it.each([0, 1, 40])('holds nothing after its run, of %i steps', async (steps) => {
    const before = held()
    const program = gradient(recurrence(steps), 'loss', ['table', 'u'])
    const executable = await backend.compile(legalize(program, backend))
    const rows = int(...Array.from({ length: steps }, (_, at) => (at * at) % 5))
    const inputs = [float(5, 2), float(2, 2), rows].map((array) => backend.upload(array))
    const idle = held()
    for (let run = 0; run < 3; run++) {
      const outputs = await executable.run(inputs)
      expect(outputs.map(({ shape }) => shape)).toEqual([[], [5, 2], [2, 2]])
      for (const tensor of outputs) tensor.dispose()
      expect(held()).toEqual(idle)
    }
    for (const tensor of inputs) tensor.dispose()
    executable.dispose()
    expect(held()).toEqual(before)
  })

  it('holds nothing after a step that fails, and runs again', async () => {
    // As it is written, with the rows read in the loop.
    const executable = await backend.compile(recurrence(4))
    const [table, u, good, bad] = [float(5, 2), float(2, 2), int(0, 1, 2, 4), int(0, 1, 5, 4)].map((array) =>
      backend.upload(array),
    )
    const before = held()
    await expect(executable.run([table!, u!, bad!])).rejects.toThrow(
      /^tfjs failed to run scan at "loop": tfjs failed to run gather at ".*": .*5/,
    )
    expect(held()).toEqual(before)
    const outputs = await executable.run([table!, u!, good!])
    for (const tensor of [...outputs, table!, u!, good!, bad!]) tensor.dispose()
    executable.dispose()
  })

  it('takes over the carries that are donated, and no others', async () => {
    const b = new Builder()
    const start = b.input({ shape: [2], dtype: 'float32' }, 'start')
    const x = b.input({ shape: [3, 2], dtype: 'float32' }, 'x')
    const { carries } = b.scan([start], [x], (step, [sum], [element]) => ({
      carries: [step.add(sum!, element!)],
      outputs: [],
    }))
    const program = b.build({ y: carries[0]! })
    for (const donate of [[], [0]]) {
      const executable = await backend.compile(program, { donate })
      const inputs = [float(2), float(3, 2)].map((array) => backend.upload(array))
      const before = held().tensors
      const outputs = await executable.run(inputs)
      expect(held().tensors).toBe(before + 1 - donate.length)
      for (const tensor of [...outputs, ...inputs]) tensor.dispose()
      executable.dispose()
    }
  })
})

describe.each(['cpu', 'wasm'] as const)('rows by number on tfjs %s', async (name) => {
  const backend = await tfjs(name)

  it.each([-1, 3])('are not read or written at %i', async (wrong) => {
    const b = new Builder()
    const x = b.input({ shape: [3, 2], dtype: 'float32' }, 'x')
    const rows = b.input({ shape: [2], dtype: 'int32' }, 'rows')
    const before = held()
    const inputs = [float(3, 2), int(0, wrong)].map((array) => backend.upload(array))
    const read = await backend.compile(b.build({ y: b.gather(x, rows) }))
    await expect(read.run(inputs)).rejects.toThrow(new RegExp(`tfjs failed to run gather.*${wrong}`))
    const c = new Builder()
    const updates = c.input({ shape: [2, 2], dtype: 'float32' }, 'updates')
    const at = c.input({ shape: [2], dtype: 'int32' }, 'rows')
    const write = await backend.compile(c.build({ y: c.scatterAdd(at, updates, 3) }))
    const given = [float(2, 2), int(0, wrong)].map((array) => backend.upload(array))
    await expect(write.run(given)).rejects.toThrow(new RegExp(`tfjs failed to run scatterAdd.*${wrong}`))
    for (const tensor of [...inputs, ...given]) tensor.dispose()
    expect(held()).toEqual(before)
  })
})
