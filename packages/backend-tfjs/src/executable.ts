import { type Equation, FnError, type Program } from '@fn/core'
import { engine, keep, type Tensor, tensor } from '@tensorflow/tfjs-core'
import type { Context, EngineName, Lowering } from './lowering.ts'
import { lowerings } from './lowerings.ts'

/** One equation, ready to run. */
interface Instruction {
  readonly run: (inputs: readonly Tensor[]) => Tensor
  readonly inputs: readonly number[]
  readonly output: number
  /** Values that nobody needs any more after it. */
  readonly dead: readonly number[]
  readonly equation: Equation
}

/** A program as a list of kernels: everything that can be decided is decided when it is made. */
export class TfjsProgram {
  readonly #program: Program
  readonly #instructions: readonly Instruction[]
  readonly #constants: Tensor[] = []
  /** Values that live as long as this program. */
  readonly #permanent = new Map<number, Tensor>()
  #disposed = false

  constructor(program: Program, engineName: EngineName, donate: ReadonlySet<number>) {
    this.#program = program
    const splats = new Map<number, number>()
    for (const equation of program.equations) {
      if (equation.op === 'constant' && equation.attrs.data.length === 1) {
        splats.set(equation.outputs[0]!.id, equation.attrs.data[0]!)
      }
    }
    const context: Context = {
      engine: engineName,
      splat: ({ id }) => splats.get(id),
      constant: (data, shape, dtype) => {
        const made = keep(tensor(data, [...shape], dtype))
        this.#constants.push(made)
        return made
      },
    }
    const last = lastUses(program)
    const kept = new Set([
      ...program.outputs.map(({ id }) => id),
      ...program.inputs.flatMap(({ id }, at) => (donate.has(at) ? [] : [id])),
    ])
    const instructions: Instruction[] = []
    for (const [at, equation] of program.equations.entries()) {
      const lower = lowerings[equation.op] as Lowering<typeof equation.op>
      const run = lower(equation as never, context)
      const output = equation.outputs[0]!.id
      if (equation.inputs.length === 0) {
        this.#permanent.set(output, run([]))
        kept.add(output)
        continue
      }
      const inputs = equation.inputs.map(({ id }) => id)
      const dead = [...new Set([...inputs, output])].filter(
        (id) => (last.get(id) ?? at) === at && !kept.has(id),
      )
      instructions.push({ run, inputs, output, dead, equation })
    }
    this.#instructions = instructions
  }

  /** Runs it. Inputs that are not donated stay; the outputs belong to the caller. */
  run(inputs: readonly Tensor[]): readonly Tensor[] {
    if (this.#disposed) throw new FnError('A program is run after it was disposed of.')
    const live = new Map<number, Tensor>()
    const own = new Set<Tensor>()
    const given = new Map(this.#program.inputs.map(({ id }, at) => [id, inputs[at]!]))
    const find = (id: number): Tensor => live.get(id) ?? given.get(id) ?? this.#permanent.get(id)!
    try {
      for (const { run, inputs: from, output, dead, equation } of this.#instructions) {
        const operands = from.map(find)
        const made = this.#scoped(() => run(operands), equation)
        // A lowering may answer one of its inputs, or a constant: the output gets a tensor of its own.
        const result = operands.includes(made) || made.kept ? made.clone() : made
        live.set(output, result)
        own.add(result)
        for (const id of dead) {
          const tensor_ = find(id)
          if (!this.#permanent.has(id)) tensor_.dispose()
          own.delete(tensor_)
        }
      }
      return this.#program.outputs.map(({ id }, at) => {
        const value = find(id)
        const first = this.#program.outputs.findIndex((output) => output.id === id) === at
        if (!own.has(value) || !first) return value.clone()
        return value
      })
    } catch (error) {
      for (const tensor_ of own) tensor_.dispose()
      throw error
    }
  }

  /** Frees what a lowering makes on the way. */
  #scoped(run: () => Tensor, { op, path }: Equation): Tensor {
    const state = engine()
    state.startScope(op)
    let result: Tensor | undefined
    try {
      result = run()
      return result
    } catch (error) {
      throw new FnError(
        `tfjs failed to run ${op} at "${path}": ${error instanceof Error ? error.message : error}`,
      )
    } finally {
      state.endScope(result)
    }
  }

  dispose(): void {
    this.#disposed = true
    for (const constant of this.#constants) constant.dispose()
    this.#constants.length = 0
  }
}

/** The last equation that reads each value. */
function lastUses({ equations }: Program): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  equations.forEach(({ inputs }, at) => {
    for (const { id } of inputs) last.set(id, at)
  })
  return last
}
