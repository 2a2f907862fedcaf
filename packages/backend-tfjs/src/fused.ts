import { concrete, type Program, type Value } from '@fn/core'
import { type Group, kernelsOver, type Splat } from '@fn/fuse'
import type { Tensor } from '@tensorflow/tfjs-core'
import { addressOf, allocate, wasmMemory } from './heap.ts'
import type { Run } from './lowering.ts'

/** A group that is ready to run on tensors. */
interface Fused {
  readonly run: Run<readonly Tensor[]>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
}

/** Compiles groups of a program into functions over the memory of wasm; undefined where the engine does not let it. */
export function fusedOf(
  groups: readonly Group[],
  program: Program,
  splat: Splat,
): ReadonlyMap<Group, Fused> | undefined {
  const memory = wasmMemory()
  const kernels = memory && kernelsOver(memory, groups, program, splat)
  if (kernels === undefined) return undefined
  return new Map(
    groups.map((group) => {
      const { inputs, outputs, compute } = kernels.get(group)!
      const run: Fused['run'] = (given) => {
        const made = outputs.map(({ shape, dtype }) => allocate(concrete(shape), dtype))
        compute(...given.map(addressOf), ...made.map(addressOf))
        return made
      }
      return [group, { run, inputs, outputs }]
    }),
  )
}
