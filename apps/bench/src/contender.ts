import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { engines, type Phase } from './engine.ts'
import type { Workload } from './workload.ts'

export interface Report {
  /** The milliseconds of each time; none where it can not do that. */
  readonly times: readonly number[]
  /** The most memory that its process has used so far. */
  readonly peakMb: number
  /** What it uses now; of processes of Node. */
  readonly rssMb?: number
}

/** Something that can train and run one workload, in a process of its own. */
export interface Contender {
  readonly engine: string
  repeat(phase: Phase, count: number): Promise<Report>
  end(): void
}

/** Starts a process that answers each line with a report. */
function contender(
  engine: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Contender {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    engine,
    async repeat(phase, count) {
      child.stdin.write(`${phase}:${count}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${engine} has ended before it was done.`)
      return JSON.parse(value) as Report
    },
    end: () => void child.stdin.end(),
  }
}

/** How Keras is named here: `Keras 3 jax`. */
const KERAS = 'Keras 3 '

/**
 * Everyone who can train a workload here, or those who are named. FN_BENCH_PYTHON names a Python that has Keras;
 * FN_BENCH_KERAS its engines.
 */
export function contendersFor(
  { name, tfjsLayers }: Workload,
  named?: readonly string[],
): readonly Contender[] {
  const isWanted = (engine: string): boolean =>
    named === undefined ? !engine.endsWith(' cpu') || engine.includes('onnxruntime') : named.includes(engine)
  const file = (own: string): string => join(import.meta.dirname, own)
  const inNode = Object.keys(engines)
    .filter((engine) => tfjsLayers !== undefined || !engine.startsWith('tfjs-layers'))
    .filter(isWanted)
    .map((engine) =>
      contender(engine, process.execPath, [...process.execArgv, file('serve.ts'), engine, name]),
    )
  const python = process.env.FN_BENCH_PYTHON
  if (python === undefined) return inNode
  const inPython = (process.env.FN_BENCH_KERAS ?? 'jax')
    .split(',')
    .filter((engine) => isWanted(KERAS + engine))
    .map((engine) =>
      contender(KERAS + engine, python, [file('serve.py'), name], {
        KERAS_BACKEND: engine,
        TF_CPP_MIN_LOG_LEVEL: '2',
      }),
    )
  return [...inNode, ...inPython]
}
