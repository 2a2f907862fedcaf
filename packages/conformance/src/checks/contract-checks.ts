import {
  type Backend,
  Builder,
  type DeviceTensor,
  type Executable,
  type HostArray,
  input,
  layers,
  legalize,
  type Model,
  model,
  type Program,
  setRandomSeed,
  UnsupportedOpError,
} from '@fn/core'
import type { Check, Finding } from '../check.ts'
import { compareArrays } from '../compare-arrays.ts'
import { caseProgram } from '../ops/case-program.ts'
import { opCases } from '../ops/op-cases.ts'
import { hostArray } from '../ops/values.ts'

/** What `Backend` promises whatever the program: who owns a tensor, what is refused, what is left behind. */
export function contractChecks(backend: Backend): readonly Check[] {
  const check = (name: string, look: (found: Problems) => Promise<void>): Check => ({
    name,
    part: 'contract',
    subject: 'contract',
    run: async () => {
      const found = new Problems(backend)
      await look(found)
      return found.finding
    },
  })

  /** a = x + y, and b = x · y. */
  const [x, y] = [floats(1, -2, 3), floats(4, 0.5, -1)]
  const [sum, product] = [floats(5, -1.5, 2), floats(4, -1, -3)]
  const pair = (): Program => {
    const b = new Builder()
    const [left, right] = [b.input(x, 'x'), b.input(y, 'y')]
    return legalize(b.build({ a: b.add(left, right), b: b.mul(left, right) }), backend)
  }

  const ownership: readonly Check[] = [
    check('every output is a tensor of its own', async (found) => {
      const b = new Builder()
      const [left, right] = [b.input(x, 'x'), b.input(y, 'y')]
      const total = b.add(left, right)
      const program = b.build([
        ['x', left],
        ['again', left],
        ['a', total],
        ['b', total],
        ['constant', b.constant([7, 8, 9], [3])],
      ])
      const given = [backend.upload(x), backend.upload(y)]
      const executable = await backend.compile(legalize(program, backend))
      const expected = [x, x, sum, sum, floats(7, 8, 9)]
      for (let gone = 0; gone < expected.length; gone++) {
        const outputs = await executable.run(given)
        outputs[gone]!.dispose()
        for (const [at, tensor] of outputs.entries()) {
          if (at === gone) continue
          await found.tensor(`output ${at} without output ${gone}`, expected[at]!, tensor)
          tensor.dispose()
        }
      }
      const outputs = await executable.run(given)
      for (const tensor of given) tensor.dispose()
      executable.dispose()
      for (const [at, tensor] of outputs.entries()) {
        await found.tensor(`output ${at} without the inputs and the program`, expected[at]!, tensor)
        tensor.dispose()
      }
    }),

    check('the answers of one run outlive the next', async (found) => {
      const executable = await backend.compile(pair())
      const [first, second] = [backend.upload(x), backend.upload(y)]
      const before = await executable.run([first, second])
      const after = await executable.run([second, second])
      await found.tensor('of the first run', sum, before[0]!)
      await found.tensor('of the second run', floats(8, 1, -2), after[0]!)
      disposeAll([first, second, ...before, ...after], executable)
    }),

    check('runs that are begun together do not mix', async (found) => {
      const executable = await backend.compile(pair())
      const given = [x, y].map((array) => backend.upload(array)) as [DeviceTensor, DeviceTensor]
      const runs = await Promise.all([
        executable.run(given),
        executable.run([given[1], given[1]]),
        executable.run(given),
      ])
      for (const [at, expected] of [product, floats(16, 0.25, 1), product].entries())
        await found.tensor(`of run ${at}`, expected, runs[at]![1]!)
      disposeAll([...given, ...runs.flat()], executable)
    }),

    check('inputs stay as they are', async (found) => {
      const executable = await backend.compile(pair())
      const given = [backend.upload(x), backend.upload(y)]
      const outputs = await executable.run(given)
      await found.tensor('x', x, given[0]!)
      await found.tensor('y', y, given[1]!)
      disposeAll([...given, ...outputs], executable)
    }),

    check('arrays of the host are copied, in and out', async (found) => {
      const mine = floats(1, 2, 3)
      const tensor = backend.upload(mine)
      mine.data.fill(9)
      const executable = await backend.compile(pair())
      const other = backend.upload(floats(1, 1, 1))
      const outputs = await executable.run([tensor, other])
      await found.tensor('the sum', floats(2, 3, 4), outputs[0]!)
      const { data } = await backend.download(outputs[0]!)
      data.fill(9)
      await found.tensor('the sum, once more', floats(2, 3, 4), outputs[0]!)
      disposeAll([tensor, other, ...outputs], executable)
    }),

    check('state that is donated goes from run to run', async (found) => {
      const b = new Builder()
      const [state, step] = [b.input(x, 'state'), b.input(y, 'step')]
      const next = b.add(b.mul(state, 0.5), step)
      const program = legalize(b.build({ next, old: b.neg(state) }), backend)
      const executable = await backend.compile(program, { donate: [0] })
      const given = backend.upload(y)
      let before = backend.upload(x)
      let expected = [...x.data]
      for (let at = 0; at < 5; at++) {
        const [moved, old] = await executable.run([before, given])
        await found.tensor(`what state ${at} was`, floats(...expected.map((value) => -value)), old!)
        expected = expected.map((value, which) => value * 0.5 + y.data[which]!)
        await found.tensor(`state ${at + 1}`, floats(...expected), moved!)
        await found.refusal('a donated tensor', () => backend.download(before))
        old!.dispose()
        before = moved!
      }
      disposeAll([before, given], executable)
    }),
  ]

  const refusals: readonly Check[] = [
    check('what does not fit the program is refused', async (found) => {
      const executable = await backend.compile(pair())
      const good = backend.upload(x)
      const short = backend.upload(floats(1, 2))
      const whole = backend.capabilities.dtypes.has('int32')
        ? backend.upload(hostArray([3], 'int32', [1, 2, 3]))
        : undefined
      await found.refusal('one input where two are expected', () => executable.run([good]))
      await found.refusal('three inputs where two are expected', () => executable.run([good, good, good]))
      await found.refusal('an input of another shape', () => executable.run([good, short]))
      if (whole) await found.refusal('an input of another dtype', () => executable.run([good, whole]))
      disposeAll([good, short, ...(whole ? [whole] : [])], executable)
    }),

    check('elements that do not fill their shape are refused', async (found) => {
      await found.refusal('too few', async () => backend.upload({ ...x, shape: [4] }))
      await found.refusal('too many', async () => backend.upload({ ...x, shape: [2] }))
    }),

    check('what is disposed of is refused, and can be disposed of again', async (found) => {
      const executable = await backend.compile(pair())
      const [first, second] = [backend.upload(x), backend.upload(y)]
      first.dispose()
      first.dispose()
      await found.refusal('a disposed input', () => executable.run([first, second]))
      await found.refusal('a download of a disposed tensor', () => backend.download(first))
      executable.dispose()
      executable.dispose()
      await found.refusal('a disposed program', () => executable.run([second, second]))
      second.dispose()
    }),

    check('tensors of others are refused', async (found) => {
      const executable = await backend.compile(pair())
      const stranger: DeviceTensor = { shape: [3], dtype: 'float32', dispose() {} }
      const mine = backend.upload(x)
      await found.refusal('a run on it', () => executable.run([mine, stranger]))
      await found.refusal('a download of it', () => backend.download(stranger))
      disposeAll([mine], executable)
    }),

    check('all that the capabilities lack is named at once', async (found) => {
      const { ops } = backend.capabilities
      const b = new Builder()
      const lacking = new Set<string>()
      const outputs = opCases
        .filter(({ op }) => !ops.has(op as never) && op !== 'call' && op !== 'scan')
        .flatMap((opCase, at) => {
          const program = caseProgram(opCase)
          if (!program.equations.some(({ op }) => op === opCase.op)) return []
          lacking.add(opCase.op)
          const given = program.inputs.map((value) => b.input(value, `${at}:${value.name}`))
          const here = b.inline(program, given)
          return program.outputs.map((value, which) => [`${at}:${which}`, here(value)] as const)
        })
      if (outputs.length === 0) return
      try {
        legalize(b.build(outputs), backend)
        found.say(`Expected a refusal of ${[...lacking].join(', ')}. Received: a program.`)
      } catch (error) {
        if (!(error instanceof UnsupportedOpError)) throw error
        for (const op of lacking) {
          if (!error.message.includes(op))
            found.say(`Expected ${op} in the refusal. Received: ${error.message}`)
        }
      }
    }),
  ]

  const runs: readonly Check[] = [
    check('one seed gives one run of training, dropout and shuffling included', async (found) => {
      const [first, again, other] = [
        await dropoutRun(backend, 3),
        await dropoutRun(backend, 3),
        await dropoutRun(backend, 4),
      ]
      first.forEach((array, at) => {
        found.array(`weight ${at} of a second run`, array, again[at]!)
      })
      if (first.every((array, at) => compareArrays(array, other[at]!, 0).error === 0))
        found.say('Expected another run from another seed. Received: the same weights.')
    }),

    check('training, evaluation and prediction leave nothing behind', async (found) => {
      const before = backend.memory?.().tensors
      await dropoutRun(backend, 1)
      const after = backend.memory?.().tensors
      if (before !== after) found.say(`Expected ${before} tensors, as before. Received: ${after}.`)
    }),

    check('weights that are set are those that count', async (found) => {
      const made = small()
      made.compile({ backend, optimizer: 'sgd', loss: 'mse' })
      const first = await made.predict(x2 as never)
      const weights = made.getWeights()
      await made.fit(x2 as never, y2 as never, { epochs: 1, batchSize: 4, verbose: 'silent' })
      made.setWeights(weights)
      found.array('the prediction', first as unknown as HostArray, (await made.predict(x2 as never)) as never)
      await made.dispose()
    }),
  ]

  return [...ownership, ...refusals, ...runs].filter(
    ({ name }) => isAble(backend) || !NEEDS_TRAINING.has(name),
  )
}

