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

/** The engines of Keras that FN_BENCH_KERAS names, if FN_BENCH_PYTHON names a Python that has them. */
const kerasEngines = (): readonly string[] =>
  process.env.FN_BENCH_PYTHON === undefined ? [] : (process.env.FN_BENCH_KERAS ?? 'jax').split(',')

/** Everyone there is. */
export const contenderNames = (): readonly string[] => [
  ...Object.keys(engines),
  ...kerasEngines().map((engine) => KERAS + engine),
]

/** Everyone who can train a workload here, or those who are named. */
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
  const inPython = kerasEngines()
    .filter((engine) => isWanted(KERAS + engine))
    .map((engine) =>
      contender(KERAS + engine, process.env.FN_BENCH_PYTHON!, [file('serve.py'), name], {
        KERAS_BACKEND: engine,
        TF_CPP_MIN_LOG_LEVEL: '2',
      }),
    )
  return [...inNode, ...inPython]
}
