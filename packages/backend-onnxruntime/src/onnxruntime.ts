import {
  type Backend,
  type Capabilities,
  type DeviceTensor,
  type DType,
  type Executable,
  expectElements,
  expectInputs,
  FnError,
  formatShape,
  type HostArray,
  messageOf,
  opNames,
  sameShape,
  sizeOf,
} from '@fn/core'
import { defaultOpset, isNative, nativeComposites, programToOnnx } from '@fn/onnx'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { SpareMemory } from './spare-memory.ts'

export type Provider = 'cpu'

const providers: readonly Provider[] = ['cpu']

export interface OnnxruntimeOptions {
  /**
   * Handed to ONNX Runtime as they are: threads, graph optimization, profiling, … If nothing is said of `extra`, its
   * threads do not wait busily for the next node, for which a machine with other work pays dearly. Where slopes vanish
   * `extra: { session: { set_denormal_as_zero: '1' } }` helps, since numbers below 10⁻³⁸ are slow to compute with (it
   * holds for the whole thread, JavaScript included).
   */
  readonly session?: InferenceSession.SessionOptions
}

/** A tensor of ONNX Runtime. */
class OrtTensor implements DeviceTensor {
  /** How many there are that nobody has disposed of. */
  static live = 0
  #tensor: Tensor | undefined

  constructor(
    tensor: Tensor,
    readonly shape: readonly number[],
    readonly dtype: DType,
  ) {
    this.#tensor = tensor
    OrtTensor.live++
  }

  /** The tensor, for use. @throws FnError if it was disposed of */
  get open(): Tensor {
    if (this.#tensor === undefined) {
      throw new FnError(`A tensor of shape ${formatShape(this.shape)} is used after it was disposed of.`)
    }
    return this.#tensor
  }

  dispose(): void {
    if (this.#tensor !== undefined) OrtTensor.live--
    this.#tensor = undefined
  }
}

const capabilities: Capabilities = {
  ops: new Set(opNames.filter((op) => op !== 'random')),
  composites: nativeComposites(defaultOpset),
  claims: (call) => isNative(call, defaultOpset),
  dtypes: new Set<DType>(['float32', 'int32', 'bool']),
  precision: 'float32',
}

const unwrap = (tensor: DeviceTensor): Tensor => {
  if (tensor instanceof OrtTensor) return tensor.open
  throw new FnError('Expected a tensor of ONNX Runtime. Received one of another backend.')
}

/**
 * ONNX Runtime in Node: programs become ONNX graphs, and these sessions.
 *
 * @param provider 'cpu'
 * @throws FnError for a provider that there is not
 * @example
 * model.compile({ backend: await onnxruntime('cpu') })
 * const { data } = await model.predict(x)
 */
export async function onnxruntime(
  provider: Provider = 'cpu',
  options: OnnxruntimeOptions = {},
): Promise<Backend> {
  if (!providers.includes(provider)) {
    throw new FnError(
      `onnxruntime: expected a provider, one of ${providers.join(', ')}. Received: ${JSON.stringify(provider)}.`,
    )
  }
  const ort = await import('onnxruntime-node')
  const sessionOptions: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    ...options.session,
  }

  return {
    name: `onnxruntime ${provider}`,
    capabilities,

    upload(array: HostArray): DeviceTensor {
      expectElements(array)
      const { shape, dtype, data } = array
      // ONNX Runtime reads the elements when it runs: the caller may have written into its own by then.
      return new OrtTensor(new ort.Tensor(dtype, elementsOf(dtype, data), [...shape]), shape, dtype)
    },

    async download(tensor: DeviceTensor): Promise<HostArray> {
      const { data } = unwrap(tensor)
      return { shape: tensor.shape, dtype: tensor.dtype, data: (data as Float32Array).slice() }
    },

    async compile(program, { donate = [] } = {}): Promise<Executable> {
      let session: InferenceSession | undefined
      try {
        session = await ort.InferenceSession.create(programToOnnx(program), sessionOptions)
      } catch (error) {
        throw new FnError(`ONNX Runtime does not take the program: ${messageOf(error)}`)
      }
      // What a run takes over becomes an output of the next one: outputs of these types are written into such memory.
      const spare = new SpareMemory()
      const taken = donate.map((at) => program.inputs[at]!)
      const rewritten = program.outputs.map(({ dtype, shape }) => {
        const alike = taken.findIndex((input) => input.dtype === dtype && sameShape(input.shape, shape))
        return alike >= 0 && taken.splice(alike, 1).length > 0
      })
      return {
        async run(inputs) {
          if (session === undefined) throw new FnError('A program is run after it was disposed of.')
          const feeds: Record<string, Tensor> = {}
          expectInputs(program, inputs)
          program.inputs.forEach(({ name }, at) => {
            feeds[name!] = unwrap(inputs[at]!)
          })
          const fetches: Record<string, Tensor | null> = {}
          program.outputs.forEach(({ dtype, shape }, at) => {
            const sizes = shape as readonly number[]
            fetches[program.outputNames[at]!] = rewritten[at]
              ? (spare.take(dtype, sizes) ?? new ort.Tensor(dtype, blank(dtype, sizeOf(sizes)), sizes))
              : null
          })
          const results = await session.run(feeds, fetches)
          for (const at of donate) {
            spare.give(feeds[program.inputs[at]!.name!]!)
            inputs[at]!.dispose()
          }
          return program.outputs.map(({ shape, dtype }, at) => {
            const name = program.outputNames[at]!
            return new OrtTensor(fetches[name] ?? results[name]!, shape as readonly number[], dtype)
          })
        },
        dispose() {
          void session?.release()
          session = undefined
          spare.clear()
        },
      }
    },

    memory: () => ({ tensors: OrtTensor.live }),

    async dispose() {},
  }
}

type Elements = Float32Array | Int32Array | Uint8Array

/** A copy of the elements in the array type that ONNX Runtime takes. */
function elementsOf(dtype: DType, data: HostArray['data']): Elements {
  const copy = blank(dtype, data.length)
  copy.set(data)
  return copy
}

function blank(dtype: DType, size: number): Elements {
  if (dtype === 'float32') return new Float32Array(size)
  return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size)
}
