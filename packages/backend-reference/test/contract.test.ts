import { caseInputs, caseProgram, compareArrays, hostArray, opCases } from '@fn/conformance'
import { type ConvAttributes, concrete, type HostArray, type Program, sizeOf } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { compute, counting, float, run } from './run.ts'

const plain: ConvAttributes = { strides: [1], dilations: [1], padding: [[0, 0]], groups: 1 }

describe('dot', () => {
  // 1 2 3     1 2
  // 4 5 6     3 4
  //           5 6
  const [x, y] = [counting([2, 3]), counting([3, 2])]

  it('multiplies matrices', async () => {
    expect(await compute((b, p, q) => b.matmul(p, q), x, y)).toEqual({
      shape: [2, 2],
      data: [22, 28, 49, 64],
    })
  })

  it('contracts any axes', async () => {
    const free = { batch: [[], []] } as const
    // xᵀx and x·xᵀ
    expect((await compute((b, p) => b.dot(p, p, { contract: [[0], [0]], ...free }), x)).data).toEqual([
      17, 22, 27, 22, 29, 36, 27, 36, 45,
    ])
    expect((await compute((b, p) => b.dot(p, p, { contract: [[1], [1]], ...free }), x)).data).toEqual([
      14, 32, 32, 77,
    ])
    // Σ xᵢⱼ yⱼᵢ = 1·1 + 2·3 + 3·5 + 4·2 + 5·4 + 6·6
    const trace = {
      contract: [
        [0, 1],
        [1, 0],
      ],
      ...free,
    } as const
    expect(await compute((b, p, q) => b.dot(p, q, trace), x, y)).toEqual({ shape: [], data: [86] })
    const outer = { contract: [[], []], ...free } as const
    expect(await compute((b, p, q) => b.dot(p, q, outer), float([2], 1, 2), float([2], 3, 4))).toEqual({
      shape: [2, 2],
      data: [3, 4, 6, 8],
    })
  })

  it('runs along batch axes', async () => {
    // Row by row: [1 2 3]·[1 2 3], [4 5 6]·[4 5 6]
    const rows = { contract: [[1], [1]], batch: [[0], [0]] } as const
    expect(await compute((b, p) => b.dot(p, p, rows), x)).toEqual({ shape: [2], data: [14, 77] })
  })
})

describe('conv', () => {
  const x = float([1, 5, 1], 1, 2, 3, 4, 5)
  const kernel = float([3, 1, 1], 1, 10, 100)

  it.each<[string, Partial<ConvAttributes>, number[]]>([
    ['valid', {}, [321, 432, 543]],
    ['padded', { padding: [[1, 1]] }, [210, 321, 432, 543, 54]],
    ['padded behind', { padding: [[0, 2]] }, [321, 432, 543, 54, 5]],
    ['stride 2', { strides: [2] }, [321, 543]],
    ['stride 3, leftover input', { strides: [3], padding: [[1, 0]] }, [210, 543]],
    ['dilation 2', { dilations: [2] }, [531]],
    ['causal, dilation 2', { dilations: [2], padding: [[4, 0]] }, [100, 200, 310, 420, 531]],
  ])('slides without turning the kernel around: %s', async (_what, attrs, expected) => {
    const answer = await compute((b, p, k) => b.conv(p, k, { ...plain, ...attrs }), x, kernel)
    expect(answer).toEqual({ shape: [1, expected.length, 1], data: expected })
  })

  it('keeps groups apart', async () => {
    // Two channels, two filters: filter 0 sees channel 0 alone, filter 1 sees channel 1 alone.
    const two = float([1, 2, 2], 1, 2, 3, 4)
    const answer = await compute(
      (b, p, k) => b.conv(p, k, { ...plain, groups: 2 }),
      two,
      float([1, 1, 2], 10, 100),
    )
    expect(answer).toEqual({ shape: [1, 2, 2], data: [10, 200, 30, 400] })
  })

  it('convTranspose spreads what conv gathers', async () => {
    const y = float([1, 2, 1], 1, 2)
    const attrs: ConvAttributes = { ...plain, strides: [2] }
    // 1·[1 10 100] at 0 and 2·[1 10 100] at 2
    expect(
      (await compute((b, p, k) => b.convTranspose(p, k, { ...attrs, inputSize: [5] }), y, kernel)).data,
    ).toEqual([1, 10, 102, 20, 200])
  })

  it('convFilterGrad correlates x and g', async () => {
    const g = float([1, 2, 1], 1, 10)
    const attrs: ConvAttributes = { ...plain, strides: [2] }
    // kₐ = x[0 + a] + 10 x[2 + a]
    expect(await compute((b, p, q) => b.convFilterGrad(p, q, { ...attrs, kernelSize: [3] }), x, g)).toEqual({
      shape: [3, 1, 1],
      data: [31, 42, 53],
    })
  })
})

