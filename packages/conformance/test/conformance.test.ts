import { createReference } from '@fn/backend-reference'
import { type Backend, legalize, type OpName } from '@fn/core'
import { describe, expect, it, vi } from 'vitest'
import {
  type Choice,
  type ConformanceOptions,
  conformance,
  findingOf,
  type KnownFailure,
  type Outcome,
  suite,
} from '../src/index.ts'
import { wrongOp } from './support/faulty.ts'
import { bare, likeNodeTest, likeVitest, type Registered, type Runner } from './support/runner.ts'

// A suite takes seconds to make on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const sound = createReference()
const whole = suite(sound)
/** Small: what does not need all of the suite is tried on it. */
const contract: Choice = { parts: ['contract'] }

/** The reference, with fewer capabilities. */
const poor = (...ops: OpName[]): Backend => ({
  ...createReference(),
  name: 'poor',
  capabilities: { ...sound.capabilities, ops: new Set(ops) },
})

type Options = Omit<ConformanceOptions<unknown>, 'describe' | 'it'>

const registered =
  <Context>(make: () => Runner<Context>) =>
  (options: Options): readonly Registered[] => {
    const runner = make()
    conformance({ ...runner, ...options })
    return runner.tests
  }

const runners = {
  vitest: registered(likeVitest),
  'node:test': registered(likeNodeTest),
  'a runner that hands nothing on': registered(bare),
}

const testOf = (tests: readonly Registered[], name: string): Registered =>
  tests.find(({ path }) => path.at(-1)!.startsWith(name))!

const tally = async (tests: readonly Registered[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const { run } of tests) {
    const { verdict } = await run()
    counts[verdict] = (counts[verdict] ?? 0) + 1
  }
  return counts
}

describe('suite', () => {
  it('has names of their own for all checks', () => {
    const seen = new Set<string>()
    expect(whole.filter(({ name }) => seen.size === seen.add(name).size).map(({ name }) => name)).toEqual([])
  })

  it('is as large as its parts', () => {
    const parts = ['operations', 'layers', 'training', 'contract', 'random'] as const
    expect(parts.flatMap((part) => whole.filter((check) => check.part === part))).toEqual(whole)
    expect(suite(sound, contract).map(({ name }) => name)).toEqual(
      whole.filter(({ part }) => part === 'contract').map(({ name }) => name),
    )
  })

  it('has in its quick form a part of it, and something of every subject', () => {
    const quick = suite(sound, { quick: true })
    const names = new Set(whole.map(({ name }) => name))
    expect(quick.filter(({ name }) => !names.has(name))).toEqual([])
    expect(quick.length).toBeLessThan(whole.length / 2)
    const subjects = (checks: typeof whole) =>
      new Set(checks.map(({ part, subject }) => `${part} ${subject}`))
    expect(subjects(quick)).toEqual(subjects(whole))
  })
})

describe('capabilities', () => {
  it('leave to a backend that claims nothing what needs no op, and it gets that right', async () => {
    const nothing: Backend = {
      ...poor(),
      compile(program, options) {
        if (program.equations.length > 0)
          throw new Error(`Expected no ops. Received: ${program.equations[0]!.op}.`)
        return sound.compile(program, options)
      },
      upload: sound.upload,
      download: sound.download,
      memory: sound.memory,
    }
    const tests = runners.vitest({ backend: nothing, parts: ['operations', 'contract'] })
    const skipped: string[] = []
    for (const { path, run } of tests) {
      const { verdict } = await run()
      if (verdict === 'skipped') skipped.push(path.at(-1)!)
      else expect([path, verdict]).toEqual([path, 'passed'])
    }
    expect(tests.length - skipped.length).toBeGreaterThan(10)
    // What a model needs shows only on the way: these are the only checks that are there and skipped.
    expect(skipped.toSorted()).toEqual([
      'a profile of training is of every layer, and changes no number',
      'an epoch of training holds no more tensors than the one before',
      'one seed gives one run of training, dropout and shuffling included',
      'times are those of all runs, by path',
      'training, evaluation and prediction leave nothing behind',
      'weights that are set are those that count',
    ])
  })

  it('leave out what they refuse', () => {
    const backend = poor('add', 'mul', 'neg', 'constant', 'reduceSum')
    const own = suite(backend, { parts: ['operations'] }).map(({ name }) => name)
    expect(own).toEqual(expect.arrayContaining(['add: 2×3 and 2×3', 'slope of add: 2×3 and 2×3']))
    for (const name of ['exp: 2×3', 'slope of exp: 2×3', 'softmax: 2×3', 'scan: a recurrent layer']) {
      expect(whole.map((check) => check.name)).toContain(name)
      expect(own).not.toContain(name)
    }
  })

  it('skip what they refuse on the way, whoever runs the tests, and say what is lacking', async () => {
    const backend = poor('add', 'mul', 'sub', 'neg', 'constant')
    const told: string[] = []
    const options: Options = { backend, ...contract, record: ({ check }) => told.push(check.name) }
    for (const runner of ['vitest', 'node:test'] as const) {
      expect(await testOf(runners[runner](options), 'one seed gives one run').run()).toEqual({
        verdict: 'skipped',
        reason: expect.stringMatching(
          /^Backend "poor" can not run this program\. Missing: .*dot \(float32\) at "dense_\d+"/,
        ),
      })
    }
    const tests = runners['a runner that hands nothing on'](options)
    expect(await testOf(tests, 'one seed gives one run').run()).toEqual({ verdict: 'passed' })
    expect(told).toEqual([])
  })

  it('do not excuse a backend that refuses what it claims', async () => {
    const backend: Backend = {
      ...createReference(),
      compile: async (program) => {
        legalize(program, poor())
        return sound.compile(program)
      },
    }
    const [check] = suite(backend, { parts: ['training'] }).filter(({ name }) => name === 'fit: mlp-sgd')
    expect(await findingOf(check!)).toMatchObject({
      problems: [expect.stringMatching(/^Backend "poor" can not run this program/)],
    })
  })
})

