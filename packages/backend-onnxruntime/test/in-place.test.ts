import { Builder } from '@fn/core'
import { programToOnnx } from '@fn/onnx'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { endOfRuns, openInPlace } from '../src/runtime/in-place.ts'
import type { Ort } from '../src/runtime/local.ts'

const b = new Builder()
const x = b.input({ shape: [3], dtype: 'float32' }, 'x')
const file = programToOnnx(b.build({ negative: b.neg(x), square: b.mul(x, x) }))

const tensor = (...values: number[]) => new ort.Tensor('float32', Float32Array.from(values), [values.length])
const open = (bytes: Uint8Array) => ort.InferenceSession.create(bytes)

/** A package that knows what to do with outputs that are no tensors. */
const other = (run: (feeds: unknown, fetches: Record<string, ort.Tensor>) => unknown): Ort => ({
  Tensor: ort.Tensor,
  InferenceSession: { create: async () => ({ run, release: async () => {} }) } as never,
})

describe('runs in place', () => {
  it('leave the outputs in the memory that they are handed', async () => {
    const end = await endOfRuns(ort, {})
    expect(end).toEqual(expect.any(String))
    const session = await openInPlace(open, file, end)
    expect(session.outputNames).toEqual(['negative', 'square'])
    const [negative, square] = [tensor(0, 0, 0), tensor(0, 0, 0)]
    const results = await session.run([tensor(1, 2, 3)], [negative, square])
    expect(results[0]).toBe(negative)
    expect(results[1]).toBe(square)
    expect([...negative.data, ...square.data]).toEqual([-1, -2, -3, 1, 4, 9])
    const [made] = await session.run([tensor(1, 2, 3)], [null, square])
    expect([...made!.data]).toEqual([-1, -2, -3])
    await session.release()
  })

  it('fail as others do', async () => {
    const session = await openInPlace(open, file, await endOfRuns(ort, {}))
    const [negative, square] = [tensor(0, 0, 0), tensor(0, 0, 0)]
    await expect(session.run([tensor(1, 2)], [negative, square])).rejects.toThrow('invalid dimensions')
    await expect(session.run([], [negative, square])).rejects.toThrow('x')
    await session.release()
  })

  it('are none where outputs that are no tensors are no error, or one before anything is computed', async () => {
    const kind = other(async (_, fetches) => {
      fetches.y!.data[0] = -1
      return fetches
    })
    const strict = other(async () => {
      throw new Error('Non tensor type is temporarily not supported.')
    })
    expect(await endOfRuns(kind, {})).toBeUndefined()
    expect(await endOfRuns(strict, {})).toBeUndefined()
    const session = await openInPlace(open, file, undefined)
    const results = await session.run([tensor(1, 2, 3)], [tensor(0, 0, 0), tensor(0, 0, 0)])
    expect(results.map(({ data }) => [...data])).toEqual([
      [-1, -2, -3],
      [1, 4, 9],
    ])
  })
})
