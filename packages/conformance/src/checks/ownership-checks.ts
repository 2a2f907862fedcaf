import { type Backend, type DeviceTensor, type DType, type HostArray, legalize, type Program } from '@fn/core'
import type { Check } from '../check.ts'
import { hostArray } from '../ops/values.ts'
import { isRefused } from '../run-on.ts'
import {
  arithmetic,
  disposeAll,
  echo,
  floats,
  moving,
  pairOfStates,
  product,
  programFor,
  shared,
  sum,
  sums,
  x,
  y,
} from './contract-programs.ts'
import { contractCheck, type Problems } from './problems.ts'

/** Elements of each dtype that something may happen to on the way. */
const telling: Readonly<Record<DType, readonly number[]>> = {
  float32: [1.5, -0.25, 1e30, -1e-30, Infinity, Number.NaN],
  int32: [7, -1, 2147483647, -2147483648, 16777217, 0],
  bool: [1, 0, 0, 1, 1, 0],
}

/** An array such as engines take without converting it. */
const engineArray = ({ data, ...rest }: HostArray): HostArray => ({ ...rest, data: Float32Array.from(data) })

const negated = ({ data }: HostArray): HostArray => floats(...Array.from(data, (value) => -value))

/** Whose a tensor is, how long it lives, and what is left behind. */
export function ownershipChecks(backend: Backend): readonly Check[] {
  /** A check that runs a program, unless the capabilities refuse it. */
  const check = (
    name: string,
    program: Program,
    look: (found: Problems, legal: Program) => Promise<void>,
  ): readonly Check[] =>
    isRefused(backend, program)
      ? []
      : [contractCheck(name, backend, (found) => look(found, legalize(program, backend)))]
  const held = backend.memory && (() => backend.memory!().tensors)
  const many = sums(backend)
  const large = moving(5000)

  return [
    check('what is uploaded comes back', echo, async (found) => {
      for (const dtype of backend.capabilities.dtypes) {
        for (const shape of [[], [6], [2, 3], [1, 3, 1, 2], [0], [2, 0, 3]]) {
          const size = shape.reduce((product, dim) => product * dim, 1)
          const array = hostArray(shape, dtype, telling[dtype].slice(0, size))
          const tensor = backend.upload(array)
          await found.tensor(`${dtype} of shape [${shape}]`, array, tensor)
          tensor.dispose()
        }
      }
    }),

    check('every run answers for its own inputs', arithmetic, async (found, program) => {
      const executable = await backend.compile(program)
      const [first, second] = [backend.upload(x), backend.upload(y)]
      const runs = [
        [[first, second], sum],
        [[second, second], floats(8, 1, -2)],
        [[first, first], floats(2, -4, 6)],
      ] as const
      for (const [at, [given, expected]] of runs.entries()) {
        const outputs = await executable.run(given)
        await found.tensor(`the sum of run ${at + 1}`, expected, outputs[0]!)
        disposeAll(outputs)
      }
      disposeAll([first, second, executable])
    }),

    check('every output is a tensor of its own', shared, async (found, program) => {
      const given = [backend.upload(x), backend.upload(y)]
      const executable = await backend.compile(program)
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
      disposeAll([...given, executable])
      for (const [at, tensor] of outputs.entries()) {
        await found.tensor(`output ${at} without the inputs and the program`, expected[at]!, tensor)
        tensor.dispose()
      }
    }),

    check('the answers of one run outlive the next', arithmetic, async (found, program) => {
      const executable = await backend.compile(program)
      const [first, second] = [backend.upload(x), backend.upload(y)]
      const before = await executable.run([first, second])
      const after = await executable.run([second, second])
      await found.tensor('of the first run', sum, before[0]!)
      await found.tensor('of the second run', floats(8, 1, -2), after[0]!)
      disposeAll([first, second, ...before, ...after, executable])
    }),

    check('runs that are begun together do not mix', arithmetic, async (found, program) => {
      const executable = await backend.compile(program)
      const given = [x, y].map((array) => backend.upload(array)) as [DeviceTensor, DeviceTensor]
      const runs = await Promise.all([
        executable.run(given),
        executable.run([given[1], given[1]]),
        executable.run(given),
      ])
      for (const [at, expected] of [product, floats(16, 0.25, 1), product].entries())
        await found.tensor(`of run ${at}`, expected, runs[at]![1]!)
      disposeAll([...given, ...runs.flat(), executable])
    }),

    many.program.outputs.length === 0
      ? []
      : check('the same run gives the same bits', many.program, async (found, program) => {
          const executable = await backend.compile(program)
          const given = many.inputs.map((array) => backend.upload(array))
          const first = await executable.run(given)
          const expected = await Promise.all(first.map((tensor) => backend.download(tensor)))
          for (let run = 2; run <= 5; run++) {
            const outputs = await executable.run(given)
            for (const [at, tensor] of outputs.entries())
              await found.tensor(`output ${at} of run ${run}`, expected[at]!, tensor)
            disposeAll(outputs)
          }
          disposeAll([...given, ...first, executable])
        }),

    check('inputs stay as they are', arithmetic, async (found, program) => {
      const executable = await backend.compile(program)
      const given = [backend.upload(x), backend.upload(y)]
      const outputs = await executable.run(given)
      await found.tensor('x', x, given[0]!)
      await found.tensor('y', y, given[1]!)
      disposeAll([...given, ...outputs, executable])
    }),

    check('arrays of the host are copied, in and out', arithmetic, async (found, program) => {
      const mine = floats(1, 2, 3)
      const tensor = backend.upload(mine)
      mine.data.fill(9)
      const executable = await backend.compile(program)
      const other = backend.upload(floats(1, 1, 1))
      const outputs = await executable.run([tensor, other])
      await found.tensor('the sum', floats(2, 3, 4), outputs[0]!)
      const { data } = await backend.download(outputs[0]!)
      data.fill(9)
      await found.tensor('the sum, once more', floats(2, 3, 4), outputs[0]!)
      disposeAll([tensor, other, ...outputs, executable])
    }),

    check('lasting arrays of the host are read, and not written into', arithmetic, async (found, program) => {
      const mine = [floats(1, 2, 3), floats(1, 1, 1)].map(engineArray)
      const executable = await backend.compile(program, { donate: [1] })
      for (const run of ['first', 'second']) {
        const [kept, donated] = mine.map((array) => backend.upload(array, { lasting: true }))
        const outputs = await executable.run([kept!, donated!])
        await found.tensor(`the ${run} sum`, floats(2, 3, 4), outputs[0]!)
        await found.tensor('the tensor', floats(1, 2, 3), kept!)
        found.array('its array', floats(1, 2, 3), mine[0]!)
        found.array('the array of the tensor that was donated', floats(1, 1, 1), mine[1]!)
        disposeAll([kept!, ...outputs])
      }
      executable.dispose()
    }),

    check('what comes of a lasting array outlives it', echo, async (found, program) => {
      const mine = [x, y].map(engineArray)
      const executable = await backend.compile(program)
      const lent = mine.map((array) => backend.upload(array, { lasting: true }))
      const outputs = await executable.run(lent)
      disposeAll(lent)
      for (const { data } of mine) data.fill(9)
      await found.tensor('the output that is x', x, outputs[0]!)
      await found.tensor('the output that is y', y, outputs[1]!)
      disposeAll([...outputs, executable])
    }),

    ...[3, 5000].flatMap((size) => {
      const { program: moves, state: first, step, after } = moving(size)
      return check(
        `state of ${size} numbers that is donated goes from run to run`,
        moves,
        async (found, program) => {
          const executable = await backend.compile(program, { donate: [0] })
          const by = backend.upload(step)
          let state = backend.upload(first)
          let expected = first
          for (let at = 0; at < 5; at++) {
            const [next, old, total] = await executable.run([state, by])
            await found.tensor(`what state ${at} was`, negated(expected), old!)
            expected = after(expected)
            await found.tensor(`state ${at + 1}`, expected, next!)
            disposeAll([old!, total!])
            state = next!
          }
          disposeAll([state, by, executable])
        },
      )
    }),

    check('two states that one program moves do not mix', large.program, async (found, program) => {
      const { state, step, after } = large
      const executable = await backend.compile(program, { donate: [0] })
      const by = backend.upload(step)
      const [one, ...first] = await executable.run([backend.upload(state), by])
      const [two, ...second] = await executable.run([backend.upload(negated(state)), by])
      const [more, ...third] = await executable.run([one!, by])
      await found.tensor('the first state, moved twice', after(after(state)), more!)
      await found.tensor('the second state, moved once', after(negated(state)), two!)
      disposeAll([more!, two!, by, ...first, ...second, ...third, executable])
    }),

    check('two donated states may change places', pairOfStates.program, async (found, program) => {
      const { start, after } = pairOfStates
      const executable = await backend.compile(program, { donate: [0, 1] })
      let states = start.map((array) => backend.upload(array))
      let expected: readonly [HostArray, HostArray] = start
      for (let run = 1; run <= 3; run++) {
        const [one, two, total] = await executable.run(states)
        const [first, second] = after(expected)
        await found.tensor(`the first of run ${run}`, first, one!)
        await found.tensor(`the second of run ${run}`, second, two!)
        total!.dispose()
        states = [two!, one!]
        expected = [second, first]
      }
      disposeAll([...states, executable])
    }),

    check('what is donated is of no use afterwards', echo, async (found, program) => {
      const executable = await backend.compile(program, { donate: [0] })
      const [donated, kept] = [backend.upload(x), backend.upload(y)]
      const before = held?.() ?? 0
      const outputs = await executable.run([donated, kept])
      if (held) found.held('after a run that took one and gave two', before + 1, held())
      await found.tensor('the output that was the donated input', x, outputs[0]!)
      await found.refusal('a download of a donated tensor', () => backend.download(donated))
      await found.refusal('a run on a donated tensor', () => executable.run([donated, kept]))
      donated.dispose()
      disposeAll([kept, ...outputs, executable])
    }),

    held === undefined
      ? []
      : check('a run leaves nothing behind but its outputs', echo, async (found) => {
          const before = held()
          const executable = await backend.compile(programFor(backend))
          const given = [backend.upload(x), backend.upload(y)]
          const ready = held()
          for (let run = 1; run <= 3; run++) {
            disposeAll(await executable.run(given))
            found.held(`after run ${run}`, ready, held())
          }
          await found.refusal('a run without inputs', () => executable.run([]))
          found.held('after a run that was refused', ready, held())
          disposeAll([...given, executable])
          found.held('at the end', before, held())
        }),
  ].flat()
}
