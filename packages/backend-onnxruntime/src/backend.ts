import {
  type Backend,
  type Capabilities,
  type DeviceTensor,
  type DType,
  expectElements,
  expectInputs,
  FnError,
  formatShape,
  type HostArray,
  labelOf,
  messageOf,
  type Program,
  sizeOf,
} from '@fn/core'
import { splatsOf, splitTail } from '@fn/fuse'
import { type OnnxTarget, programToOnnx } from '@fn/onnx'
import { blank, type Elements, type Runtime, type RuntimeSession } from './runtime/runtime.ts'
import { SpareMemory } from './spare-memory.ts'
import { tailOf } from './tail.ts'

interface Parts<T> {
  readonly name: string
  readonly runtime: Runtime<T>
  readonly target: OnnxTarget | undefined
  readonly capabilities: Capabilities
}

/** Programs become ONNX graphs, and these sessions of a runtime. */
export function backendOn<T>({ name, runtime, target, capabilities }: Parts<T>): Backend {
  const owner: Owner<T> = { runtime, live: 0 }
  const unwrap = (tensor: DeviceTensor): T => {
    if (tensor instanceof OrtTensor && tensor.owner === owner) return tensor.open
    throw new FnError(`Expected a tensor of ${name}. Received one of another backend.`)
  }

  return {
    name,
    capabilities,

    upload(array, { lasting = false } = {}) {
      expectElements(array)
      const { shape, dtype, data } = array
      // ONNX Runtime reads the elements when it runs: the caller may have written into its own by then.
      const isLent = lasting && runtime.borrows && isElements(dtype, data)
      const tensor = runtime.tensor(dtype, isLent ? data : copyOf(dtype, data), [...shape])
      return new OrtTensor(owner, tensor, shape, dtype, isLent)
    },

    async download(tensor) {
      const { shape, dtype } = tensor
      return { shape, dtype, data: await runtime.read(unwrap(tensor)) }
    },

    ...(runtime.readSync !== undefined && {
      downloadSync(tensor: DeviceTensor): HostArray {
        const { shape, dtype } = tensor
        const data = runtime.readSync!(unwrap(tensor))
        if (data === undefined) throw new FnError(`${name}: the tensor is not in the memory of this thread.`)
        return { shape, dtype, data }
      },
    }),

    async compile(legal, { donate = [], profile = false } = {}) {
      // In a graph no output has the name of an input.
      const names = legal.outputs.map((_, at) => `outputs/${at}`)
      const program: Program = { ...legal, outputNames: names }
      const splat = splatsOf(program)
      const parts = runtime.fuses && donate.length > 0 ? splitTail(program, splat) : undefined
      const donated = new Set(donate.map((at) => program.inputs[at]!.id))
      const clock = legal.outputs.findIndex(({ dtype, shape }) => dtype === 'int32' && shape.length === 0)
      const tail = parts && tailOf(parts.tail, donated, splat, names[clock])
      let session: RuntimeSession<T> | undefined
      try {
        session = await runtime.open({
          file: programToOnnx(parts?.head ?? program, { target, channelBlock: runtime.channelBlock }),
          inputs: program.inputs.map(({ name }) => name!),
          outputs: names,
          ...(tail && { tail }),
          ...(profile && { profile: pathsOf(program) }),
        })
      } catch (error) {
        throw new FnError(`ONNX Runtime does not take the program: ${messageOf(error)}`)
      }
      const ofTail = new Set([...(tail?.kept ?? []), ...(tail?.fresh ?? [])].map(({ name }) => name))
      const isWrittenInto = names.map((name) => runtime.rewrites && !ofTail.has(name))
      // What a run takes over is memory for the outputs of the next one; the tail writes over its own.
      const inTail = new Set(tail?.inputs.map(({ name }) => name))
      const takenOver = new Set(donate.filter((at) => !inTail.has(program.inputs[at]!.name!)))
      const spare = new SpareMemory<T>(
        program.inputs.map((input, at) => (takenOver.has(at) ? input : undefined)),
        program.outputs.map((output, at) => (isWrittenInto[at] ? output : undefined)),
      )
      return {
        async run(inputs) {
          if (session === undefined) throw new FnError('A program is run after it was disposed of.')
          expectInputs(program, inputs)
          const outputs = program.outputs.map(({ dtype, shape }, at) => {
            if (!isWrittenInto[at]) return null
            const sizes = shape as readonly number[]
            return spare.take(at) ?? runtime.tensor(dtype, blank(dtype, sizeOf(sizes)), sizes)
          })
          const made = await session.run(inputs.map(unwrap), outputs)
          for (const at of donate) {
            const given = inputs[at] as OrtTensor<T>
            // It may have been an input twice.
            if (given.isDisposed) continue
            const tensor = given.take()
            if (made.includes(tensor)) continue
            if (!given.isLent && spare.needs(at)) spare.give(at, tensor)
            else runtime.free(tensor)
          }
          return program.outputs.map(
            ({ shape, dtype }, at) => new OrtTensor(owner, made[at]!, shape as readonly number[], dtype),
          )
        },
        ...(profile && {
          async profile() {
            if (session === undefined)
              throw new FnError('A program is asked for times after it was disposed of.')
            return session.profile!()
          },
        }),
        dispose() {
          session?.close()
          session = undefined
          for (const tensor of spare.clear()) runtime.free(tensor)
        },
      }
    },

    memory: () => ({ tensors: owner.live }),

    dispose: () => runtime.close(),
  }
}

