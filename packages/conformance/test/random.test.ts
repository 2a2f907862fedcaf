import { createReference } from '@fn/backend-reference'
import { type Backend, composites, type Equation, Model, opNames, type Program, parse } from '@fn/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findingOf, suite } from '../src/index.ts'
import { models } from '../src/random/model-properties.ts'
import { gradients, programs } from '../src/random/program-properties.ts'
import { findingOfProperty, type Property } from '../src/random/property.ts'
import type { SuiteOptions } from '../src/suite.ts'

/** The reference with some equations replaced by wrong ones. */
function faulty(fault: (equation: Equation) => Equation): Backend {
  const reference = createReference()
  const broken = (program: Program): Program => ({
    ...program,
    equations: program.equations.map((equation) =>
      equation.op === 'scan'
        ? { ...equation, attrs: { ...equation.attrs, body: broken(equation.attrs.body) } }
        : fault(equation),
    ),
  })
  return { ...reference, compile: (program, options) => reference.compile(broken(program), options) }
}

const options: SuiteOptions = { quick: false, tolerance: (own) => own }

/** What is said of the simplest of what fails, for as long as it takes. */
async function problemOf<Drawn>(property: Property<Drawn>): Promise<string> {
  const draws = { seed: 1, path: undefined, runs: 500, timeLimit: Infinity }
  return (await findingOfProperty(property, draws)).problems.join('\n')
}

/** The ops of the program to which a problem comes down, those in loops too. */
function opsOf(problem: string): readonly string[] {
  const text = problem
    .split(/\n(?:in|whose slopes are|which comes down to)\n/)
    .at(-1)!
    .split(/\n {2}[xc]/)[0]!
  const all = ({ equations }: Program): readonly string[] =>
    equations.flatMap(({ op, attrs }) => (op === 'scan' ? [op, ...all(attrs.body)] : [op]))
  return all(parse(text))
}

const tanhOfRank3 = (equation: Equation): Equation =>
  equation.op === 'tanh' && equation.outputs[0]!.shape.length === 3 ? { ...equation, op: 'sin' } : equation

const noStrides = (equation: Equation): Equation =>
  equation.op === 'conv' && equation.attrs.strides[0]! > 1 ? { ...equation, op: 'none' as never } : equation

const signIsNeg = (equation: Equation): Equation =>
  equation.op === 'sign' ? { ...equation, op: 'neg' } : equation

const maxIsMean = (equation: Equation): Equation =>
  equation.op === 'maxPool' ? { ...equation, op: 'avgPool' } : equation

// Until something fails, and then until it is as simple as it gets.
const patience = { timeout: 120_000 }

describe('random programs', patience, () => {
  it('hold every op and every composite that the builder knows', () => {
    const drawn = new Set<string>()
    const count = ({ equations }: Program): void => {
      for (const { op, attrs } of equations) {
        drawn.add(op === 'call' ? attrs.name : op)
        if (op === 'scan') count(attrs.body)
      }
    }
    const { arbitrary } = programs(createReference(), options)
    // Random values reach engines as inputs.
    const wanted = [...opNames.filter((op) => op !== 'call' && op !== 'random'), ...Object.keys(composites)]
    const missing = (): readonly string[] => wanted.filter((name) => !drawn.has(name))
    for (let seed = 1; seed <= 10 && missing().length > 0; seed++)
      for (const { program } of fc.sample(arbitrary, { seed, numRuns: 300 })) count(program)
    expect(missing()).toEqual([])
  })

  it('find an op that is wrong for one rank, shrink to hardly more than it, and come to it again', async () => {
    const backend = faulty(tanhOfRank3)
    const problem = await problemOf(programs(backend, options))
    const ops = opsOf(problem)
    expect(ops).toContain('tanh')
    expect(ops.length).toBeLessThanOrEqual(2)
    expect(problem).toMatch(/^The program as it is: y\d: Expected/)
    expect(problem).toMatch(
      /\n {2}[a-z\d:]+ = float32\[.*\]\nfrom \{ seed: \d+, path: '[\d:]+' \}, shrunk \d+ times\.$/,
    )

    const [, seed, path] = /seed: (\d+), path: '([\d:]+)'/.exec(problem)!
    const [first] = suite(backend, { parts: ['random'], seed: Number(seed), path: path! })
    const [again] = (await findingOf(first!)).problems
    expect(again!.split('\nfrom')[0]).toBe(problem.split('\nfrom')[0])
  })

  it('show the program that an engine breaks on', async () => {
    const problem = await problemOf(programs(faulty(noStrides), options))
    expect(opsOf(problem)).toEqual(['conv'])
  })
})

describe('slopes of random programs', patience, () => {
  it('find a wrong slope, and show what it is the slope of', async () => {
    const problem = await problemOf(gradients(faulty(signIsNeg), options))
    expect(opsOf(problem).length).toBeLessThanOrEqual(2)
    expect(problem.split('whose slopes are')[1]).toContain('= sign(')
  })
})

describe('random models', patience, () => {
  it('hold shared layers, models in models, several inputs and outputs, and most layers', () => {
    const drawn = new Set<string>()
    const found = { shared: 0, nested: 0, sharedModels: 0, inputs: 0, outputs: 0 }
    const { arbitrary } = models(createReference(), createReference(), options)
    for (const { model } of fc.sample(arbitrary, { seed: 1, numRuns: 300 })) {
      found.inputs += Number(model.inputPorts.length > 1)
      found.outputs += Number(model.outputPorts.length > 1)
      for (const layer of model.layers) {
        const calls = model.graph.nodes.filter((node) => node.layer === layer).length
        const isModel = layer instanceof Model
        drawn.add(layer.className)
        found.shared += Number(calls > 1)
        found.nested += Number(isModel)
        found.sharedModels += Number(isModel && calls > 1)
      }
    }
    expect(Object.entries(found).filter(([, count]) => count < 5)).toEqual([])
    expect(drawn.size).toBeGreaterThan(50)
  })

  it('find a wrong layer, and show the code of a model that hardly has another', async () => {
    const problem = await problemOf(models(faulty(maxIsMean), createReference(), options))
    const code = problem.split('\nin\n')[1]!.split('Model: "drawn"')[0]!
    expect(code).toMatch(/^const input\d+ = input\(\{ shape: /)
    expect(code).toMatch(/= layers\.maxPooling[12]d\(\{ poolSize: /)
    expect(code.match(/= layers\./g)!.length).toBeLessThanOrEqual(2)
    expect(problem).toMatch(/\n {2}input\d+ = float32\[3, .*\]\nfrom \{ seed: \d+, path: '/)
  })
})