/** Those of a convolution alone: some convolve what other equations make. */
const convolutions = opCases
  .filter(({ op, gradient }) => op === 'conv' && gradient)
  .flatMap((opCase) => {
    const { equations } = caseProgram(opCase)
    const [only] = equations
    return equations.length === 1 && only?.op === 'conv'
      ? [{ name: opCase.name, opCase, attrs: only.attrs }]
      : []
  })

describe.each(convolutions)('$name', ({ opCase, attrs }) => {
  const program = caseProgram(opCase)
  const [x, kernel] = caseInputs(opCase) as [HostArray, HostArray]

  it('is what its definition says', async () => {
    const [y] = await run(program, [x, kernel])
    expect(compareArrays(naiveConv(x, kernel, attrs, program), y!, 1e-14).mismatch).toBeUndefined()
  })

  it('⟨conv(x, k), y⟩ = ⟨x, convTranspose(y, k)⟩ = ⟨k, convFilterGrad(x, y)⟩', async () => {
    const [forward] = await run(program, [x, kernel])
    const y = hostArray(
      forward!.shape,
      'float32',
      [...forward!.data].map((_, at) => Math.sin(at + 1)),
    )
    const inputSize = x.shape.slice(1, -1)
    const kernelSize = kernel.shape.slice(0, -2)
    const back = await compute((b, p, k) => b.convTranspose(p, k, { ...attrs, inputSize }), y, kernel)
    const filter = await compute((b, p, q) => b.convFilterGrad(p, q, { ...attrs, kernelSize }), x, y)
    expect(back.shape).toEqual(x.shape)
    expect(filter.shape).toEqual(kernel.shape)

    const inner = dotProduct(forward!.data, y.data)
    expect(dotProduct(x.data, back.data)).toBeCloseTo(inner, 12)
    expect(dotProduct(kernel.data, filter.data)).toBeCloseTo(inner, 12)
  })
})

function dotProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, at) => sum + value * b[at]!, 0)
}

/** The definition, element by element: y[n, o, f] = Σ x[n, o·stride + k·dilation − before, c] · kernel[k, c, f]. */
function naiveConv(x: HostArray, kernel: HostArray, attrs: ConvAttributes, program: Program): HostArray {
  const shape = concrete(program.outputs[0]!.shape)
  const window = kernel.shape.slice(0, -2)
  const filters = kernel.shape.at(-1)!
  const perGroup = kernel.shape.at(-2)!
  const at = (array: HostArray, index: readonly number[]): number =>
    index.every((place, axis) => place >= 0 && place < array.shape[axis]!)
      ? array.data[index.reduce((flat, place, axis) => flat * array.shape[axis]! + place, 0)]!
      : 0
  const y = indices(shape).map((index) => {
    const [n, f] = [index[0]!, index.at(-1)!]
    const group = Math.floor(f / (filters / attrs.groups))
    let sum = 0
    for (const k of indices(window)) {
      const place = k.map(
        (element, axis) =>
          index[axis + 1]! * attrs.strides[axis]! +
          element * attrs.dilations[axis]! -
          attrs.padding[axis]![0],
      )
      for (let c = 0; c < perGroup; c++) {
        sum += at(x, [n, ...place, group * perGroup + c]) * at(kernel, [...k, c, f])
      }
    }
    return sum
  })
  return { shape, dtype: 'float32', data: Float64Array.from(y) }
}

/** All indices into a shape, row-major. */
function indices(shape: readonly number[]): number[][] {
  return Array.from({ length: sizeOf(shape) }, (_, flat) => {
    let rest = flat
    return shape
      .toReversed()
      .map((dim) => {
        const index = rest % dim
        rest = (rest - index) / dim
        return index
      })
      .reverse()
  })
}