/** The paths of a program and of the bodies of its loops, and what they begin with. */
function pathsOf(program: Program): readonly string[] {
  const paths = new Set<string>()
  const visit = ({ equations }: Program, around: string): void => {
    for (const equation of equations) {
      const { path } = labelOf(equation, around)
      const parts = path.split('/')
      for (const [at] of parts.entries()) paths.add(parts.slice(0, at + 1).join('/'))
      if (equation.op === 'scan' || equation.op === 'call') visit(equation.attrs.body, path)
    }
  }
  visit(program, '')
  return [...paths]
}

/** Whose tensors they are. */
interface Owner<T> {
  readonly runtime: Runtime<T>
  /** How many there are that nobody has disposed of. */
  live: number
}

/** A tensor of ONNX Runtime. */
class OrtTensor<T> implements DeviceTensor {
  readonly owner: Owner<T>
  #tensor: T | undefined

  constructor(
    owner: Owner<T>,
    tensor: T,
    readonly shape: readonly number[],
    readonly dtype: DType,
    /** Whether its elements lie in memory of somebody else, that nothing may be written into. */
    readonly isLent = false,
  ) {
    this.owner = owner
    this.#tensor = tensor
    owner.live++
  }

  get isDisposed(): boolean {
    return this.#tensor === undefined
  }

  /** The tensor, for use. @throws FnError if it was disposed of */
  get open(): T {
    if (this.#tensor === undefined) {
      throw new FnError(`A tensor of shape ${formatShape(this.shape)} is used after it was disposed of.`)
    }
    return this.#tensor
  }

  /** The tensor, which is the caller's to free. */
  take(): T {
    const tensor = this.open
    this.#tensor = undefined
    this.owner.live--
    return tensor
  }

  dispose(): void {
    if (this.#tensor !== undefined) this.owner.runtime.free(this.take())
  }
}

/** Whether ONNX Runtime takes them as they are; it takes no memory that threads share. */
function isElements(dtype: DType, data: HostArray['data']): data is Elements {
  const Kind = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[dtype]
  return data instanceof Kind && data.buffer instanceof ArrayBuffer
}

/** A copy of the elements in the array type that ONNX Runtime takes. */
function copyOf(dtype: DType, data: HostArray['data']): Elements {
  if (dtype === 'float32') return new Float32Array(data)
  return dtype === 'int32' ? new Int32Array(data) : new Uint8Array(data)
}
