import { concrete, type Program, type Value } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { addressOf, allocate, wasmMemory } from '../heap.ts'
import type { Run } from '../lowering.ts'
import { moduleOf } from './assembler.ts'
import type { Group } from './group.ts'
import { operandsOf, type Splat } from './layout.ts'
import { Pass } from './pass.ts'

/** A group that is ready to run. */
export interface Kernel {
  readonly run: Run<readonly Tensor[]>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/** Compiles groups of a program into functions over the memory of wasm; undefined where the engine does not let it. */
export function kernelsOf(
  groups: readonly Group[],
  program: Program,
  splat: Splat,
): ReadonlyMap<Group, Kernel> | undefined {
  const memory = wasmMemory()
  if (memory === undefined) return undefined
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
      const compute = exports[at] as (...addresses: readonly number[]) => void
      const run: Kernel['run'] = (given) => {
        const made = outputs.map(({ shape, dtype }) => allocate(concrete(shape), dtype))
        compute(...given.map(addressOf), ...made.map(addressOf))
        return made
      }
      return [group, { run, inputs, outputs }]
    }),
  )
}
