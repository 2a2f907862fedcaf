import {
  caseGradientInputs,
  caseGradientProgram,
  caseInputs,
  caseProgram,
  compareArrays,
  opCases,
  slopesByDifferences,
} from '@fn/conformance'
import {
  Builder,
  composites,
  concrete,
  formatShape,
  gradient,
  type HostArray,
  inline,
  opNames,
  type Program,
  simplify,
  sizeOf,
  verify,
} from '@fn/core'
import { describe, expect, it } from 'vitest'
import { createReference } from '../src/index.ts'
import { run, runAsWritten } from './run.ts'

const lacking = opNames.filter((op) => !createReference().capabilities.ops.has(op))
const cases = opCases.filter(({ op }) => !lacking.some((name) => name === op))

const typesOf = (values: readonly { dtype: string; shape: readonly (number | string)[] }[]): string[] =>
  values.map(({ dtype, shape }) => dtype + formatShape(shape))

/** Arrays equal up to the last bit, but for the sign of zero. */
function expectSame(expected: readonly HostArray[], actual: readonly HostArray[], tolerance = 0): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((array, at) => {
    expect(compareArrays(array, actual[at]!, tolerance).mismatch).toBeUndefined()
  })
}

/** Simplifying may compute in another order. */
const ROUNDING = 1e-13

async function expectSameSimplified(program: Program, inputs: readonly HostArray[]): Promise<void> {
  expect(verify(program)).toBe(program)
  const outputs = await runAsWritten(program, inputs)
  expect(typesOf(outputs)).toEqual(typesOf(program.outputs))
  expectSame(outputs, await runAsWritten(simplify(program), inputs), ROUNDING)
}

describe('every case', () => {
  it.each(cases)('$name: simplified, the same numbers', async (opCase) => {
    await expectSameSimplified(caseProgram(opCase), caseInputs(opCase))
  })
})

describe('every gradient', () => {
  const smooth = cases.filter((opCase) => opCase.gradient)

  it.each(smooth)('$name: simplified, the same numbers', async (opCase) => {
    await expectSameSimplified(caseGradientProgram(opCase), caseGradientInputs(opCase))
  })
})

describe('the gradient rule of a composite', () => {
  // At kinks they differ: there the rule decides.
  const ruled = cases.filter(
    (opCase) => composites[opCase.op]?.gradient !== undefined && opCase.gradient === true,
  )

  it.each(ruled)('$name: gives what differentiating its body gives', async (opCase) => {
    const inputs = caseGradientInputs(opCase)
    const lossProgram = caseGradientProgram({
      ...opCase,
      build: (b) => {
        const values = opCase.inputs.map((type, at) => b.input(type, `x${at}`))
        const body = inline(caseProgram(opCase))
        return body.outputs.map(b.inline(body, values))
      },
    })
    expectSame(await run(lossProgram, inputs), await run(caseGradientProgram(opCase), inputs), 1e-13)
  })
})

describe('gradient', () => {
  it('stops at stopGradient', async () => {
    const opCase = cases.find(({ op }) => op === 'stopGradient')!
    const [x, c] = caseGradientInputs(opCase) as [HostArray, HostArray]
    const [, slope] = await run(caseGradientProgram(opCase), [x, c])
    // d(x · stop x) = stop x · dx
    const data = Float64Array.from(x.data, (value, at) => value * c.data[at]!)
    expectSame([{ ...x, data }], [slope!], 1e-15)
  })

  it.each([
    'tanh: 2×3',
    'pow: 2×3 and 2×3',
    'dot: batched, 2×3×4 and 2×4×5',
    'conv: 2-D groups 2, stride 2, asymmetric padding',
    'slice: 5×6 [0,1] to [5,6] by [2,2]',
    'softmax: 2×2×4',
    'softplus: 2×3',
    'batchNormInference: 4×3, epsilon 0.001',
  ])('of a gradient is that of finite differences: %s', async (name) => {
    const opCase = cases.find((candidate) => candidate.name === name)!
    const once = caseGradientProgram(opCase)
    const inputs = caseGradientInputs(opCase)
    const wrt = once.inputs.map((input) => input.name!)

    // Σ over all slopes d of d ⊙ e, with a cotangent e for each
    const b = new Builder()
    const here = b.inline(
      once,
      once.inputs.map((input) => b.input(input, input.name!)),
    )
    const slopes = once.outputs.slice(1).map(here)
    const cotangents = slopes.map(({ shape, dtype }) => {
      const data = Float64Array.from({ length: sizeOf(concrete(shape)) }, (_, at) => Math.cos(at + 1))
      return { shape: concrete(shape), dtype, data }
    })
    const loss = slopes
      .map((slope, at) => b.reduceSum(b.mul(slope, b.input(slope, `e${at}`))))
      .reduce((sum, part) => b.add(sum, part))
    const [, ...second] = await run(gradient(b.build({ loss }), 'loss', wrt), [...inputs, ...cotangents])

    const first = { ...once, outputs: once.outputs.slice(1), outputNames: once.outputNames.slice(1) }
    const given = [...inputs, ...cotangents]
    expectSame(await slopesByDifferences(createReference(), inline(first), given), second, 1e-8)
  })
})
