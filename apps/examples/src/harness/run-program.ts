import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resetNames, setRandomSeed } from '@fn/core'
import { toOnnx } from '@fn/onnx'
import { plotModel } from '@fn/plot'
import { trainingCurve } from './chart.ts'
import { differenceInOnnx } from './in-onnxruntime.ts'
import type { Context, Program } from './program.ts'

/** How far an answer of ONNX Runtime may lie from that of the model. */
const TOLERANCE = 1e-4

export interface Report {
  readonly name: string
  readonly title: string
  readonly backend: string
  /** How many numbers the weights of the exported model hold. */
  readonly parameters: number
  readonly accuracy?: number
  readonly seconds: number
  /** The largest distance between an answer of the backend and of ONNX Runtime. */
  readonly maxDifference: number
  /** What is wrong with it, if anything is. */
  readonly shortfalls: readonly string[]
  readonly [figure: string]: unknown
}

/**
 * Runs a program, exports its model and asks it again in ONNX Runtime. The folder then holds report.json, model.onnx,
 * the picture model.svg, and curve.svg where it trained.
 */
export async function runProgram(program: Program, context: Context, folder: string): Promise<Report> {
  mkdirSync(folder, { recursive: true })
  setRandomSeed(1)
  resetNames()
  const start = performance.now()
  const { model, samples, history, accuracy, figures } = await program.run(context)
  const file = join(folder, 'model.onnx')
  writeFileSync(file, toOnnx(model))
  const maxDifference = await differenceInOnnx(model, file, samples)
  await model.dispose()
  const { svg } = await plotModel(model, { expandNested: true })
  writeFileSync(join(folder, 'model.svg'), svg)
  if (history !== undefined) writeFileSync(join(folder, 'curve.svg'), trainingCurve(program.title, history))
  const report: Report = {
    name: program.name,
    title: program.title,
    backend: context.backend.name,
    parameters: model.countParams(),
    ...(accuracy !== undefined && { accuracy }),
    seconds: (performance.now() - start) / 1000,
    maxDifference,
    ...figures,
    shortfalls: shortfallsOf(program, context, maxDifference, accuracy),
  }
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`)
  return report
}

function shortfallsOf(
  { atLeast }: Program,
  { quick }: Context,
  maxDifference: number,
  accuracy: number | undefined,
): readonly string[] {
  const shortfalls: string[] = []
  if (!(maxDifference <= TOLERANCE)) {
    shortfalls.push(
      `expected answers of ONNX Runtime within ${TOLERANCE}. Received: ${maxDifference.toExponential(2)}.`,
    )
  }
  if (atLeast !== undefined && !quick && !(accuracy! >= atLeast)) {
    shortfalls.push(`expected an accuracy of at least ${atLeast}. Received: ${accuracy}.`)
  }
  return shortfalls
}
