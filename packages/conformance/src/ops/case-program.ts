import { Builder, concrete, gradient, type HostArray, type Program, type Value } from '@fn/core'
import { remembered } from '../remembered.ts'
import type { OpCase } from './op-case.ts'
import { drawInput, seedOf } from './values.ts'

/** The case as a program: inputs `x0`, `x1`, …, outputs `y0`, `y1`, … */
export const caseProgram = remembered((opCase: OpCase): Program => {
  const b = new Builder()
  return b.build(opCase.build(b).map((value, at) => [`y${at}`, value] as const))
})

/** What to run `caseProgram` on. */
export function caseInputs(opCase: OpCase): readonly HostArray[] {
  const seed = seedOf(opCase.name)
  return opCase.inputs.map((input, at) => drawInput(input, at, seed))
}

interface Loss {
  readonly program: Program
  readonly cotangents: readonly Value[]
}

/** loss = Σ y ⊙ c over all float32 outputs y, each with a cotangent c of its own as a further input. */
function lossOf(opCase: OpCase): Loss {
  const b = new Builder()
  const cotangents: Value[] = []
  let loss: Value | undefined
  for (const y of opCase.build(b)) {
    if (y.dtype !== 'float32') continue
    const cotangent = b.input(y, `c${cotangents.length}`)
    cotangents.push(cotangent)
    const part = b.reduceSum(b.mul(y, cotangent))
    loss = loss === undefined ? part : b.add(loss, part)
  }
  if (loss === undefined) throw new Error(`Case "${opCase.name}" has no float32 output to differentiate.`)
  return { program: b.build({ loss }), cotangents }
}

/**
 * loss = Σ y ⊙ c and its slopes: inputs `x0`, …, `c0`, …, outputs `loss`, `d:x0`, … for all float32 inputs.
 * Made by core's `gradient`; it may contain the adjoint of every op of the case.
 */
export const caseGradientProgram = remembered((opCase: OpCase): Program => {
  const wrt = opCase.inputs.flatMap(({ dtype }, at) => (dtype === 'float32' ? [`x${at}`] : []))
  return gradient(lossOf(opCase).program, 'loss', wrt)
})

/** What to run `caseGradientProgram` on: the inputs of the case and then a cotangent for each float32 output. */
export function caseGradientInputs(opCase: OpCase): readonly HostArray[] {
  const seed = seedOf(`${opCase.name}, cotangents`)
  const cotangents = lossOf(opCase).cotangents.map(({ shape }, at) =>
    drawInput({ shape: concrete(shape), dtype: 'float32', domain: 'any' }, at, seed),
  )
  return [...caseInputs(opCase), ...cotangents]
}

/** What `compareArrays` may find between an engine of this precision and float64 answers. */
export function caseTolerance(opCase: OpCase, precision: 'float32' | 'float64'): number {
  return precision === 'float64' ? 1e-12 : (opCase.tolerance?.float32 ?? 1e-5)
}
