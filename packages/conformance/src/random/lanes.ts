import { evaluate, type Tensor } from '@fn/backend-reference'
import { type Equation, type HostArray, inline, type OpName, type Program, unroll } from '@fn/core'
import { compareArrays } from '../compare-arrays.ts'
import { uniform } from '../ops/values.ts'

/**
 * A value as several runs of the same program see it: one that is exact; some in which every equation is off by a little
 * noise, as the equations of an engine are; and, where slopes are wanted, some in which the inputs have moved a little.
 */
export interface Lanes<Array extends HostArray = Tensor> {
  readonly exact: Array
  readonly noisy: readonly Array[]
  readonly moved: readonly Array[]
}

/** How far inputs move. Finite differences are taken along the same directions, over half the way. */
export const MOVE = 2 ** -11
const NOISY = 3
const MOVED = 3

/** Ops that round nothing: what comes out has been in before, or is a small whole number. */
const EXACT: ReadonlySet<OpName> = new Set<OpName>([
  ...(['neg', 'abs', 'sign', 'floor', 'ceil', 'round', 'max', 'min', 'select', 'cast'] as const),
  ...(['reshape', 'transpose', 'broadcast', 'slice', 'pad', 'concat', 'reverse', 'gather'] as const),
  ...(['constant', 'iota', 'dimSize', 'stopGradient', 'reduceMax', 'reduceMin', 'maxPool', 'topK'] as const),
])

/** The noise of engines, and the directions in which inputs move, from one seed. */
export class Disturbance {
  /** Of an element, in parts of it, or of the root mean square of its tensor where that is larger. */
  readonly noise: number
  readonly #random: () => number
  readonly #smooth: boolean

  constructor(seed: number, noise: number, smooth: boolean) {
    this.noise = noise
    this.#random = uniform(seed)
    this.#smooth = smooth
  }

  #signed = (): number => 2 * this.#random() - 1

  /** @param whole whether its elements are such that an engine holds them without rounding */
  input(exact: Tensor, whole: boolean): Lanes {
    return {
      exact,
      noisy: times(NOISY, () => (whole ? exact : this.shake(exact))),
      moved: times(this.#smooth ? MOVED : 0, () => shifted(exact, () => MOVE * this.#signed())),
    }
  }

  shake(exact: Tensor): Tensor {
    const scale = rootMeanSquare(exact)
    return shifted(exact, (value) => this.noise * Math.max(Math.abs(value), scale) * this.#signed())
  }

  /** What an equation gives in each of the runs. */
  equation(equation: Equation, inputs: readonly Lanes[]): readonly Lanes[] {
    const program: Program = {
      inputs: unique(equation.inputs),
      equations: [equation],
      outputs: equation.outputs,
      outputNames: equation.outputs.map((_, at) => `${at}`),
    }
    const places = program.inputs.map((input) => equation.inputs.indexOf(input))
    return this.program(
      program,
      places.map((at) => inputs[at]!),
    )
  }

  /** What a program gives in each of the runs. */
  program(program: Program, inputs: readonly Lanes[]): readonly Lanes[] {
    const exact = evaluate(
      program,
      inputs.map((lanes) => lanes.exact),
    )
    const noisy = times(NOISY, (lane) =>
      this.shaken(
        program,
        inputs.map((lanes) => lanes.noisy[lane]!),
      ),
    )
    const moved = times(this.#smooth ? MOVED : 0, (lane) =>
      evaluate(
        program,
        inputs.map((lanes) => lanes.moved[lane]!),
      ),
    )
    return exact.map((tensor, at) => ({
      exact: tensor,
      noisy: noisy.map((outputs) => outputs[at]!),
      moved: moved.map((outputs) => outputs[at]!),
    }))
  }

  /** What a program gives with noise in each of its equations. */
  shaken(program: Program, inputs: readonly Tensor[]): readonly Tensor[] {
    const inlined = inline(program)
    const straight = inlined.equations.some(({ op }) => op === 'scan') ? unroll(inlined) : inlined
    const values = new Map(straight.inputs.map(({ id }, at) => [id, inputs[at]!] as const))
    for (const equation of straight.equations) {
      const made = evaluate(
        {
          inputs: unique(equation.inputs),
          equations: [equation],
          outputs: equation.outputs,
          outputNames: equation.outputs.map((_, at) => `${at}`),
        },
        unique(equation.inputs).map(({ id }) => values.get(id)!),
      )
      equation.outputs.forEach(({ id }, at) => {
        values.set(id, EXACT.has(equation.op) ? made[at]! : this.shake(made[at]!))
      })
    }
    return straight.outputs.map(({ id }) => values.get(id)!)
  }
}

/** Whether a value can be asked of an engine: finite, neither huge nor tiny, and no more off than `limit` in the noise. */
export function isSteady({ exact, noisy, moved }: Lanes<HostArray>, limit: number): boolean {
  const greatest = Math.max(0, ...[...exact.data].map(Math.abs))
  if (!(greatest < (exact.dtype === 'float32' ? GREATEST : 2 ** 20))) return false
  if (exact.dtype === 'float32' && greatest > 0 && rootMeanSquare(exact) < LEAST) return false
  return (
    noisy.every((tensor) => compareArrays(exact, tensor, limit).error <= limit) &&
    moved.every((tensor) => compareArrays(exact, tensor, 1).error <= STEEPEST * MOVE)
  )
}

const GREATEST = 50
const LEAST = 1e-3
const STEEPEST = 100

/** Whether no element of a value comes near 0 in any of the runs: it stays on its side of a kink there. */
export function isFarFromZero({ exact, noisy, moved }: Lanes): boolean {
  return exact.data.every((value: number, at: number) =>
    [...noisy, ...moved].every(({ data }) => Math.abs(data[at]! - value) * 4 < Math.abs(value)),
  )
}

/** Whether any two elements stay in their order. */
export function isFarFromTies({ exact, noisy, moved }: Lanes): boolean {
  const sorted = [...exact.data].sort((a, b) => a - b)
  const nearest = Math.min(...sorted.slice(1).map((value, at) => value - sorted[at]!))
  const drift = Math.max(
    0,
    ...[...noisy, ...moved].flatMap(({ data }) =>
      [...data].map((value, at) => Math.abs(value - exact.data[at]!)),
    ),
  )
  return nearest > 8 * drift
}

function shifted(tensor: Tensor, by: (value: number) => number): Tensor {
  if (tensor.dtype !== 'float32') return tensor
  return { ...tensor, data: Float64Array.from(tensor.data, (value) => value + by(value)) }
}

function rootMeanSquare({ data }: HostArray): number {
  let total = 0
  for (const value of data) total += value * value
  return data.length === 0 ? 0 : Math.sqrt(total / data.length)
}

const times = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at))

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)]
