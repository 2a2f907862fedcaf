import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onnxruntime } from '@fn/backend-onnxruntime'
import {
  type Backend,
  Builder,
  type FitOptions,
  Generator,
  type HostArray,
  input,
  layers,
  legalize,
  type Model,
  model,
  Timer,
} from '@fn/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readKernelTimes } from '../src/runtime/kernel-times.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fn-test-'))
  vi.stubEnv('TMPDIR', folder)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

/** What is left of profiles; others write there too. */
const profilesIn = (place: string): readonly string[] =>
  readdirSync(place).filter((name) => name.startsWith('fn-profile'))

const random = (shape: readonly number[], seed: number): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from(new Generator(seed).normal(shape.reduce((a, b) => a * b))),
})

/** Convolutions in the layout that ONNX Runtime reorders for, a loop, and kernels large enough for a tail. */
function reader(backend: Backend): Model {
  const film = input({ shape: [6, 16, 16, 3] })
  const picture = input({ shape: [16, 16, 3] })
  const seen = model({
    inputs: picture,
    outputs: picture.pipe(
      layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu', name: 'edges' }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dense({ units: 32, activation: 'relu', name: 'seen' }),
    ),
    name: 'eye',
  })
  const made = model({
    inputs: film,
    outputs: film.pipe(
      layers.timeDistributed({ layer: seen, name: 'frames' }),
      layers.gru({ units: 24, name: 'memory' }),
      layers.dense({ units: 3, activation: 'softmax', name: 'kind' }),
    ),
  }) as unknown as Model
  made.setWeights(made.getWeights().map(({ shape }, at) => random(shape, at + 10)))
  made.compile({ backend, optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', seed: 5 })
  return made
}

const labels = Int32Array.from({ length: 40 }, (_, at) => at % 3)

const fit = (made: Model, options: FitOptions = {}) =>
  made.fit(random([40, 6, 16, 16, 3], 3) as never, labels as never, {
    epochs: 2,
    batchSize: 10,
    verbose: 'silent',
    ...options,
  })

describe('profiles of onnxruntime', () => {
  it.each([false, true])('name the layer of nearly all time, in a worker: %s', async (worker) => {
    const backend = await onnxruntime('cpu', { worker })
    const plain = reader(backend)
    await fit(plain)
    const made = reader(backend)
    const { profile } = await fit(made, { profile: true })
    const kernels = profile!.rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
    expect(profile!.attributed).toBeGreaterThan(0.95 * kernels)
    for (const layer of ['frames/eye/edges', 'frames/eye/seen', 'memory/gru_cell', 'kind']) {
      const phases = profile!.rows.filter((row) => row.layer === layer).map(({ phase }) => phase)
      expect(phases).toEqual(expect.arrayContaining(['forward', 'backward', 'update']))
    }
    // In each of the eight steps the tail goes over its kernel and over its bias.
    const passes = profile!.rows.find((row) => row.layer === 'frames/eye/seen' && row.op === 'pass')
    expect(passes).toMatchObject({ phase: 'update', calls: 16 })
    expect(profile!.steps).toBe(8)
    expect(made.getWeights()).toEqual(plain.getWeights())
    for (const one of [plain, made]) await one.dispose()
    await backend.dispose()
    expect(profilesIn(folder)).toEqual([])
  })

  it('go on after they were asked for, and leave no file when nobody asks', async () => {
    const backend = await onnxruntime('cpu')
    const b = new Builder()
    const x = b.input({ shape: [64, 64], dtype: 'float32' }, 'x')
    const program = legalize(b.build({ y: b.at('layer', () => b.tanh(b.matmul(x, x))) }), backend)
    const executable = await backend.compile(program, { profile: true })
    const given = backend.upload(random([64, 64], 1))
    const callsAfter = async (runs: number): Promise<readonly unknown[]> => {
      const outputs = await Promise.all(Array.from({ length: runs }, () => executable.run([given])))
      for (const tensor of outputs.flat()) tensor.dispose()
      const { kernels } = await executable.profile!()
      return kernels.map(({ path, op, calls }) => [path, op, calls])
    }
    const expected = (calls: number) => [
      ['layer', 'MatMul', calls],
      ['layer', 'Tanh', calls],
    ]
    expect(await callsAfter(3)).toEqual(expected(3))
    expect(await callsAfter(1)).toEqual(expected(4))
    expect(await callsAfter(0)).toEqual(expected(4))
    await executable.run([given])
    executable.dispose()
    await vi.waitFor(() => expect(profilesIn(folder)).toEqual([]))
    await expect(executable.profile!()).rejects.toThrow('after it was disposed of')
    await backend.dispose()
  })
})

describe('readKernelTimes', () => {
  it('takes loops apart, and finds the layer of nodes that were made of others', async () => {
    const node = (name: string, op: string, ts: number, dur: number): string =>
      JSON.stringify({ cat: 'Node', tid: 1, ts, dur, name: `${name}_kernel_time`, args: { op_name: op } })
    const lines = [
      '[',
      `${JSON.stringify({ cat: 'Session', tid: 1, ts: 0, dur: 9, name: 'session_initialization', args: {} })},`,
      `${node('fused head/Gemm', 'FusedGemm', 10, 5)},`,
      `${node('loop/cell/MatMul_1/MatMulAddFusion', 'Gemm', 21, 30)},`,
      `${node('loop/cell/MatMul_1/MatMulAddFusion', 'Gemm', 60, 30)},`,
      `${node('loop/Scan', 'Scan', 20, 100)},`,
      `${node('attention/MatMul/MatmulTransposeFusion/', 'FusedMatMul', 130, 7)},`,
      `${node('ReorderOutput_token_2', 'ReorderOutput', 140, 2)},`,
      `${JSON.stringify({ cat: 'Session', tid: 1, ts: 9, dur: 200, name: 'model_run', args: {} })}`,
      ']',
    ]
    const timer = new Timer()
    async function* read() {
      yield* lines
    }
    expect(await readKernelTimes(read(), new Set(['head', 'loop', 'loop/cell', 'attention']), timer)).toBe(8)
    expect(
      timer.timings.kernels.map(({ path, op, calls, milliseconds }) => [path, op, calls, milliseconds]),
    ).toEqual([
      ['head', 'FusedGemm', 1, 0.005],
      ['loop/cell', 'Gemm', 2, 0.06],
      ['loop', 'Scan', 1, 0.04],
      ['attention', 'FusedMatMul', 1, 0.007],
      ['', 'ReorderOutput', 1, 0.002],
    ])
  })
})
