import { basename, extname } from 'node:path'
import { chooseOutputs } from '../export/choose-outputs.ts'
import { type BatchChoice, type InputShape, signatureOf } from '../export/signature.ts'
import { toFile } from '../export/to-file.ts'
import { tritonFiles } from '../export/triton.ts'
import { readInputs } from '../files/inputs.ts'
import { STANDARD } from '../files/read.ts'
import { type OutputFile, write } from '../files/write.ts'
import { labelOf, loadModel } from '../models/load-model.ts'
import { decodeOnnx, type OnnxFile } from '../onnx/decode.ts'
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
import { type Verification, verificationLines, verify } from '../run/verify.ts'

export interface ExportOptions {
  readonly output?: string
  readonly opset?: number
  readonly batch?: BatchChoice
  readonly input?: readonly InputShape[]
  readonly outputs?: readonly string[]
  readonly custom?: string
  readonly triton?: string
  readonly maxBatch: number
  readonly verify: boolean
  readonly inputs?: string
  readonly tolerance: number
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
  const types = signatureOf(model, options.batch, options.input ?? [])
  terminal.progress('Writing ONNX')
  const bytes = toFile(model, types, options)
  const graph = decodeOnnx(bytes)

  const verifications: Verification[] = []
  if (options.verify) {
    const found = onnxRunnable(await openSession(bytes))
    const expected = modelRunnable(model, engineFor(options.against))
    const specs = commonInputs(found, expected)
    terminal.progress('Comparing with the model on random inputs')
    const random = { from: 'random', arrays: randomInputs(specs, FEW_SAMPLES) }
    verifications.push(await verify(expected, found, random, options.tolerance))
    if (options.inputs !== undefined) {
      terminal.progress(`Comparing with the model on ${options.inputs}`)
      const real = { from: options.inputs, arrays: await readInputs(options.inputs, specs) }
      verifications.push(await verify(expected, found, real, options.tolerance))
    }
  }
  const failure = failureOf(
    verifications.flatMap(({ outputs }) => outputs),
    options.tolerance,
  )
  const files = outputFiles(source, model.name, bytes, graph, options)
  if (failure === undefined) await write(files)
  const paths = files.map(({ path }) => path)
  return {
    aside: failure === undefined,
    besides: paths.includes(STANDARD),
    lines: (colors) => [
      ...(failure === undefined
        ? [
            `${colors.bold(paths.join(', '))}  ${formatBytes(bytes.length)}, opset ${graph.opset}, ${graph.nodes} nodes`,
          ]
        : []),
      ...verifications.flatMap((each) => verificationLines(each, colors)),
    ],
    data: {
      ...(failure === undefined ? { files: paths } : { files: [], error: `${failure} ${NOTHING}` }),
      bytes: bytes.length,
      opset: graph.opset,
      nodes: graph.nodes,
      tolerance: options.tolerance,
      verifications,
    },
    ...(failure !== undefined && { failure: `${failure} ${NOTHING}` }),
  }
}

/** What is written: the file, a model repository, or both. */
function outputFiles(
  source: string,
  name: string,
  bytes: Uint8Array,
  graph: OnnxFile,
  { output, triton, maxBatch }: ExportOptions,
): readonly OutputFile[] {
  const repository = triton === undefined ? [] : tritonFiles(triton, name, graph, bytes, maxBatch)
  if (output === undefined && triton !== undefined) return repository
  const stem = source === STANDARD ? name : basename(source, extname(source))
  return [{ path: output ?? `${stem}.onnx`, bytes }, ...repository]
}

const NOTHING = 'Nothing was written; --tolerance allows more, --no-verify does not look.'
