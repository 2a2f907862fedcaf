import { composites, opNames, type Program, sameShape, verify } from '@fn/core'
import { describe, expect, it } from 'vitest'
import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  compareArrays,
  hostArray,
  opCases,
} from '../src/index.ts'

// Each goes through all cases.
describe('opCases', { timeout: 60_000 }, () => {
  it('cover every op and every composite', () => {
    const covered = new Set(opCases.map(({ op }) => op))
    const wanted = [...opNames.filter((op) => op !== 'call'), ...Object.keys(composites)]
    expect(wanted.filter((op) => !covered.has(op))).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(opCases.map(({ name }) => name)).size).toBe(opCases.length)
  })

  it('contain the op that they are named after', () => {
    const contains = ({ equations }: Program, op: string): boolean =>
      equations.some(
        (equation) =>
          (equation.op === 'call' ? equation.attrs.name : equation.op) === op ||
          (equation.op === 'scan' && contains(equation.attrs.body, op)),
      )
    for (const opCase of opCases) expect(contains(caseProgram(opCase), opCase.op), opCase.name).toBe(true)
  })

  it('are programs that hold together, and inputs that fit them', () => {
    for (const opCase of opCases) {
      const pairs = [[verify(caseProgram(opCase)), caseInputs(opCase)] as const]
      if (opCase.gradient) pairs.push([verify(caseGradientProgram(opCase)), caseGradientInputs(opCase)])
      for (const [program, inputs] of pairs) {
        expect(inputs.length, opCase.name).toBe(program.inputs.length)
        inputs.forEach(({ shape, dtype }, at) => {
          expect(dtype, opCase.name).toBe(program.inputs[at]!.dtype)
          expect(sameShape(shape, program.inputs[at]!.shape), opCase.name).toBe(true)
        })
      }
    }
  })

  it('have float32 inputs that float32 holds exactly, and the same ones each time', () => {
    for (const opCase of opCases) {
      const again = caseGradientOrInputs(opCase)
      caseGradientOrInputs(opCase).forEach((array, at) => {
        if (array.dtype === 'float32') expect([...array.data]).toEqual([...array.data].map(Math.fround))
        expect(array).toEqual(again[at])
      })
    }
  })

  it('keep distinct inputs away from ties, integers and halves', () => {
    for (const opCase of opCases) {
      const inputs = caseInputs(opCase).flatMap(({ data }, at) =>
        ['distinct', 'negative'].includes(String(opCase.inputs[at]!.domain)) ? [[...data]] : [],
      )
      // Where there are more of them they do not meet.
      for (const values of inputs.length <= 3 ? [inputs.flat()] : inputs) {
        expect(new Set(values).size, opCase.name).toBe(values.length)
        expect(
          values.some((value) => Number.isInteger(value * 2)),
          opCase.name,
        ).toBe(false)
      }
    }
  })
})

function caseGradientOrInputs(opCase: (typeof opCases)[number]) {
  return opCase.gradient ? caseGradientInputs(opCase) : caseInputs(opCase)
}

describe('compareArrays', () => {
  const float = (...data: number[]) => hostArray([data.length], 'float32', data)

  it('measures against the element, or the root mean square where that is larger', () => {
    // rms of (3, 4, 0, 0) = 5/2
    expect(compareArrays(float(3, 4, 0, 0), float(3, 4.5, 0, 0), 1).error).toBe(0.5 / 4)
    expect(compareArrays(float(3, 4, 0, 0), float(3, 4, 0.5, 0), 1).error).toBe(0.5 / 2.5)
    expect(compareArrays(float(0, 0), float(0, 0.25), 1).error).toBe(0.25)
  })

  it('knows NaN, infinities and the two zeros', () => {
    expect(compareArrays(float(Number.NaN, Infinity, -0), float(Number.NaN, Infinity, 0), 0).error).toBe(0)
    expect(compareArrays(float(1), float(Number.NaN), 1).error).toBe(Infinity)
    expect(compareArrays(float(Number.NaN), float(1), 1).error).toBe(Infinity)
    expect(compareArrays(float(Infinity), float(-Infinity), 1).error).toBe(Infinity)
  })

  it('wants integers, shapes and dtypes to be the same', () => {
    const int = hostArray([2], 'int32', [1, 2])
    expect(compareArrays(int, hostArray([2], 'int32', [1, 3]), 9).mismatch).toBe(
      'Expected 2 exactly at element 1 of int32[2]. Received: 3 (error 5.00e-1).',
    )
    expect(compareArrays(int, hostArray([1, 2], 'int32', [1, 2]), 9).mismatch).toBe(
      'Expected int32[2] of 2 elements. Received: int32[1, 2] of 2.',
    )
    expect(compareArrays(int, hostArray([2], 'float32', [1, 2]), 9).error).toBe(Infinity)
  })
})
