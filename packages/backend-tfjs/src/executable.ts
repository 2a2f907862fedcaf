import { type Equation, FnError, type Label, type Program, type Timer, type Value } from '@fn/core'
import { group, isGroup, labelOfGroup, splatsOf } from '@fn/fuse'
import { engine, keep, Tensor, tensor } from '@tensorflow/tfjs-core'
import { fusedOf } from './fused.ts'
import { alias } from './kernel.ts'
import type { Context, EngineName, Lowering, Run } from './lowering.ts'
import { lowerings } from './lowerings.ts'

/** One equation, ready to run. Values are known by their places. */
interface Instruction {
  readonly run: Run<Tensor | readonly Tensor[]>
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** Values that nobody needs any more after it. */
  readonly dead: readonly number[]
  readonly equation: Equation
}

/** What is run as one. */
interface Piece {
  readonly run: Run<Tensor | readonly Tensor[]>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly equations: readonly Equation[]
}

/** Takes the times of a program. */
interface Watch {
  readonly timer: Timer
  /** The path of the loop in which it stands. */
  readonly around?: string
}

/** A program as a list of kernels: everything that can be decided is decided when it is made. */
export class TfjsProgram {
  readonly #instructions: readonly Instruction[]
  /** The values that live as long as this program, at their places. */
  readonly #permanent: readonly (Tensor | undefined)[]
  readonly #inputs: readonly number[]
  readonly #outputs: readonly number[]
  readonly #donated: readonly number[]
  /** The values that a run makes. */
  readonly #made: readonly number[]
  readonly #constants: Tensor[] = []
  readonly #inner: TfjsProgram[] = []
  #disposed = false

  constructor(program: Program, engineName: EngineName, donate: ReadonlySet<number>, watch?: Watch) {
    const context: Context = {
      engine: engineName,
      splat: splatsOf(program),
      constant: (data, shape, dtype) => {
        const made = keep(tensor(data, [...shape], dtype))
        this.#constants.push(made)
        return made
      },
      program: (body, donated, path) => {
        const around = [watch?.around, path].filter(Boolean).join('/')
        const inner = new TfjsProgram(body, engineName, donated, watch && { ...watch, around })
        this.#inner.push(inner)
        return (inputs) => inner.run(inputs)
      },
    }
    const places = new Map<number, number>()
    const placeOf = ({ id }: { readonly id: number }): number => {
      if (!places.has(id)) places.set(id, places.size)
      return places.get(id)!
    }
    this.#inputs = program.inputs.map(placeOf)
    this.#outputs = program.outputs.map(placeOf)
    this.#donated = this.#inputs.filter((_, at) => donate.has(at))
    const pieces = this.#pieces(program, context)
    const last = lastUses(pieces)
    const kept = new Set([...this.#outputs, ...this.#inputs.filter((_, at) => !donate.has(at))])
    const permanent: (Tensor | undefined)[] = []
    const instructions: Instruction[] = []
    for (const [at, { run, ...piece }] of pieces.entries()) {
      const equation = piece.equations[0]!
      const outputs = piece.outputs.map(placeOf)
      if (equation.inputs.length === 0) {
        listOf(run([])).forEach((value, which) => {
          permanent[outputs[which]!] = value
          kept.add(outputs[which]!)
        })
        continue
      }
      const dead = [...piece.inputs, ...piece.outputs]
        .filter(({ id }) => (last.get(id) ?? at) === at)
        .map(placeOf)
        .filter((place) => !kept.has(place))
      const inputs = piece.inputs.map(placeOf)
      const timed = watch === undefined ? run : timedRun(run, watch.timer, labelOfGroup(piece, watch.around))
      instructions.push({ run: timed, inputs, outputs, dead: [...new Set(dead)], equation })
    }
    this.#instructions = instructions
    this.#permanent = permanent
    this.#made = instructions.flatMap(({ outputs }) => outputs)
  }

  /** What is run, one after the other. */
  #pieces(program: Program, context: Context): readonly Piece[] {
    const single = (equation: Equation): Piece => {
      const lower = lowerings[equation.op] as Lowering<typeof equation.op, Tensor | readonly Tensor[]>
      const { inputs, outputs } = equation
      return { run: lower(equation as never, context), inputs, outputs, equations: [equation] }
    }
    if (context.engine !== 'wasm') return program.equations.map(single)
    const pieces = group(program, context.splat)
    const fused = fusedOf(pieces.filter(isGroup), program, context.splat)
    if (fused === undefined) return program.equations.map(single)
    return pieces.map((piece) => (isGroup(piece) ? { ...fused.get(piece)!, ...piece } : single(piece)))
  }

  /** Runs it. Inputs that are not donated stay; the outputs belong to the caller. */
  run(inputs: readonly Tensor[]): readonly Tensor[] {
    if (this.#disposed) throw new FnError('A program is run after it was disposed of.')
    const values = [...this.#permanent]
    this.#inputs.forEach((place, at) => {
      values[place] = inputs[at]!
    })
    try {
      for (const instruction of this.#instructions) {
        const operands = instruction.inputs.map((place) => values[place]!)
        const results = this.#scoped(instruction, operands)
        instruction.outputs.forEach((place, which) => {
          values[place] = results[which]!
        })
        for (const place of instruction.dead) {
          values[place]!.dispose()
          values[place] = undefined
        }
      }
      const own = new Set(this.#made.map((place) => values[place]))
      const outputs = this.#outputs.map((place) => {
        const value = values[place]!
        // The first output that is a value gets it; inputs and constants stay where they are.
        return own.delete(value) ? value : alias(value)
      })
      for (const place of this.#donated) values[place]?.dispose()
      return outputs
    } catch (error) {
      for (const place of this.#made) values[place]?.dispose()
      throw error
    }
  }

  /** Runs one equation, and frees what its lowering makes on the way. */
  #scoped({ run, equation: { op, path } }: Instruction, operands: readonly Tensor[]): readonly Tensor[] {
    const state = engine()
    state.startScope(op)
    let results: readonly Tensor[] = []
    try {
      // A lowering may answer one of its inputs, or a constant: the output gets a tensor of its own.
      results = listOf(run(operands)).map((made) =>
        operands.includes(made) || made.kept ? alias(made) : made,
      )
      return results
    } catch (error) {
      throw new FnError(
        `tfjs failed to run ${op} at "${path}": ${error instanceof Error ? error.message : error}`,
      )
    } finally {
      state.endScope([...results])
    }
  }

  dispose(): void {
    this.#disposed = true
    for (const inner of this.#inner) inner.dispose()
    for (const constant of this.#constants) constant.dispose()
    this.#constants.length = 0
  }
}

const timedRun =
  (run: Piece['run'], timer: Timer, label: Label): Piece['run'] =>
  (inputs) =>
    timer.measure(label, () => run(inputs))

const listOf = (made: Tensor | readonly Tensor[]): readonly Tensor[] =>
  made instanceof Tensor ? [made] : made

/** The last piece that reads each value. */
function lastUses(pieces: readonly Piece[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  pieces.forEach(({ inputs }, at) => {
    for (const { id } of inputs) last.set(id, at)
  })
  return last
}
