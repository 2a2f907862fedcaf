import {
  type Backend,
  Builder,
  type DeviceTensor,
  legalize,
  type Program,
  UnsupportedOpError,
} from '@fn/core'
import type { Check } from '../check.ts'
import { caseProgram } from '../ops/case-program.ts'
import { opCases } from '../ops/op-cases.ts'
import { hostArray } from '../ops/values.ts'
import { disposeAll, floats, programFor, x, y } from './contract-programs.ts'
import { contractCheck, type Problems } from './problems.ts'

/** What has to be an error, and not an answer. */
export function refusalChecks(backend: Backend): readonly Check[] {
  const check = (name: string, look: (found: Problems) => Promise<void>): Check =>
    contractCheck(name, backend, look)

  return [
    check('what does not fit the program is refused', async (found) => {
      const executable = await backend.compile(programFor(backend))
      const good = backend.upload(x)
      const short = backend.upload(floats(1, 2))
      const deep = backend.upload(hostArray([1, 3], 'float32', x.data))
      await found.refusal('one input where two are expected', () => executable.run([good]))
      await found.refusal('three inputs where two are expected', () => executable.run([good, good, good]))
      await found.refusal('an input of another shape', () => executable.run([good, short]))
      await found.refusal('an input of another rank', () => executable.run([good, deep]))
      disposeAll([good, short, deep])
      if (backend.capabilities.dtypes.has('int32')) {
        const [first, whole] = [backend.upload(x), backend.upload(hostArray([3], 'int32', [1, 2, 3]))]
        await found.refusal('an input of another dtype', () => executable.run([first, whole]))
        disposeAll([first, whole])
      }
      executable.dispose()
    }),

    check('elements that do not fill their shape are refused', async (found) => {
      await found.refusal('too few', async () => backend.upload({ ...x, shape: [4] }))
      await found.refusal('too many', async () => backend.upload({ ...x, shape: [2] }))
    }),

    check('what is disposed of is refused, and can be disposed of again', async (found) => {
      const executable = await backend.compile(programFor(backend))
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
      const executable = await backend.compile(programFor(backend))
      const stranger: DeviceTensor = { shape: [3], dtype: 'float32', dispose() {} }
      const mine = backend.upload(x)
      await found.refusal('a run on it', () => executable.run([mine, stranger]))
      await found.refusal('a download of it', () => backend.download(stranger))
      disposeAll([mine, executable])
    }),

    check('all that the capabilities lack is named at once', async (found) => {
      const { program, lacking } = everythingLacking(backend)
      if (lacking.size === 0) return
      try {
        legalize(program, backend)
        found.say(`Expected a refusal of ${[...lacking].join(', ')}. Received: a program.`)
      } catch (error) {
        if (!(error instanceof UnsupportedOpError)) throw error
        const named = new Set<string>(error.missing.map(({ op }) => op))
        for (const op of lacking) {
          if (!named.has(op)) found.say(`Expected ${op} in the refusal. Received: ${error.message}`)
        }
      }
    }),
  ]
}

/** One program with all that a backend lacks. What is written otherwise for it is not lacking. */
function everythingLacking(backend: Backend): {
  readonly program: Program
  readonly lacking: ReadonlySet<string>
} {
  const { ops } = backend.capabilities
  const rewritten = new Set<string>(['call', 'scan', 'stopGradient'])
  const lacking = new Set<string>()
  const b = new Builder()
  const outputs = opCases.flatMap(({ op, ...opCase }, at) => {
    if (ops.has(op as never) || rewritten.has(op)) return []
    const program = caseProgram({ op, ...opCase })
    if (!program.equations.some((equation) => equation.op === op)) return []
    lacking.add(op)
    const given = program.inputs.map((value) => b.input(value, `${at}:${value.name}`))
    const here = b.inline(program, given)
    return program.outputs.map((value, which) => [`${at}:${which}`, here(value)] as const)
  })
  return { program: b.build(outputs), lacking }
}
