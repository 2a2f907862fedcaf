import { toOnnx } from '@fn/onnx'
import { listSupportedBackends } from 'onnxruntime-node'
import { CommandError, UsageError } from '../errors.ts'
import type { InputShape } from '../export/signature.ts'
import { labelOf } from '../models/load-model.ts'
import { open } from '../models/open.ts'
import type { Report } from '../report/report.ts'
import type { Terminal } from '../report/terminal.ts'
import { columns, formatCount } from '../report/text.ts'
import { withShapes } from '../run/common-inputs.ts'
import { modelRunnable } from '../run/model-runnable.ts'
import { inputSpecs, openSession, prepare } from '../run/onnx-runnable.ts'
import { FEW_SAMPLES, randomInputs } from '../run/random-inputs.ts'
import type { InputSpec } from '../run/runnable.ts'

export interface BenchOptions {
  readonly batch?: readonly number[]
  readonly provider: readonly string[]
  /** Seconds for each line. */
  readonly time: number
  readonly threads?: number
  readonly input?: readonly InputShape[]
  readonly custom?: string
}

interface Timing {
  readonly provider: string
  readonly batch: number
  readonly runs: number
  readonly medianMs: number
  /** 95 of 100 runs are faster. */
  readonly p95Ms: number
  readonly samplesPerSecond: number
}

/** The batches that are timed where the file leaves them open. */
const BATCHES: readonly number[] = [1, 8, 32]
const WARM_UP = 3
const FEWEST_RUNS = 5

/** `fn bench FILE`: how long ONNX Runtime takes for a file. */
export async function benchCommand(
  source: string,
  options: BenchOptions,
  terminal: Terminal,
): Promise<Report> {
  const known = listSupportedBackends().map(({ name }) => name)
  const unknown = options.provider.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new UsageError(`Expected providers, of ${known.join(', ')}. Received: ${unknown}.`)
  terminal.progress(`Reading ${labelOf(source)}`)
  const opened = await open(source, options)
  const model = opened.kind === 'model' ? opened.model : undefined
  const file = opened.kind === 'model' ? toOnnx(opened.model) : (opened.path ?? opened.bytes)
  const ranges = new Map(
    model === undefined ? [] : modelRunnable(model, neverRun).inputs.map(({ name, range }) => [name, range]),
  )

  const timings: Timing[] = []
  for (const provider of options.provider) {
    const session = await openSession(file, {
      provider,
      ...(options.threads !== undefined && { threads: options.threads }),
    })
    const specs = withShapes(inputSpecs(session), options.input ?? []).map((spec): InputSpec => {
      const range = ranges.get(spec.name)
      return range === undefined ? spec : { ...spec, range }
    })
    for (const batch of batchesOf(specs, options.batch)) {
      terminal.progress(`Timing ${provider}, batch ${batch}`)
      const run = prepare(session, randomInputs(specs, { ...FEW_SAMPLES, batch }))
      timings.push({ provider, batch, ...(await time(run, options.time * 1000, batch)) })
    }
    await session.release()
  }
  return {
    lines: (colors) =>
      columns(
        [
          ['provider', 'batch', 'median ms', 'p95 ms', 'samples/s', 'runs'].map((cell) => colors.dim(cell)),
          ...timings.map(({ provider, batch, medianMs, p95Ms, samplesPerSecond, runs }) => [
            provider,
            String(batch),
            formatMs(medianMs),
            formatMs(p95Ms),
            formatCount(Number(samplesPerSecond.toPrecision(3))),
            formatCount(runs),
          ]),
        ],
        { right: [1, 2, 3, 4, 5] },
      ),
    data: { file: opened.label, timings },
  }
}

const neverRun = (): never => {
  throw new CommandError('A model that is timed runs in ONNX Runtime.')
}

const formatMs = (ms: number): string => (ms < 10 ? ms.toPrecision(3) : ms.toFixed(1))

/** @throws UsageError where batches are asked for and the file fixes another */
function batchesOf(specs: readonly InputSpec[], asked: readonly number[] | undefined): readonly number[] {
  const fixed = specs.map(({ shape }) => shape[0]).find((dim) => typeof dim === 'number')
  if (fixed === undefined) return asked ?? BATCHES
  if (asked?.some((batch) => batch !== fixed))
    throw new UsageError(`The file fixes the batch to ${fixed}. Received: --batch ${asked.join(',')}.`)
  return [fixed]
}

async function time(
  run: () => Promise<unknown>,
  budgetMs: number,
  batch: number,
): Promise<Omit<Timing, 'provider' | 'batch'>> {
  for (let at = 0; at < WARM_UP; at++) await run()
  const times: number[] = []
  const begin = performance.now()
  while (times.length < FEWEST_RUNS || performance.now() - begin < budgetMs) {
    const start = performance.now()
    await run()
    times.push(performance.now() - start)
  }
  const total = times.reduce((sum, ms) => sum + ms, 0)
  times.sort((a, b) => a - b)
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))]!
  return {
    runs: times.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    samplesPerSecond: (1000 * batch * times.length) / total,
  }
}
