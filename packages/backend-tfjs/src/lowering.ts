import type { EquationOf, OpName, Program, Value } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'

export type EngineName = 'cpu' | 'wasm' | 'webgl' | 'webgpu'

export const isGpu = (engine: EngineName): boolean => engine === 'webgl' || engine === 'webgpu'

/** What a lowering may know when a program is compiled. */
export interface Context {
  readonly engine: EngineName
  /** The number that fills a value, if it is a constant of one number. */
  splat(value: Value): number | undefined
  /** A tensor that lives as long as the program. */
  constant(
    data: Float32Array | Int32Array | Uint8Array,
    shape: readonly number[],
    dtype: Value['dtype'],
  ): Tensor
  /** A program inside of this one, at a layer, that lives as long. Each run takes over the inputs that are donated. */
  program(body: Program, donate: ReadonlySet<number>, path: string): Run<readonly Tensor[]>
}

/** Makes one output, or a list of several. */
export type Run<Made> = (inputs: readonly Tensor[]) => Made

/**
 * Decides once how an equation is run. What it answers is called in a scope of its own: tensors that it makes on the
 * way are freed when it returns. It may answer one of its inputs.
 */
export type Lowering<Op extends OpName, Made = Tensor> = (
  equation: EquationOf<Op>,
  context: Context,
) => Run<Made>

/** One lowering an op: a missing one does not compile. */
export type Lowerings<Op extends OpName> = {
  readonly [Each in Op]: Lowering<Each, Tensor | readonly Tensor[]>
}
