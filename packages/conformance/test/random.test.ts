import { createReference } from '@fn/backend-reference'
import { type Backend, type Equation, type Program, parse } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { findingOf, suite } from '../src/index.ts'

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

/** What the first check of a subject that fails says. */
async function firstProblem(backend: Backend, subject: string): Promise<string> {
  for (const check of suite(backend, { parts: ['random'] })) {
    if (check.subject !== subject) continue
    const { problems } = await findingOf(check)
    if (problems.length > 0) return problems.join('\n')
  }
  return ''
}

/** The ops of the program that a problem shows first, those in loops too. */
function opsOf(problem: string): readonly string[] {
  const text = problem.split('\nin\n')[1]!.split(/\n {2}x|\nwhose/)[0]!
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

describe('random programs', () => {
  it('find an op that is wrong for one rank, shrink to hardly more than it, and come to it again', async () => {
    const backend = faulty(tanhOfRank3)
    const problem = await firstProblem(backend, 'random programs')
    const ops = opsOf(problem)
    expect(ops).toContain('tanh')
    expect(ops.length).toBeLessThanOrEqual(2)
    expect(problem).toMatch(/^The program as it is: y\d: Expected/)
    expect(problem).toMatch(/\n {2}x\d+ = \[.*\]\nfrom \{ seed: \d+, path: '[\d:]+' \}, shrunk \d+ times\.$/)

    const [, seed, path] = /seed: (\d+), path: '([\d:]+)'/.exec(problem)!
    const [first] = suite(backend, { parts: ['random'], seed: Number(seed), path: path! })
    const [again] = (await findingOf(first!)).problems
    expect(again!.split('\nfrom')[0]).toBe(problem.split('\nfrom')[0])
  })

  it('show the program that an engine breaks on', async () => {
    const problem = await firstProblem(faulty(noStrides), 'random programs')
    expect(opsOf(problem)).toEqual(['conv'])
  })
})

describe('slopes of random programs', () => {
  it('find a wrong slope, and show what it is the slope of', async () => {
    const problem = await firstProblem(faulty(signIsNeg), 'slopes of random programs')
    expect(opsOf(problem).length).toBeLessThanOrEqual(2)
    expect(problem.split('whose slopes are')[1]).toContain('= sign(')
  })
})
