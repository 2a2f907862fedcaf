import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import { ConfigError, input, layers, type Model, model } from '@fn/core'
import { loadModel, saveModel } from '@fn/keras'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type EngineName, engines } from './support/engines.ts'
import { line, sentences, tagger } from './support/models.ts'

const { x, y } = sentences(20)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fn-keras-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe.each(Object.keys(engines) as EngineName[])('on %s', (engine) => {
  it('3 epochs, a new process and 2 more are 5 in one go, bit for bit', { timeout: 120_000 }, async () => {
    const path = (name: string): string => join(folder, `${name}.keras`)
    const made = tagger()
    const backend = await engines[engine]()
    made.compile({ backend, optimizer: 'adam', loss: 'mse', metrics: ['mae'] })
    await saveModel(made, path('start'))
    const run = async (from: string, initialEpoch: number, epochs: number, to: string): Promise<void> => {
      const loaded = await loadModel(path(from), { backend })
      await loaded.fit(x, y, { initialEpoch, epochs, batchSize: 8, verbose: 'silent' })
      await saveModel(loaded, path(to))
    }
    await run('start', 0, 5, 'five')
    await run('start', 0, 3, 'three')
    const script = join(import.meta.dirname, 'support/resume.ts')
    const parts = [engine, path('three'), '3', '5', path('two-more')]
    execFileSync(process.execPath, ['--import', 'tsx', '--conditions=@fn/source', script, ...parts])
    const [five, twoMore, three] = await Promise.all(
      ['five', 'two-more', 'three'].map((name) => loadModel(path(name), { backend })),
    )
    expect(twoMore!.getWeights()).toEqual(five!.getWeights())
    expect(three!.getWeights()).not.toEqual(five!.getWeights())
    for (const loaded of [five!, twoMore!])
      expect(loaded.compiled!.optimizerState.iterations.data).toEqual(Int32Array.of(15))
    expect(twoMore!.compiled!.draws).toBe(five!.compiled!.draws)
  })
})

describe('saveModel', () => {
  it('leaves nothing beside the file, and whoever reads meanwhile finds a whole one', async () => {
    const path = join(folder, 'model.keras')
    await saveModel(line(), path)
    let saving = true
    const reader = (async () => {
      let reads = 0
      while (saving) {
        expect((await loadModel(path)).countParams()).toBe(8)
        reads++
      }
      return reads
    })()
    for (let time = 0; time < 5; time++) await saveModel(line(), path)
    saving = false
    expect(await reader).toBeGreaterThan(0)
    expect(readdirSync(folder)).toEqual(['model.keras'])
  })

  it('leaves the old file whole where it fails', async () => {
    const path = join(folder, 'model.keras')
    writeFileSync(path, 'old')
    const x = input({ shape: [3] })
    const unsaid = model({ inputs: x, outputs: layers.lambda((b, value) => b.neg(value!))(x) }) as Model
    await expect(saveModel(unsaid, path)).rejects.toThrow(ConfigError)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await expect(saveModel(line(), join(folder, 'nowhere', 'model.keras'))).rejects.toThrow('ENOENT')
    // A folder can not be replaced by a file: the write is whole, and the rename fails.
    await expect(saveModel(line(), folder)).rejects.toThrow()
    expect(readdirSync(folder)).toEqual(['model.keras'])
    expect(statSync(path).size).toBe(3)
  })

  it('keeps what layers remember, and a training that was interrupted by nothing', async () => {
    const path = join(folder, 'model.keras')
    const backend = await reference()
    const steps = input({ shape: [4, 3], batchSize: 2 })
    const made = model({ inputs: steps, outputs: layers.lstm({ units: 2, stateful: true })(steps) }) as Model
    const data = Array.from({ length: 2 }, (_, n) => [0, 1, 2, 3].map((t) => [n, t, n - t]))
    made.compile({ backend, optimizer: 'sgd', loss: 'mse' })
    await made.fit(
      data,
      data.map(([row]) => row!.slice(0, 2)),
      { verbose: 'silent' },
    )
    await saveModel(made, path)
    const again = await loadModel(path, { backend })
    expect(again.states.map(({ variable }) => variable.data)).toEqual(
      made.states.map(({ variable }) => variable.data),
    )
    expect(await again.predict(data)).toEqual(await made.predict(data))
  })

  it('saves from a callback, and in the middle of a step what the last completed one left', async () => {
    const made = line()
    made.compile({ backend: await reference(), loss: 'mse', optimizer: 'sgd' })
    const path = join(folder, 'model.keras')
    const saved: unknown[] = []
    const callback = {
      onBatchEnd: async () => {
        await saveModel(made, path)
        saved.push((await loadModel(path)).getWeights(), made.getWeights())
      },
    }
    const training = made.fit([[1, 2, 3]], [[0, 1]], { callbacks: [callback], verbose: 'silent' })
    await training
    expect(saved[0]).toEqual(saved[1])
    const steps = [JSON.stringify(made.getWeights())]
    const record = {
      async onBatchEnd() {
        steps.push(JSON.stringify(made.getWeights()))
        await new Promise((resolve) => setTimeout(resolve, 1))
      },
    }
    let isOpen = true
    const open = made
      .fit([[1, 2, 3]], [[0, 1]], { callbacks: [record], epochs: 40, verbose: 'silent' })
      .finally(() => {
        isOpen = false
      })
    const found: number[] = []
    while (isOpen) {
      await saveModel(made, path)
      found.push(steps.indexOf(JSON.stringify((await loadModel(path)).getWeights())))
    }
    await open
    expect(found).not.toContain(-1)
    expect(new Set(found).size).toBeGreaterThan(1)
  })
})
