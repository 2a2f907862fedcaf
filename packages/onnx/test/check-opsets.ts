/**
 * Writes every case of an op or a composite, and its slopes, for every operator set, and has the files judged: each is
 * run by ONNX Runtime against the reference, and then read by the strict checker of ONNX. So are, by the checker, two
 * models in float32, float16 and int8, with their weights inside and outside.
 *
 *     npm run opsets -w @fn/onnx              # all of them, some minutes
 *     npm run opsets -w @fn/onnx -- 13 23     # of some operator sets
 *
 * FN_PYTHON names a Python that has the package `onnx`; tooling/golden/.venv if nothing is said.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reference } from '@fn/backend-reference'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  caseTolerance,
  compareArrays,
  opCases,
  runOn,
} from '@fn/conformance'
import { type DType, FnError, type HostArray, type Program } from '@fn/core'
import { opsets, programToOnnx, toOnnx, toOnnxFiles } from '@fn/onnx'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { classifier, tagger } from './models.ts'

interface Subject {
  readonly name: string
  readonly program: Program
  readonly inputs: readonly HostArray[]
  readonly tolerance: number
  readonly isSlope: boolean
  readonly shapeOnly: boolean
}

const subjects: readonly Subject[] = opCases.flatMap((opCase) => {
  const { name, shapeOnly = false } = opCase
  const shared = { name, tolerance: caseTolerance(opCase, 'float32'), shapeOnly, isSlope: false }
  const forward = { ...shared, program: named(caseProgram(opCase)), inputs: caseInputs(opCase) }
  if (!opCase.gradient) return [forward]
  const program = named(caseGradientProgram(opCase))
  const slope = { name: `slope of ${name}`, isSlope: true }
  return [forward, { ...shared, ...slope, program, inputs: caseGradientInputs(opCase) }]
})

/** In a graph no output has the name of an input. */
function named(program: Program): Program {
  return { ...program, outputNames: program.outputs.map((_, at) => `outputs/${at}`) }
}

/** What the reference computes in float64, as float32 holds it. */
const rounded = (array: HostArray): HostArray =>
  array.dtype === 'float32' ? { ...array, data: Float32Array.from(array.data) } : array

async function run(bytes: Uint8Array, { program, inputs }: Subject): Promise<readonly HostArray[]> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 3 })
  try {
    const feeds = program.inputs.map(({ name }, at) => {
      const { dtype, data, shape } = rounded(inputs[at]!)
      return [name!, new Tensor(dtype as 'float32', data as Float32Array, shape)] as const
    })
    const found = await session.run(Object.fromEntries(feeds))
    return program.outputNames.map((name) => {
      const { dims, type, data } = found[name]!
      return { shape: dims, dtype: type as DType, data: data as Float32Array }
    })
  } finally {
    await session.release()
  }
}

const chosen = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'fn-opsets-'))
const oracle = await reference()
const expected = new Map<Subject, readonly HostArray[]>()
for (const subject of subjects) {
  // The reference draws nothing.
  if (!subject.shapeOnly) expected.set(subject, await runOn(oracle, subject.program, subject.inputs))
}

let [files, wrong] = [0, 0]
const refusals = new Map<string, number>()
const count = (message: string): void => {
  refusals.set(message, (refusals.get(message) ?? 0) + 1)
}
for (const opset of chosen.length > 0 ? chosen : opsets) {
  const own = join(folder, `${opset}`)
  mkdirSync(own)
  for (const [at, subject] of subjects.entries()) {
    let bytes: Uint8Array
    try {
      bytes = programToOnnx(subject.program, { opset, name: subject.name })
    } catch (error) {
      if (!(error instanceof FnError)) throw error
      count(error.message)
      continue
    }
    files++
    writeFileSync(join(own, `${at}.onnx`), bytes)
    try {
      const answers = await run(bytes, subject)
      expected.get(subject)?.forEach((array, output) => {
        // The loss of slopes is no more than a sum that cancels.
        if (subject.isSlope && output === 0) return
        const { mismatch } = compareArrays(rounded(array), answers[output]!, subject.tolerance)
        if (mismatch !== undefined) throw new Error(`output ${output}: ${mismatch}`)
      })
    } catch (error) {
      const { message } = error as Error
      const lacking = /Could not find an implementation for \w+\(\d+\)/.exec(message)?.[0]
      if (lacking !== undefined) count(`ONNX Runtime: ${lacking}`)
      else {
        wrong++
        console.log(`WRONG ${subject.name}, opset ${opset}: ${message}`)
      }
    }
  }
}
for (const opset of chosen.length > 0 ? chosen : opsets) {
  for (const [name, made] of Object.entries({ classifier: classifier(), tagger: tagger() })) {
    for (const options of [{}, { float16: true }, { quantize: 'int8' }] as const) {
      files++
      const kind = Object.keys(options)[0] ?? 'float32'
      writeFileSync(join(folder, `${opset}`, `${name}-${kind}.onnx`), toOnnx(made, { opset, ...options }))
    }
    files++
    const { model, data, dataPath } = toOnnxFiles(made, { opset, externalData: true })
    writeFileSync(join(folder, `${opset}`, `${name}-outside.onnx`), model)
    writeFileSync(join(folder, `${opset}`, dataPath), data!)
  }
}
for (const [message, times] of refusals) console.log(`${times} × ${message}`)
console.log(`${files} files, ${wrong} of them wrong in ONNX Runtime`)

const golden = join(import.meta.dirname, '../../../tooling/golden')
const python = process.env.FN_PYTHON ?? join(golden, '.venv/bin/python')
const { status } = spawnSync(python, [join(golden, 'check_onnx.py'), '--quiet', folder], { stdio: 'inherit' })
rmSync(folder, { recursive: true })
process.exitCode = status === 0 && wrong === 0 ? 0 : 1
