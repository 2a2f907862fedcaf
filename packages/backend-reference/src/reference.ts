import {
  type Backend,
  type Capabilities,
  type CompileOptions,
  type DeviceTensor,
  type Executable,
  expectElements,
  expectInputs,
  FnError,
  type HostArray,
  opNames,
  type Program,
  ShapeError,
  Timer,
} from '@fn/core'
import { evaluate } from './interpreter.ts'
import { ReferenceTensor } from './reference-tensor.ts'
import type { Elements, Tensor } from './tensor.ts'

export interface ReferenceBackend extends Backend {
  memory(): { readonly tensors: number }
}

const capabilities: Capabilities = {
  ops: new Set(opNames.filter((op) => op !== 'random')),
  composites: new Set(),
  dtypes: new Set(['float32', 'int32', 'bool']),
  precision: 'float64',
  profiles: true,
}

/**
 * The engine that defines what every op means: plain TypeScript, everything in float64. Slow, exact, and everywhere.
 * `download` gives float32 as a Float64Array, unrounded.
 *
 * @example
 * const b = new Builder()
 * const program = b.build({ y: b.exp(b.input({ shape: [2], dtype: 'float32' }, 'x')) })
 * const backend = await reference()
 * const executable = await backend.compile(program)
 * const x = backend.upload({ shape: [2], dtype: 'float32', data: Float64Array.of(0, 1) })
 * const [y] = await executable.run([x])
 * await backend.download(y!) // { shape: [2], dtype: 'float32', data: [1, 2.718281828459045] }
 */
export async function reference(): Promise<ReferenceBackend> {
  return createReference()
}

/** The same as `reference`, without waiting. */
export function createReference(): ReferenceBackend {
  const read = (tensor: DeviceTensor): HostArray => {
    const { shape, dtype, data } = unwrap(tensor)
    return { shape, dtype, data: data.slice() }
  }
  let live = 0
  let disposed = false

  const wrap = (tensor: Tensor): ReferenceTensor => {
    live++
    return new ReferenceTensor(tensor, () => {
      live--
    })
  }

  const unwrap = (tensor: DeviceTensor): Tensor => {
    if (!(tensor instanceof ReferenceTensor)) {
      throw new FnError('Expected a tensor of the reference backend. Received one of another backend.')
    }
    return tensor.tensor
  }

  const expectOpen = (): void => {
    if (disposed) throw new FnError('The reference backend is used after it was disposed of.')
  }

  return {
    name: 'reference',
    capabilities,

    upload(array: HostArray): DeviceTensor {
      expectOpen()
      expectElements(array)
      return wrap({ shape: [...array.shape], dtype: array.dtype, data: elementsOf(array) })
    },

    download: async (tensor: DeviceTensor): Promise<HostArray> => read(tensor),

    downloadSync: read,

    async compile(
      program: Program,
      { donate = [], profile = false }: CompileOptions = {},
    ): Promise<Executable> {
      expectOpen()
      let open = true
      const timer = profile ? new Timer() : undefined
      const compute = (inputs: readonly Tensor[]) => evaluate(program, inputs, timer)
      return {
        async run(inputs) {
          if (!open) throw new FnError('A program is run after it was disposed of.')
          expectInputs(program, inputs)
          const given = inputs.map(unwrap)
          const made = timer ? timer.run(() => compute(given)) : compute(given)
          const outputs = made.map(wrap)
          for (const at of donate) inputs[at]?.dispose()
          return outputs
        },
        ...(timer && { profile: async () => timer.timings }),
        dispose() {
          open = false
        },
      }
    },

    memory: () => ({ tensors: live }),

    async dispose() {
      disposed = true
    },
  }
}

/** A copy of the elements in the array type that this engine computes with. */
function elementsOf({ dtype, data }: HostArray): Elements {
  if (dtype === 'float32' && (data instanceof Float32Array || data instanceof Float64Array)) {
    return Float64Array.from(data)
  }
  if (dtype === 'int32' && data instanceof Int32Array) return data.slice()
  if (dtype === 'bool' && data instanceof Uint8Array) return data.slice()
  throw new ShapeError(`Expected elements of dtype ${dtype}. Received: ${data.constructor.name}.`)
}
