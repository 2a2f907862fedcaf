import { basename, dirname, extname, join } from 'node:path'
import type { Model } from '@fn/core'
import { type OnnxFiles, toOnnxFiles } from '@fn/onnx'
import { UsageError } from '../errors.ts'
import { chooseOutputs } from '../export/choose-outputs.ts'
import { type BatchChoice, type InputShape, signatureOf } from '../export/signature.ts'
import { tritonConfig, tritonPaths } from '../export/triton.ts'
import { readInputs } from '../files/inputs.ts'
import { STANDARD } from '../files/read.ts'
import { type OutputFile, write } from '../files/write.ts'
import { labelOf, loadModel } from '../models/load-model.ts'
import { decodeOnnx } from '../onnx/decode.ts'
import type { Report } from '../report/report.ts'
import type { Terminal } from '../report/terminal.ts'
import { formatBytes } from '../report/text.ts'
import { commonInputs } from '../run/common-inputs.ts'
import { failureOf } from '../run/compare.ts'
import type { EngineChoice } from '../run/engine-choice.ts'
import { engineFor } from '../run/engines.ts'
import { modelRunnable } from '../run/model-runnable.ts'
import { onnxRunnable, openSession } from '../run/onnx-runnable.ts'
import { FEW_SAMPLES, randomInputs } from '../run/random-inputs.ts'
import { RANDOM, type Verification, verificationLines, verify } from '../run/verify.ts'

export interface ExportOptions {
  readonly output?: string
  readonly opset?: number
  readonly batch?: BatchChoice
  readonly input?: readonly InputShape[]
  readonly outputs?: readonly string[]
  readonly fp16?: boolean
  readonly quantize?: 'int8'
  readonly externalData?: boolean
  readonly custom?: string
  readonly triton?: string
  readonly maxBatch: number
  readonly verify: boolean
  readonly inputs?: string
  readonly tolerance?: number
  readonly against: EngineChoice
}

/** `fn export MODEL`: a model as an ONNX file that was run and compared before it was written. */
export async function exportCommand(
  source: string,
  options: ExportOptions,
  terminal: Terminal,
): Promise<Report> {
  terminal.progress(`Reading ${labelOf(source)}`)
  const whole = await loadModel(source, options)
  const model = options.outputs === undefined ? whole : chooseOutputs(whole, options.outputs)
  const inputs = signatureOf(model, options.batch, options.input ?? [])
  const destination = destinationOf(source, model.name, options)
  terminal.progress('Writing ONNX')
  const { opset, fp16, quantize, externalData } = options
  const made = toOnnxFiles(model, {
    inputs,
    dataPath: `${basename(destination.model)}.data`,
    ...(opset !== undefined && { opset }),
    ...(fp16 && { float16: true }),
    ...(quantize && { quantize }),
    ...(externalData && { externalData }),
  })
  const graph = decodeOnnx(made.model)
  const files = filesOf(made, destination)
  if (destination.config !== undefined)
    files.push({ path: destination.config, bytes: tritonConfig(model.name, graph, options.maxBatch) })

  const precision = quantize ?? (fp16 ? 'float16' : 'float32')
  const tolerance = options.tolerance ?? TOLERANCES[precision]
  const verifications = options.verify ? await compared(model, made, options, tolerance, terminal) : []
  const found = failureOf(
    verifications.flatMap(({ outputs }) => outputs),
    tolerance,
  )
  const failure = found === undefined ? undefined : `${found} ${NOTHING}`
  if (failure === undefined) await write(files)
  const paths = failure === undefined ? files.map(({ path }) => path) : []
  const bytes = made.model.length + (made.data?.length ?? 0)
  return {
    aside: failure === undefined,
    besides: paths.includes(STANDARD),
    lines: (colors) => [
      ...(failure === undefined
        ? [
            `${colors.bold(paths.join(', '))}  ${formatBytes(bytes)}, opset ${graph.opset}, ${graph.nodes} nodes`,
          ]
        : []),
      ...verifications.flatMap((each) => verificationLines(each, colors, precision !== 'float32')),
    ],
    data: {
      files: paths,
      ...(failure !== undefined && { error: failure }),
      bytes,
      opset: graph.opset,
      nodes: graph.nodes,
      precision,
      tolerance,
      verifications,
    },
    ...(failure !== undefined && { failure }),
  }
}

/** How far answers may be from those of the model, as a part of the largest: what each precision can be expected to hold. */
const TOLERANCES = { float32: 1e-4, float16: 2e-2, int8: 2.5e-1 }

const NOTHING = 'Nothing was written; --tolerance allows more, --no-verify does not look.'

interface Destination {
  readonly model: string
  /** The configuration of a model repository. */
  readonly config?: string
}

function destinationOf(source: string, name: string, { output, triton }: ExportOptions): Destination {
  if (triton !== undefined) return tritonPaths(triton, name)
  return { model: output ?? `${source === STANDARD ? name : basename(source, extname(source))}.onnx` }
}

/** Small weights stay inside: a file of their own may have nothing to hold. */
const hasData = (data: Uint8Array | undefined): data is Uint8Array => data !== undefined && data.length > 0

/** @throws UsageError where two files would go to stdout */
function filesOf({ model, data, dataPath }: OnnxFiles, destination: Destination): OutputFile[] {
  const { model: path } = destination
  if (!hasData(data)) return [{ path, bytes: model }]
  if (path === STANDARD)
    throw new UsageError('Expected a path for a model with its weights in a file of their own. Received: -.')
  return [
    { path: join(dirname(path), dataPath), bytes: data },
    { path, bytes: model },
  ]
}

async function compared(
  model: Model,
  { model: bytes, data, dataPath }: OnnxFiles,
  options: ExportOptions,
  tolerance: number,
  terminal: Terminal,
): Promise<readonly Verification[]> {
  const session = await openSession(bytes, hasData(data) ? { external: { path: dataPath, data } } : {})
  const found = onnxRunnable(session)
  const expected = modelRunnable(model, engineFor(options.against))
  const specs = commonInputs(found, expected)
  terminal.progress('Comparing with the model on random inputs')
  const random = { from: RANDOM, arrays: randomInputs(specs, FEW_SAMPLES) }
  const first = await verify(expected, found, random, tolerance)
  if (options.inputs === undefined) return [first]
  terminal.progress(`Comparing with the model on ${options.inputs}`)
  const given = { from: options.inputs, arrays: await readInputs(options.inputs, specs) }
  return [first, await verify(expected, found, given, tolerance)]
}
