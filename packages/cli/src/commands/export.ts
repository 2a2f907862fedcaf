import { basename, dirname, extname, join } from 'node:path'
import { createReference } from '@fn/backend-reference'
import { type Model, type TensorType, trainingProgram } from '@fn/core'
import { type OnnxFiles, toOnnxFiles } from '@fn/onnx'
import { UsageError } from '../errors.ts'
import { chooseOutputs } from '../export/choose-outputs.ts'
import { type BatchChoice, type InputShape, signatureOf } from '../export/signature.ts'
import { tritonConfig, tritonPaths } from '../export/triton.ts'
import { readInputs } from '../files/inputs.ts'
import { formatNpz } from '../files/npz.ts'
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
import { fewSamples, modelRunnable } from '../run/model-runnable.ts'
import { onnxRunnable, openSession } from '../run/onnx-runnable.ts'
import { randomInputs, sized } from '../run/random-inputs.ts'
import type { Arrays } from '../run/runnable.ts'
import { trainingInputs, trainingRunnable } from '../run/training-runnable.ts'
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
  readonly training?: boolean
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
  const whole = await loadModel(source, options, options.training ? createReference() : undefined)
  const model = options.outputs === undefined ? whole : chooseOutputs(whole, options.outputs)
  const inputs = signatureOf(model, options.batch, options.input ?? [])
  const destination = destinationOf(source, model.name, options)
  terminal.progress('Writing ONNX')
  const { opset, fp16, quantize, externalData, training } = options
  const made = toOnnxFiles(model, {
    inputs,
    dataPath: `${basename(destination.model)}.data`,
    ...(opset !== undefined && { opset }),
    ...(fp16 && { float16: true }),
    ...(quantize && { quantize }),
    ...(externalData && { externalData }),
    ...(training && { training }),
  })
  const graph = decodeOnnx(made.model)
  const files = filesOf(made, destination, training ? trainingProgram(model, inputs).state : undefined)
  if (destination.config !== undefined)
    files.push({ path: destination.config, bytes: tritonConfig(model.name, graph, options.maxBatch) })

  const precision = quantize ?? (fp16 ? 'float16' : 'float32')
  const tolerance = options.tolerance ?? TOLERANCES[precision]
  const verifications = options.verify
    ? await compared(model, inputs, made, options, tolerance, terminal)
    : []
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

/**
 * The model, the weights outside of it, and the state that its training begins with.
 *
 * @throws UsageError where more than one file would go to stdout
 */
function filesOf(
  { model, data, dataPath }: OnnxFiles,
  { model: path }: Destination,
  state: Arrays | undefined,
): OutputFile[] {
  const folder = dirname(path)
  const others = [
    ...(hasData(data) ? [{ path: join(folder, dataPath), bytes: data }] : []),
    ...(state === undefined
      ? []
      : [{ path: join(folder, `${basename(path, extname(path))}.state.npz`), bytes: formatNpz(state) }]),
  ]
  if (path === STANDARD && others.length > 0)
    throw new UsageError('Expected a path for a model that has other files beside it. Received: -.')
  return [...others, { path, bytes: model }]
}

async function compared(
  model: Model,
  types: readonly TensorType[],
  { model: bytes, data, dataPath }: OnnxFiles,
  options: ExportOptions,
  tolerance: number,
  terminal: Terminal,
): Promise<readonly Verification[]> {
  const session = await openSession(bytes, hasData(data) ? { external: { path: dataPath, data } } : {})
  const found = onnxRunnable(session)
  const engine = engineFor(options.against)
  const sizes = fewSamples(model, types)
  if (options.training) {
    terminal.progress('Comparing one step of training')
    const fixed = sized(types, sizes)
    const batch = { from: RANDOM, arrays: trainingInputs(model, fixed) }
    return [await verify(trainingRunnable(model, fixed, engine), found, batch, tolerance)]
  }
  const expected = modelRunnable(model, engine)
  const specs = commonInputs(found, expected)
  terminal.progress('Comparing with the model on random inputs')
  const random = { from: RANDOM, arrays: randomInputs(specs, sizes) }
  const first = await verify(expected, found, random, tolerance)
  if (options.inputs === undefined) return [first]
  terminal.progress(`Comparing with the model on ${options.inputs}`)
  const given = { from: options.inputs, arrays: await readInputs(options.inputs, specs) }
  return [first, await verify(expected, found, given, tolerance)]
}
