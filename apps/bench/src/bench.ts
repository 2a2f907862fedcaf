import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, contendersFor } from './contender.ts'
import { median } from './statistics.ts'
import type { Workload } from './workload.ts'
import { workloadNamed, workloads } from './workloads/index.ts'

// Times one training step of each contender, in one run and by turns, so that a busy machine is busy for all:
// npm run bench -- mlp cnn; all workloads, if none is named.

const ROUNDS = 7
/** Each round takes about so long for each contender. */
const ROUND_MS = 500
const WARM_UP = 3

/** One line of the results. */
interface Timing {
  readonly workload: string
  readonly engine: string
  readonly phase: 'train'
  readonly msPerStep: number
  /** From the first step asked for to its end, less what a step takes later. */
  readonly compileMs: number
  readonly peakMb: number
}

async function race({ name }: Workload, contenders: readonly Contender[]): Promise<readonly Timing[]> {
  const entries = []
  for (const contender of contenders) {
    const { times } = await contender.steps(WARM_UP)
    const perRound = Math.min(20, Math.max(1, Math.round(ROUND_MS / times.at(-1)!)))
    entries.push({ contender, cold: times[0]!, perRound, times: [] as number[], peakMb: 0 })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of entries) {
      const { times, peakMb } = await entry.contender.steps(entry.perRound)
      entry.times.push(...times)
      entry.peakMb = peakMb
    }
  }
  return entries.map(({ contender: { engine }, cold, times, peakMb }) => {
    const msPerStep = median(times)
    return { workload: name, engine, phase: 'train', msPerStep, compileMs: cold - msPerStep, peakMb }
  })
}

function print({ name, title }: Workload, timings: readonly Timing[]): void {
  const own = timings[0]!
  console.log(`\n${name}: ${title}\n`)
  console.log(`| engine | ms a step | times that of ${own.engine} | first step more, ms | peak MB |`)
  console.log('|---|---:|---:|---:|---:|')
  for (const { engine, msPerStep, compileMs, peakMb } of timings) {
    const ratio = msPerStep / own.msPerStep
    console.log(
      `| ${engine} | ${msPerStep.toFixed(2)} | ${ratio.toFixed(2)} | ${compileMs.toFixed(0)} | ${peakMb.toFixed(0)} |`,
    )
  }
}

const named = process.argv.slice(2)
const all: Timing[] = []
for (const workload of named.length === 0 ? workloads : named.map(workloadNamed)) {
  const contenders = contendersFor(workload)
  try {
    const timings = await race(workload, contenders)
    print(workload, timings)
    all.push(...timings)
  } finally {
    for (const contender of contenders) contender.end()
  }
}

const out = join(import.meta.dirname, '../out')
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'results.json'), `${JSON.stringify(all, null, 2)}\n`)
