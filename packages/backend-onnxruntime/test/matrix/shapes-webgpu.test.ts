import { onnxruntime } from '@fn/backend-onnxruntime'
import { compareArrays, runOn } from '@fn/conformance'
import {
  Builder,
  type DeviceTensor,
  Generator,
  type HostArray,
  legalize,
  type Program,
  UnsupportedOpError,
  type Value,
} from '@fn/core'
import { describe, expect, it } from 'vitest'

const gpu = await onnxruntime('webgpu')
const processor = await onnxruntime('cpu')

/** A convolution as it may be asked for. */
interface Geometry {
  readonly batch: number
  readonly size: readonly number[]
  readonly channels: number
  readonly filters: number
  readonly window: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: readonly (readonly [number, number])[]
  readonly groups: number
}

const outputsOf = ({ size, window, strides, dilations, padding }: Geometry): number[] =>
  size.map((dim, axis) => {
    const span = (window[axis]! - 1) * dilations[axis]! + 1
    return Math.floor((dim + padding[axis]![0] + padding[axis]![1] - span) / strides[axis]!) + 1
  })

/** Draws convolutions until one has an output, and no more padding than its windows reach. */
function drawGeometry(next: () => number): Geometry {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
  for (;;) {
    const groups = pick([1, 1, 1, 2, 3])
    const size = Array.from({ length: pick([1, 1, 2, 2, 3]) }, () => pick([1, 2, 3, 4, 5, 6, 7]))
    const drawn: Geometry = {
      batch: pick([1, 2, 3, 5, 8]),
      size,
      channels: groups * pick([1, 2, 3, 4, 6, 9]),
      filters: groups * pick([1, 2, 3, 4, 5, 8]),
      window: size.map(() => pick([1, 2, 3, 4])),
      strides: size.map(() => pick([1, 1, 2, 3])),
      dilations: size.map(() => pick([1, 1, 2])),
      padding: size.map(() => [pick([0, 0, 1, 2]), pick([0, 0, 1, 2])] as const),
      groups,
    }
    const reaches = drawn.padding.every(
      (amounts, axis) => Math.max(...amounts) <= (drawn.window[axis]! - 1) * drawn.dilations[axis]!,
    )
    if (reaches && outputsOf(drawn).every((count) => count > 0)) return drawn
  }
}

/** conv(x, w), and its gradients: with a slope g, in x by convTranspose and in w by convFilterGrad. */
function convolutions(geometry: Geometry): Program {
  const { batch, size, channels, filters, window, groups, strides, dilations, padding } = geometry
  const attrs = { strides, dilations, padding, groups }
  const b = new Builder()
  const float = (name: string, ...shape: number[]): Value => b.input({ shape, dtype: 'float32' }, name)
  const x = float('x', batch, ...size, channels)
  const w = float('w', ...window, channels / groups, filters)
  const g = float('g', batch, ...outputsOf(geometry), filters)
  return b.build({
    y: b.conv(x, w, attrs),
    dx: b.convTranspose(g, w, { ...attrs, inputSize: size }),
    dw: b.convFilterGrad(x, g, { ...attrs, kernelSize: window }),
  })
}

const random = ({ shape }: Value, seed: number): HostArray => {
  const sizes = shape as readonly number[]
  const data = new Generator(seed).normal(sizes.reduce((a, b) => a * b))
  return { shape: sizes, dtype: 'float32', data: Float32Array.from(data) }
}

describe('onnxruntime webgpu', () => {
  it.each(Array.from({ length: 8 }, (_, seed) => seed))(
    'convolves as the processor does, draw %i',
    { timeout: 120_000 },
    async (seed) => {
      const values = new Generator(seed).uniform(2000)
      let at = 0
      const next = (): number => values[at++]!
      for (let draw = 0; draw < 8; draw++) {
        const geometry = drawGeometry(next)
        const program = convolutions(geometry)
        const inputs = program.inputs.map(random)
        const [expected, found] = [await runOn(processor, program, inputs), await runOn(gpu, program, inputs)]
        expected.forEach((array, output) => {
          const { mismatch } = compareArrays(array, found[output]!, 2e-5)
          expect([geometry, program.outputNames[output], mismatch]).toEqual([
            geometry,
            program.outputNames[output],
            undefined,
          ])
        })
      }
    },
  )

  it('keeps what it computes on the GPU, and frees what is taken over', async () => {
    const b = new Builder()
    const w = b.input({ shape: [2], dtype: 'float32' }, 'w')
    const executable = await gpu.compile(b.build({ next: b.add(w, 1) }), { donate: [0] })
    let state = gpu.upload({ shape: [2], dtype: 'float32', data: Float32Array.of(2, 3) })
    const before = gpu.memory!().tensors
    for (let step = 0; step < 3; step++) {
      state = (await executable.run([state]))[0]!
      expect(locationOf(state)).toBe('gpu-buffer')
    }
    expect(gpu.memory!().tensors).toBe(before)
    expect((await gpu.download(state)).data).toEqual(Float32Array.of(5, 6))
    expect(locationOf(state)).toBe('gpu-buffer')
    state.dispose()
    executable.dispose()
  })

  it('refuses powers of whole numbers, which would be rounded', () => {
    const b = new Builder()
    const x = b.input({ shape: [2], dtype: 'int32' }, 'x')
    const program = b.build({ y: b.pow(x, x) })
    expect(() => legalize(program, gpu)).toThrow(UnsupportedOpError)
    expect(() => legalize(program, gpu)).toThrow('powers of int32')
  })
})

/** Where ONNX Runtime keeps a tensor. */
const locationOf = (tensor: DeviceTensor): string =>
  (tensor as DeviceTensor & { readonly open: { readonly location: string } }).open.location