describe('conformance', () => {
  it.each(Object.entries(runners))('registers a test for each check with %s', async (_name, runner) => {
    const tests = runner({ backend: sound, ...contract })
    expect(tests.map(({ path }) => path)).toEqual(
      suite(sound, contract).map(({ name }) => ['reference', 'keeps the contract:', name]),
    )
    expect(await tally(tests)).toEqual({ passed: tests.length })
  })

  it('tells what came of each check', async () => {
    const runner = likeVitest()
    const outcomes: [Outcome, string][] = []
    conformance({
      ...runner,
      backend: sound,
      ...contract,
      record: (outcome, { task }) => outcomes.push([outcome, task.name]),
    })
    await tally(runner.tests)
    expect(outcomes.map(([{ check }]) => check.name)).toEqual(suite(sound, contract).map(({ name }) => name))
    const [[outcome, name]] = outcomes as [[Outcome, string]]
    expect(outcome).toEqual({
      backend: 'reference',
      check: { name, part: 'contract', subject: 'contract' },
      error: 0,
      problems: [],
    })
  })

  it('fails with all that is wrong', async () => {
    const backend = wrongOp('neg', ({ inputs: [x] }) => x!)(createReference())
    const test = testOf(runners['node:test']({ backend, parts: ['operations'] }), 'neg: 2×3')
    expect(await test.run()).toEqual({
      verdict: 'failed',
      reason: expect.stringMatching(
        /^The program as it is: y0: Expected .* within 1e-12 at element \d of float32\[2, 3\]\. Received: /,
      ),
    })
  })

  it('takes errors of a backend for findings', async () => {
    const backend = wrongOp('neg', () => {
      throw new Error('neg is not implemented.')
    })(createReference())
    const [check] = suite(backend, { parts: ['operations'] }).filter(({ subject }) => subject === 'neg')
    expect(await findingOf(check!)).toEqual({ error: Infinity, problems: ['neg is not implemented.'] })
  })
})

describe('known failures', () => {
  const check = 'tensors of others are refused'
  const known: KnownFailure = { check, reason: 'it trusts everyone, issue 7', engine: 'trusting 1.0' }
  const trusting: Backend = {
    ...sound,
    download: async () => ({ shape: [], dtype: 'float32', data: Float32Array.of(0) }),
  }

  const verdictOf = async (backend: Backend, knownFailures: readonly KnownFailure[]) => {
    const outcomes: Outcome[] = []
    const record = (outcome: Outcome): void => void outcomes.push(outcome)
    const test = testOf(runners.vitest({ backend, ...contract, knownFailures, record }), check)
    return { name: test.path.at(-1), ...(await test.run()), outcome: outcomes[0]! }
  }

  it('pass while they fail, and say why', async () => {
    expect(await verdictOf(trusting, [])).toMatchObject({ verdict: 'failed', name: check })
    expect(await verdictOf(trusting, [known])).toMatchObject({
      verdict: 'passed',
      name: `${check} (known failure: it trusts everyone, issue 7)`,
      outcome: {
        problems: ['Expected a download of it to be refused. Received: an answer.'],
        knownFailure: known,
      },
    })
  })

  it('fail once they pass', async () => {
    expect(await verdictOf(sound, [known])).toMatchObject({
      verdict: 'failed',
      reason: 'Passes on this version, known to fail on trusting 1.0: take it off the known failures.',
    })
  })

  it('name a check of the suite', () => {
    const misspelt = { ...known, check: 'tensors of others are refusd' }
    expect(() => runners.vitest({ backend: sound, knownFailures: [misspelt] })).toThrow(
      'reference: the known failure "tensors of others are refusd" is no check of the suite.',
    )
  })
})
