import type { InputShape } from '../export/signature.ts'
import { readInputs } from '../files/inputs.ts'
import { labelOf } from '../models/load-model.ts'
import { open } from '../models/open.ts'
import type { Report } from '../report/report.ts'
import type { Terminal } from '../report/terminal.ts'
import { commonInputs, withShapes } from '../run/common-inputs.ts'
import { failureOf } from '../run/compare.ts'
import type { EngineChoice } from '../run/engine-choice.ts'
import { engineFor } from '../run/engines.ts'
import { modelRunnable } from '../run/model-runnable.ts'
import { onnxRunnable, openSession } from '../run/onnx-runnable.ts'
import { FEW_SAMPLES, randomInputs } from '../run/random-inputs.ts'
import type { Runnable } from '../run/runnable.ts'
import { RANDOM, verificationLines, verify } from '../run/verify.ts'

export interface VerifyOptions {
  readonly input?: readonly InputShape[]
  readonly inputs?: string
  readonly tolerance: number
  readonly against: EngineChoice
  readonly custom?: string
}

/** `fn verify A B`: whether two give the same answers. */
export async function verifyCommand(
  one: string,
  other: string,
  options: VerifyOptions,
  terminal: Terminal,
): Promise<Report> {
  const runnable = async (source: string): Promise<Runnable> => {
    terminal.progress(`Reading ${labelOf(source)}`)
    const opened = await open(source, options)
    return opened.kind === 'model'
      ? modelRunnable(opened.model, engineFor(options.against))
      : onnxRunnable(await openSession(opened.path ?? opened.bytes))
  }
  const expected = await runnable(one)
  const found = await runnable(other)
  const specs = withShapes(commonInputs(expected, found), options.input ?? [])
  const { inputs: file, tolerance } = options
  const inputs =
    file === undefined
      ? { from: RANDOM, arrays: randomInputs(specs, FEW_SAMPLES) }
      : { from: file, arrays: await readInputs(file, specs) }
  terminal.progress('Comparing')
  const verification = await verify(expected, found, inputs, tolerance)
  const failure = failureOf(verification.outputs, tolerance)
  return {
    lines: (colors) => verificationLines(verification, colors),
    data: { ok: failure === undefined, tolerance, ...verification },
    ...(failure !== undefined && { failure }),
  }
}
