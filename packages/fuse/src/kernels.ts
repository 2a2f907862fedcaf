import type { Program, Value } from '@fn/core'
import { moduleOf } from './assembler.ts'
import type { Group } from './group.ts'
import { operandsOf, type Splat } from './layout.ts'
import { Pass } from './pass.ts'

/** A group as one function. */
export interface Kernel {
  /** What it reads. */
  readonly inputs: readonly Value[]
  /** What it makes and others read. */
  readonly outputs: readonly Value[]
  /**
   * Takes where the elements of the inputs lie and then those of the outputs, in bytes of the memory, multiples of four. An
   * output may lie where an input of its shape does, if the kernel is the last to read that.
   */
  readonly compute: (...addresses: readonly number[]) => void
}

/**
 * Compiles groups of a program into functions over a memory. float32 takes four bytes an element, bool one.
 *
 * @returns undefined where the host has no SIMD
 */
export function kernelsOver(
  memory: WebAssembly.Memory,
  groups: readonly Group[],
  program: Program,
  splat: Splat,
): ReadonlyMap<Group, Kernel> | undefined {
  const passes = groups.map(({ equations }) => {
    const members = new Set(equations)
    const others = program.equations.filter((equation) => !members.has(equation))
    const read = new Set([...program.outputs, ...others.flatMap(({ inputs }) => inputs)].map(({ id }) => id))
    const outputs = equations.flatMap((equation) => equation.outputs).filter(({ id }) => read.has(id))
    return new Pass(equations, operandsOf(equations, splat), outputs, splat)
  })
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
  const code = moduleOf(
    passes.map((pass) => pass.write()),
    isShared,
  )
  // Without SIMD it does not hold.
  if (!WebAssembly.validate(code)) return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { '': { m: memory } })
  return new Map(
    groups.map((group, at) => {
      const { inputs, outputs } = passes[at]!
      return [group, { inputs, outputs, compute: exports[at] as Kernel['compute'] }]
    }),
  )
}
