import {
  type Backend,
  type Capabilities,
  type DeviceTensor,
  type Executable,
  expectElements,
  expectInputs,
  FnError,
  formatShape,
  type HostArray,
  opNames,
  Timer,
} from '@fn/core'
import { memory, type Tensor, tensor } from '@tensorflow/tfjs-core'
import { type EngineOptions, expectNothingRefused, load, use } from './engine.ts'
import { TfjsProgram } from './executable.ts'
import { type EngineName, isGpu } from './lowering.ts'
import { compositesOf } from './ops/control.ts'

/** A tensor of a tfjs engine. */
class TfjsTensor implements DeviceTensor {
  constructor(
    readonly tensor: Tensor,
    readonly shape: readonly number[],
    readonly dtype: HostArray['dtype'],
    readonly engine: EngineName,
  ) {}

  /** The tensor, for use. @throws FnError if it was disposed of */
  get open(): Tensor {
    if (this.tensor.isDisposed)
      throw new FnError(`A tensor of shape ${formatShape(this.shape)} is used after it was disposed of.`)
    return this.tensor
  }

  dispose(): void {
    this.tensor.dispose()
  }
}

const capabilitiesOf = (engine: EngineName): Capabilities => ({
  ops: new Set(opNames.filter((op) => op !== 'random')),
  composites: new Set(compositesOf(engine)),
  dtypes: new Set(['float32', 'int32', 'bool']),
  precision: 'float32',
  // A GPU is still at work when its kernels return.
  profiles: !isGpu(engine),
})

/**
 * An engine of tfjs: 'wasm' (SIMD, the fast one without a GPU), 'webgpu', 'webgl' (in a page) or 'cpu' (plain
 * JavaScript). In Node 'webgpu' needs the package `webgpu`. The GPU engines hold int32 exactly up to 2²⁴.
 *
 * @throws FnError for an engine that is not there or does not start
 * @example
 * model.compile({ backend: await tfjs('wasm'), optimizer: 'adam', loss: 'mse' })
 */
export async function tfjs(name: EngineName = 'wasm', options: EngineOptions = {}): Promise<Backend> {
  await load(name, options)
  const unwrap = (device: DeviceTensor): Tensor => {
    if (device instanceof TfjsTensor && device.engine === name) return device.open
    throw new FnError(`Expected a tensor of tfjs ${name}. Received one of another backend.`)
  }
  const wrap = (value: Tensor): TfjsTensor =>
    new TfjsTensor(value, value.shape, value.dtype as HostArray['dtype'], name)
  return {
    name: `tfjs ${name}`,
    capabilities: capabilitiesOf(name),

    upload(array, { lasting = false } = {}) {
      expectElements(array)
      const { shape, dtype, data } = array
      use(name)
      // tfjs keeps what it is given, also for outputs that share it; on wasm alone it copies that at once.
      const isKept = lasting && name === 'wasm' && (dtype !== 'float32' || data instanceof Float32Array)
      const elements = isKept ? data : dtype === 'float32' ? Float32Array.from(data) : data.slice()
      return wrap(tensor(elements as Float32Array, [...shape], dtype))
    },

    async download(device) {
      const value = unwrap(device)
      const data = await value.data()
      if (name === 'webgpu') expectNothingRefused()
      return {
        shape: value.shape,
        dtype: device.dtype,
        data: device.dtype === 'bool' ? Uint8Array.from(data) : (data.slice() as HostArray['data']),
      }
    },

    // The other engines keep their tensors on the GPU.
    ...((name === 'cpu' || name === 'wasm') && {
      downloadSync(device: DeviceTensor): HostArray {
        const value = unwrap(device)
        const data = value.dataSync()
        return {
          shape: value.shape,
          dtype: device.dtype,
          data: device.dtype === 'bool' ? Uint8Array.from(data) : (data.slice() as HostArray['data']),
        }
      },
    }),

    async compile(program, { donate = [], profile = false } = {}): Promise<Executable> {
      use(name)
      const timer = profile ? new Timer() : undefined
      const compiled = new TfjsProgram(program, name, new Set(donate), timer && { timer })
      return {
        async run(inputs) {
          use(name)
          const tensors = inputs.map(unwrap)
          expectInputs(program, inputs)
          const made = timer ? timer.run(() => compiled.run(tensors)) : compiled.run(tensors)
          const outputs = made.map(wrap)
          for (const at of donate) inputs[at]?.dispose()
          return outputs
        },
        ...(timer && { profile: async () => timer.timings }),
        dispose: () => compiled.dispose(),
      }
    },

    memory: () => ({ tensors: memory().numTensors }),

    async dispose() {},
  }
}
