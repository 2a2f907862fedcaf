import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Contender, contenderNames, contendersFor } from './contender.ts'
import { type Phase, phases } from './engine.ts'
import { printGrowth } from './graph.ts'
import { printMemory } from './memory.ts'
import { median } from './statistics.ts'
import type { Workload } from './workload.ts'
import { workloads } from './workloads/index.ts'

const usage = `npm run bench -- [WORKLOAD …] [--engine NAME …] [--phase NAME …]

Times each contender, in one run and by turns, so that a busy machine is busy for all.

WORKLOAD    ${workloads.map(({ name }) => name).join(', ')}; graph: how the time to define and to compile a model grows;
            memory: how much a process uses during 2,000 steps of mlp, warm; all of them but memory, if none is named
--engine    only these: 'fn onnxruntime cpu', 'fn tfjs wasm', 'fn tfjs cpu', 'tfjs-layers wasm', 'tfjs-layers cpu', 'Keras 3 jax', …
--phase     only these: ${phases.map((phase) => `'${phase}'`).join(', ')}`

const ROUNDS = 7
/** Each round takes about so long for each contender. */
const ROUND_MS = 500
const WARM_UP = 3
/** Threads of some engines wait busily for a while after their last step. */
const REST_MS = 300

/** One line of the results. */
interface Timing {
  readonly workload: string
  readonly engine: string
  readonly phase: Phase
  readonly msPerStep: number
  /** From the first step asked for to its end, less what a step takes later. */
  readonly compileMs: number
  readonly peakMb: number
}

async function race(
  { name }: Workload,
  phase: Phase,
  contenders: readonly Contender[],
): Promise<readonly Timing[]> {
  const entries = []
  for (const contender of contenders) {
    const { times } = await contender.repeat(phase, WARM_UP)
    if (times.length === 0) continue
    const perRound = Math.min(200, Math.max(1, Math.round(ROUND_MS / times.at(-1)!)))
    entries.push({ contender, cold: times[0]!, perRound, times: [] as number[], peakMb: 0 })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of entries) {
      await setTimeout(REST_MS)
      const { times, peakMb } = await entry.contender.repeat(phase, entry.perRound)
      entry.times.push(...times)
      entry.peakMb = peakMb
    }
  }
  return entries.map(({ contender: { engine }, cold, times, peakMb }) => {
    const msPerStep = median(times)
    return { workload: name, engine, phase, msPerStep, compileMs: cold - msPerStep, peakMb }
  })
}

function print({ name, title }: Workload, phase: Phase, timings: readonly Timing[]): void {
  const own = timings[0]!
  console.log(`\n${name}, ${phase}: ${title}\n`)
  console.log(`| engine | ms | times that of ${own.engine} | first time more, ms | peak MB |`)
  console.log('|---|---:|---:|---:|---:|')
  for (const { engine, msPerStep, compileMs, peakMb } of timings) {
    const ratio = msPerStep / own.msPerStep
    console.log(
      `| ${engine} | ${msPerStep.toFixed(2)} | ${ratio.toFixed(2)} | ${compileMs.toFixed(0)} | ${peakMb.toFixed(0)} |`,
    )
  }
}

const { values, positionals } = parseArgs({
  options: {
    engine: { type: 'string', multiple: true },
    phase: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
})

/** @throws Error for what is none of those there are */
function expectKnown(what: string, names: readonly string[] = [], known: readonly string[]): void {
  const other = names.find((name) => !known.includes(name))
  if (other !== undefined)
    throw new Error(`Expected ${what}, one of ${known.join(', ')}. Received: ${other}.`)
}

if (values.help) {
  console.log(usage)
} else {
  expectKnown('a workload', positionals, [...workloads.map(({ name }) => name), 'graph', 'memory'])
  expectKnown('an engine', values.engine, contenderNames())
  expectKnown('a phase', values.phase, phases)
  const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
  if (isWanted('graph')) await printGrowth()
  if (positionals.includes('memory')) await printMemory()
  const all: Timing[] = []
  for (const workload of workloads.filter(({ name }) => isWanted(name))) {
    const contenders = contendersFor(workload, values.engine)
    try {
      for (const phase of phases) {
        if (values.phase?.includes(phase) === false) continue
        const timings = await race(workload, phase, contenders)
        if (timings.length === 0) continue
        print(workload, phase, timings)
        all.push(...timings)
      }
    } finally {
      for (const contender of contenders) contender.end()
    }
  }
  if (all.length > 0) {
    const out = join(import.meta.dirname, '../out')
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'results.json'), `${JSON.stringify(all, null, 2)}\n`)
  }
}
