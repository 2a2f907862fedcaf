import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { engines } from './engine.ts'
import type { Workload } from './workload.ts'

export interface Report {
  /** The milliseconds of each step. */
  readonly times: readonly number[]
  /** The most memory that its process has used so far. */
  readonly peakMb: number
}

/** Something that can train one workload, in a process of its own. */
export interface Contender {
  readonly engine: string
  steps(count: number): Promise<Report>
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
    async steps(count) {
      child.stdin.write(`${count}\n`)
      const { value, done } = await lines.next()
      if (done) throw new Error(`${engine} has ended before it was done.`)
      return JSON.parse(value) as Report
    },
    end: () => void child.stdin.end(),
  }
}

/** Everyone who can train a workload here. FN_BENCH_PYTHON names a Python that has Keras; FN_BENCH_KERAS its engines. */
export function contendersFor({ name, tfjsLayers }: Workload): readonly Contender[] {
  const file = (own: string): string => join(import.meta.dirname, own)
  const inNode = Object.keys(engines)
    .filter((engine) => tfjsLayers !== undefined || !engine.startsWith('tfjs-layers'))
    .map((engine) =>
      contender(engine, process.execPath, [...process.execArgv, file('serve.ts'), engine, name]),
    )
  const python = process.env.FN_BENCH_PYTHON
  if (python === undefined) return inNode
  const inPython = (process.env.FN_BENCH_KERAS ?? 'jax').split(',').map((engine) =>
    contender(`Keras 3 ${engine}`, python, [file('serve.py'), name], {
      KERAS_BACKEND: engine,
      TF_CPP_MIN_LOG_LEVEL: '2',
    }),
  )
  return [...inNode, ...inPython]
}
