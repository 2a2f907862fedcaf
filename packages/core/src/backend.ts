import { ShapeError } from './errors.ts'
import type { Timings } from './profile/timer.ts'
import { formatShape, sameShape, sizeOf } from './program/dims.ts'
import type { CallAttributes } from './program/ops/control.ts'
import type { OpName } from './program/ops/index.ts'
import type { DType, Equation, Program, TensorType } from './program/types.ts'

/**
 * A tensor on the host, row-major. `float32` data may come as Float32Array or (exact engines) as Float64Array,
 * `int32` as Int32Array, `bool` as Uint8Array of 0 and 1.
 */
export interface HostArray {
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly data: HostData
}

export type HostData = Float32Array | Float64Array | Int32Array | Uint8Array

/** A tensor where the backend keeps it. Only the backend that made it can read it. */
export interface DeviceTensor {
  readonly shape: readonly number[]
  readonly dtype: DType
  /** Frees the memory. A tensor that was donated to a run is freed already. */
  dispose(): void
}

/** What a backend can do: the only place from which skips, fallbacks and refusals come. */
export interface Capabilities {
  /** The primitives it runs. */
  readonly ops: ReadonlySet<OpName>
  /** The composites it has kernels for; all others reach it inlined. */
  readonly composites: ReadonlySet<string>
  /** Whether the kernel of such a composite does one call of it, by its options; else that call is inlined too. */
  claims?(call: CallAttributes): boolean
  readonly dtypes: ReadonlySet<DType>
  /** The precision of its arithmetic on 'float32'. */
  readonly precision: 'float32' | 'float64'
  /** Why one equation of an op that it has can not be run after all (three spatial axes, say); else undefined. */
  refuses?(equation: Equation): string | undefined
  /** Whether it can tell how long each kernel takes: executables compiled with `profile` do. */
  readonly profiles?: boolean
}

export interface UploadOptions {
  /** Whether the elements stay what they are until the tensor is disposed of, so that they need not be copied before. */
  readonly lasting?: boolean
}

export interface CompileOptions {
  /** Inputs, by index, whose memory the run may take over: they must not be used afterwards. */
  readonly donate?: readonly number[]
  /** Whether times are taken, for `Executable.profile`; only for a backend that says `profiles`. The results are the same. */
  readonly profile?: boolean
}

/** A program made ready by a backend. */
export interface Executable {
  /**
   * The outputs belong to the caller, who disposes of them. A run that fails leaves its inputs as they were, donated ones
   * too, and keeps no tensor.
   */
  run(inputs: readonly DeviceTensor[]): Promise<readonly DeviceTensor[]>
  /** What all runs so far took, if it was compiled with `profile`. The paths are those of the program, as far as they are known. */
  profile?(): Promise<Timings>
  dispose(): void
}

/**
 * The contract that an engine fulfils to run programs. `@fn/conformance` is its judge.
 *
 * @example
 * const executable = await backend.compile(legalize(program, backend))
 * const [y] = await executable.run([backend.upload(x)])
 * console.log(await backend.download(y))
 */
export interface Backend {
  readonly name: string
  readonly capabilities: Capabilities
  upload(array: HostArray, options?: UploadOptions): DeviceTensor
  download(tensor: DeviceTensor): Promise<HostArray>
  /**
   * The same without waiting, where the memory of the device is that of this thread. With it weights can be read at any time
   * while a model trains.
   */
  downloadSync?(tensor: DeviceTensor): HostArray
  /**
   * Takes verified programs with concrete shapes that `legalize` has fitted to the capabilities. An output may be an
   * input, or the same value as another output: the run answers a tensor of its own for each.
   */
  compile(program: Program, options?: CompileOptions): Promise<Executable>
  /** How many tensors it holds that nobody has disposed of. A backend that can say so is checked for leaks. */
  memory?(): { readonly tensors: number }
  dispose(): Promise<void>
}

/**
 * For backends, in `upload`.
 *
 * @throws ShapeError for an array whose elements do not fill its shape
 */
export function expectElements({ shape, data }: HostArray): void {
  if (data.length === sizeOf(shape)) return
  throw new ShapeError(
    `Expected ${sizeOf(shape)} elements for shape ${formatShape(shape)}. Received: ${data.length}.`,
  )
}

/**
 * For backends, in `run`.
 *
 * @throws ShapeError for tensors that are not, in number, shape or dtype, what the inputs of a program are
 */
export function expectInputs(program: Program, tensors: readonly TensorType[]): void {
  if (tensors.length !== program.inputs.length) {
    throw new ShapeError(`Expected ${program.inputs.length} inputs. Received: ${tensors.length}.`)
  }
  const format = ({ dtype, shape }: TensorType): string => `${dtype}${formatShape(shape)}`
  program.inputs.forEach((expected, at) => {
    const received = tensors[at]!
    if (expected.dtype === received.dtype && sameShape(expected.shape, received.shape)) return
    throw new ShapeError(
      `Input "${expected.name}": expected ${format(expected)}. Received: ${format(received)}.`,
    )
  })
}