/** Whether the backend runs what a small dense network needs, trained. */
function isAble(backend: Backend): boolean {
  const needed = [
    'dot',
    'add',
    'mul',
    'sub',
    'max',
    'less',
    'select',
    'reduceSum',
    'broadcast',
    'transpose',
  ] as const
  return needed.every((op) => backend.capabilities.ops.has(op))
}

const NEEDS_TRAINING: ReadonlySet<string> = new Set([
  'one seed gives one run of training, dropout and shuffling included',
  'training, evaluation and prediction leave nothing behind',
  'weights that are set are those that count',
])

const floats = (...data: number[]): HostArray => hostArray([data.length], 'float32', data)

const x2 = hostArray(
  [8, 3],
  'float32',
  Array.from({ length: 24 }, (_, at) => Math.sin(at)),
)
const y2 = hostArray(
  [8, 2],
  'float32',
  Array.from({ length: 16 }, (_, at) => Math.cos(at)),
)

function small(): Model {
  const x = input({ shape: [3] })
  const y = x.pipe(
    layers.dense({ units: 4, activation: 'relu' }),
    layers.dropout({ rate: 0.5 }),
    layers.dense({ units: 2 }),
  )
  return model({ inputs: x, outputs: y }) as unknown as Model
}

/** The weights after two epochs with dropout, and an evaluation on the way. */
async function dropoutRun(backend: Backend, seed: number): Promise<readonly HostArray[]> {
  setRandomSeed(seed)
  const made = small()
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  await made.fit(x2 as never, y2 as never, { epochs: 2, batchSize: 3, verbose: 'silent' })
  await made.evaluate(x2 as never, y2 as never, { batchSize: 3 })
  await made.predict(x2 as never)
  const weights = made.getWeights()
  await made.dispose()
  return weights
}

function disposeAll(tensors: readonly DeviceTensor[], executable: Executable): void {
  for (const tensor of tensors) tensor.dispose()
  executable.dispose()
}

/** Gathers in what is wrong. */
class Problems {
  readonly #problems: string[] = []

  constructor(readonly backend: Backend) {}

  get finding(): Finding {
    return { error: 0, problems: this.#problems }
  }

  say(problem: string): void {
    this.#problems.push(problem)
  }

  /** The same numbers, exactly: those of these checks are whole, or halves and quarters. */
  array(what: string, expected: HostArray, actual: HostArray): void {
    const { mismatch } = compareArrays(expected, actual, 0)
    if (mismatch !== undefined) this.say(`${what}: ${mismatch}`)
  }

  async tensor(what: string, expected: HostArray, actual: DeviceTensor): Promise<void> {
    this.array(what, expected, await this.backend.download(actual))
  }

  /** An error, and not an answer. */
  async refusal(what: string, attempt: () => Promise<unknown>): Promise<void> {
    try {
      await attempt()
    } catch {
      return
    }
    this.say(`Expected ${what} to be refused. Received: an answer.`)
  }
}
