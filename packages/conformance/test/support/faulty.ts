import {
  type Attributes,
  type Backend,
  Builder,
  type CompileOptions,
  type DeviceTensor,
  type Executable,
  type HostArray,
  type OpName,
  type Program,
  type Timing,
  type Value,
} from '@fn/core'

/** What is wrong with a backend that was sound. */
export type Fault = (sound: Backend) => Backend

/** One equation that is about to be written wrongly. */
interface Call<Op extends OpName> {
  readonly b: Builder
  readonly inputs: readonly Value[]
  readonly attrs: Attributes[Op]
  /** What it gives where it is right. */
  readonly type: Value
  readonly isInLoop: boolean
}

type Written<Op extends OpName> = (call: Call<Op>) => Value | readonly Value[]

/** An op whose kernel is wrong: `write` writes what it computes instead, in loops and composites too. */
export const wrongOp =
  <Op extends OpName>(op: Op, write: Written<Op>): Fault =>
  (sound) => ({
    ...sound,
    compile: (program, options) => sound.compile(rewritten(program, op, write), options),
  })

function rewritten<Op extends OpName>(
  program: Program,
  op: Op,
  write: Written<Op>,
  isInLoop = false,
): Program {
  const b = new Builder()
  const here = new Map<number, Value>()
  const withBody = <Attrs extends object>(attrs: Attrs, isLoop = false): Attrs =>
    'body' in attrs ? { ...attrs, body: rewritten(attrs.body as Program, op, write, isLoop) } : attrs
  for (const input of program.inputs) here.set(input.id, b.input(input, input.name ?? ''))
  for (const equation of program.equations) {
    const inputs = equation.inputs.map(({ id }) => here.get(id)!)
    const type = equation.outputs[0]!
    // That attrs and op belong together is what the union of equations can not say here.
    const attrs = equation.attrs as Attributes[Op]
    const made =
      equation.op === op
        ? [write({ b, inputs, attrs: withBody(attrs), type, isInLoop })].flat()
        : b.emit(equation.op, inputs, withBody(equation.attrs, equation.op === 'scan'))
    equation.outputs.forEach(({ id }, at) => {
      here.set(id, made[at]!)
    })
  }
  return b.build(program.outputs.map(({ id }, at) => [program.outputNames[at]!, here.get(id)!] as const))
}

/** x cut off at the end, and filled up with zeros, so that it has a shape. */
export function fitted(b: Builder, x: Value, { shape }: Value): Value {
  const [from, to] = [x.shape, shape] as [number[], number[]]
  const common = from.map((size, axis) => Math.min(size, to[axis]!))
  const none = common.map(() => 0)
  return b.pad(
    b.slice(x, none, common),
    none,
    common.map((size, axis) => to[axis]! - size),
  )
}

/** What a faulty run may look at. */
interface Run {
  readonly program: Program
  readonly options: CompileOptions
  /** How many runs of this executable there were before. */
  readonly before: number
  readonly inputs: readonly DeviceTensor[]
  readonly execute: Executable['run']
}

/** A backend whose runs go wrong. */
export const wrongRun =
  (makeRun: (sound: Backend) => (run: Run) => Promise<readonly DeviceTensor[]>): Fault =>
  (sound) => {
    const run = makeRun(sound)
    return {
      ...sound,
      async compile(program, options = {}) {
        const executable = await sound.compile(program, options)
        let before = 0
        return {
          ...executable,
          run: (inputs) => run({ program, options, before: before++, inputs, execute: executable.run }),
        }
      },
    }
  }

/** A backend that tells other times than it takes. */
export const wrongTimes =
  (wrong: (kernel: Timing) => Timing): Fault =>
  (sound) => ({
    ...sound,
    async compile(program, options) {
      const executable = await sound.compile(program, options)
      const { profile } = executable
      if (profile === undefined) return executable
      return {
        ...executable,
        async profile() {
          const timings = await profile()
          return { ...timings, kernels: timings.kernels.map(wrong) }
        },
      }
    },
  })

/** The float32 elements of a tensor through f, in a new tensor; the old one is disposed of. */
export async function changed(
  sound: Backend,
  tensor: DeviceTensor,
  f: (x: number) => number,
): Promise<DeviceTensor> {
  const array = await sound.download(tensor)
  tensor.dispose()
  return sound.upload(
    array.dtype === 'float32' ? { ...array, data: Float64Array.from(array.data, f) } : array,
  )
}

/** An array in another shape: elements again from the first on where there are too few. */
export function forced({ dtype, data }: HostArray, shape: readonly number[]): HostArray {
  const size = shape.reduce((product, dim) => product * dim, 1)
  const elements = Array.from({ length: size }, (_, at) => data[at % data.length] ?? 0)
  return { shape, dtype, data: dtype === 'float32' ? Float64Array.from(elements) : data.slice(0, size) }
}

/**
 * A backend that becomes one after the other: a suite is made once, and judges them all.
 *
 * @param first what it can do is what all of them can do
 */
export class Changeling implements Backend {
  readonly name: string
  readonly capabilities: Backend['capabilities']
  #now: Backend

  constructor(first: Backend) {
    this.name = first.name
    this.capabilities = first.capabilities
    this.#now = first
  }

  become(backend: Backend): void {
    this.#now = backend
  }

  upload = (array: HostArray): DeviceTensor => this.#now.upload(array)
  download = (tensor: DeviceTensor): Promise<HostArray> => this.#now.download(tensor)
  compile = (program: Program, options?: CompileOptions): Promise<Executable> =>
    this.#now.compile(program, options)
  memory = (): { readonly tensors: number } => this.#now.memory!()
  dispose = (): Promise<void> => this.#now.dispose()
}
