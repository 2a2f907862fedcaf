import type { Program, Value } from '@fn/core'
import { moduleOf } from './assembler.ts'
import type { Group } from './group.ts'
import { operandsOf, type Splat } from './layout.ts'
import { Pass } from './pass.ts'
import { Scatter } from './scatter.ts'

/** What a function reads and makes. */
export interface Ports {
  readonly inputs: readonly Value[]
  /** What others read of what it makes. */
  readonly outputs: readonly Value[]
}

/** Groups as a module of WebAssembly. */
export interface Module {
  /**
   * It imports a memory `m` of the module ``, and exports the functions `0`, `1`, …, one for each group, and then those
   * that put memory back in order.
   */
  readonly code: Uint8Array<ArrayBuffer>
  readonly functions: readonly Ports[]
  /** What is run after all others, so that `scatterAdd` finds zeros the next time. */
  readonly clearing: readonly Ports[]
}

/** A group as a function. */
export interface Kernel extends Ports {
  /**
   * Takes where the elements of the inputs lie and then those of the outputs, in bytes of the memory, multiples of four. An
   * output may lie where an input of its shape does, if the kernel is the last to read that.
   */
  readonly compute: (...addresses: readonly number[]) => void
}

export interface WriteOptions {
  /** Whether the memory is shared between threads. */
  readonly isShared?: boolean
  /**
   * If it is given, nothing is read or squared that is so small that products with it are no normal numbers, with which a processor
   * takes a hundred times as long: what is squared is 0 below 2⁻⁵⁰, all else a multiple of 2⁻¹⁰¹. The ids of what the program
   * is given that `writeSweep` sees to.
   */
  readonly swept?: ReadonlySet<number>
}

/**
 * Writes groups of a program as functions over a memory, which begins with zeros; a `scatterAdd` is a group of its own.
 * float32 takes four bytes an element, bool one.
 */
export function write(
  groups: readonly Group[],
  program: Program,
  splat: Splat,
  { isShared = false, swept }: WriteOptions = {},
): Module {
  // Of what a pass has made of them nothing fades at once.
  const made = program.equations.flatMap(({ op, outputs }) =>
    op === 'scatterAdd' ? [] : outputs.map(({ id }) => id),
  )
  const known = swept && new Set([...swept, ...made])
  const passes = groups.map(({ equations }) => {
    const [first] = equations
    if (first!.op === 'scatterAdd') return new Scatter(first)
    const members = new Set(equations)
    const others = program.equations.filter((equation) => !members.has(equation))
    const read = new Set([...program.outputs, ...others.flatMap(({ inputs }) => inputs)].map(({ id }) => id))
    const outputs = equations.flatMap((equation) => equation.outputs).filter(({ id }) => read.has(id))
    return new Pass(equations, operandsOf(equations, splat), outputs, splat, known)
  })
  const scatters = passes.filter((pass): pass is Scatter => pass instanceof Scatter)
  const written = [...passes.map((pass) => pass.write()), ...scatters.map((scatter) => scatter.clear())]
  return {
    code: moduleOf(written, isShared),
    functions: passes.map(({ inputs, outputs }) => ({ inputs, outputs })),
    clearing: scatters.map(({ inputs: [indices], outputs: [y] }) => ({ inputs: [indices, y], outputs: [] })),
  }
}

/**
 * Compiles groups of a program into functions over a memory.
 *
 * @returns undefined where the host has no SIMD
 */
export function kernelsOver(
  memory: WebAssembly.Memory,
  groups: readonly Group[],
  program: Program,
  splat: Splat,
): ReadonlyMap<Group, Kernel> | undefined {
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
  const { code, functions } = write(groups, program, splat, { isShared })
  // Without SIMD it does not hold.
  if (!WebAssembly.validate(code)) return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { '': { m: memory } })
  return new Map(
    groups.map((group, at) => [group, { ...functions[at]!, compute: exports[at] as Kernel['compute'] }]),
  )
}
