import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import * as tf from '@tensorflow/tfjs-core'
import type { Contender, Timing } from './engine.ts'
import { mlp, withFn, withTfjsLayers } from './mlp.ts'
import { median } from './statistics.ts'

// Times one training step of each contender, in one run and by turns, so that a busy machine is busy for all.

const ROUNDS = 5
const STEPS_PER_ROUND = 8
const WARM_UP = 3

async function race(workload: string, contenders: readonly Contender[]): Promise<readonly Timing[]> {
  const times = new Map<Contender, number[]>()
  const first = new Map<Contender, number>()
  for (const contender of contenders) {
    const [cold] = await contender.steps(WARM_UP)
    first.set(contender, cold!)
    times.set(contender, [])
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const contender of contenders) {
      // A fit makes its programs ready in its first step, which is no training time.
      const [, ...warm] = await contender.steps(STEPS_PER_ROUND + 1)
      times.get(contender)!.push(...warm)
    }
  }
  return contenders.map((contender) => {
    const msPerStep = median(times.get(contender)!)
    return {
      workload,
      engine: contender.engine,
      phase: 'train',
      msPerStep,
      compileMs: first.get(contender)! - msPerStep,
    }
  })
}

function print(timings: readonly Timing[]): void {
  const baseline = timings.find(({ engine }) => engine.startsWith('tfjs-layers'))!
  console.log(`| workload | engine | ms a step | compile ms | faster than ${baseline.engine} |`)
  console.log('|---|---|---:|---:|---:|')
  for (const { workload, engine, msPerStep, compileMs } of timings) {
    const ratio = baseline.msPerStep / msPerStep
    console.log(
      `| ${workload} | ${engine} | ${msPerStep.toFixed(2)} | ${compileMs.toFixed(0)} | ${ratio.toFixed(1)} × |`,
    )
  }
}

const backend = await tfjs('wasm')
await tf.setBackend('wasm')
await tf.ready()
const contenders = [withFn('fn tfjs wasm', backend), withTfjsLayers('tfjs-layers wasm')]
const timings = await race(`${mlp.name} (784-512-512-10, batch ${mlp.batch}, Adam)`, contenders)
for (const contender of contenders) await contender.dispose()
await backend.dispose()
print(timings)

const out = join(import.meta.dirname, '../out')
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'results.json'), `${JSON.stringify(timings, null, 2)}\n`)
