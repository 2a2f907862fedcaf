import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import { type Backend, Builder, type HostArray, type Program, sizeOf, type Value } from '@fn/core'
import { profile } from '@tensorflow/tfjs-core'
import { describe, expect, it, vi } from 'vitest'

const [wasm, oracle] = [await tfjs('wasm'), await reference()]

async function run(backend: Backend, program: Program, inputs: readonly HostArray[]) {
  const executable = await backend.compile(program)
  const given = inputs.map((array) => backend.upload(array))
  const outputs = await executable.run(given)
  const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
  for (const tensor of [...given, ...outputs]) tensor.dispose()
  executable.dispose()
  return arrays.map(({ data }) => Array.from(data))
}

const float = (shape: readonly number[], seed = 1): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: sizeOf(shape) }, (_, at) => 2 * Math.sin(seed + at)),
})

/** A program of some inputs, of these shapes. */
function program(
  shapes: readonly (readonly number[])[],
  write: (b: Builder, inputs: readonly Value[]) => readonly Value[],
): Program {
  const b = new Builder()
  const inputs = shapes.map((shape, at) => b.input({ shape, dtype: 'float32' }, `x${at}`))
  return b.build(write(b, inputs).map((value, at) => [`y${at}`, value] as const))
}

/** The kernels of tfjs that a program runs; what is computed together is none of them. */
async function kernels(of: Program, inputs: readonly HostArray[]): Promise<readonly string[]> {
  const executable = await wasm.compile(of)
  const given = inputs.map((array) => wasm.upload(array))
  const outputs: { dispose(): void }[] = []
  const { kernelNames } = await profile(async () => {
    outputs.push(...(await executable.run(given)))
    return []
  })
  for (const tensor of [...given, ...outputs]) tensor.dispose()
  executable.dispose()
  return kernelNames
}

describe('arithmetic in one pass', () => {
  const steps = Array.from({ length: 4001 }, (_, at) => (at - 2000) / 18)
  const kinks = [0.625, 0.6249999, 88.72283, 88.73, 127.5, -87.336, -87.34, -103, -104.5, 1e-4, -1e-7, 3e38]
  const x = Float32Array.from([...steps, ...kinks, ...steps.map((value) => value / 50)])
  it.each<['exp' | 'sigmoid' | 'tanh', (x: number) => number]>([
    ['exp', Math.exp],
    ['sigmoid', (value) => 1 / (1 + Math.exp(-value))],
    ['tanh', Math.tanh],
  ])('%s is exact to three units in the last place', async (op, exact) => {
    const both = program([[x.length]], (b, [value]) => [b[op](value!), b.neg(value!)])
    const [made] = await run(wasm, both, [{ shape: [x.length], dtype: 'float32', data: x }])
    const off = [...x].flatMap((value, at) => {
      const wanted = Math.fround(exact(value))
      if (made![at] === wanted || (wanted < 2 ** -126 && wanted > -(2 ** -126) && made![at] === 0)) return []
      const error = Math.abs(made![at]! - exact(value)) / Math.abs(exact(value))
      return error < 3 * 2 ** -24 ? [] : [`${op}(${value}) = ${made![at]}, not ${wanted}`]
    })
    expect(off).toEqual([])
  })

  it('keeps what is no number, infinite or −0, and takes for 0 what is too small for a normal number', async () => {
    const data = Float32Array.of(Number.NaN, Infinity, -Infinity, -0, 1e-39, -1e-39, 2e-38)
    const all = program([[7]], (b, [value]) => [
      b.mul(value!, 1),
      ...(['exp', 'sigmoid', 'tanh', 'relu'] as const).map((op) => b[op](value!)),
    ])
    expect(await run(wasm, all, [{ shape: [7], dtype: 'float32', data }])).toEqual([
      [Number.NaN, Infinity, -Infinity, -0, 0, -0, Math.fround(2e-38)],
      [Number.NaN, Infinity, 0, 1, 1, 1, 1],
      [Number.NaN, 1, 0, 0.5, 0.5, 0.5, 0.5],
      [Number.NaN, 1, -1, -0, 0, -0, Math.fround(2e-38)],
      [Number.NaN, Infinity, 0, 0, 0, 0, Math.fround(2e-38)],
    ])
  })

  const mixed = (b: Builder, [x_, y]: readonly Value[]): readonly Value[] => {
    const sum = b.add(b.sigmoid(x_!), y!)
    return [b.mul(b.sub(sum, x_!), 0.5), b.tanh(b.div(sum, b.add(b.abs(x_!), 1)))]
  }
  it.each<[string, readonly (readonly number[])[], typeof mixed]>([
    ['one element', [[1], [1]], mixed],
    ['a scalar', [[], []], mixed],
    ['less than a vector', [[3], [3]], mixed],
    [
      'vectors and a rest',
      [
        [3, 7],
        [3, 7],
      ],
      mixed,
    ],
    ['one number for all', [[3, 6], []], mixed],
    [
      'one number for all, of the same rank',
      [
        [3, 6],
        [1, 1],
      ],
      mixed,
    ],
    ['one row for all', [[4, 5], [5]], mixed],
    [
      'one matrix for all',
      [
        [2, 3, 5],
        [3, 5],
      ],
      mixed,
    ],
    [
      'one number a row',
      [
        [4, 5],
        [4, 1],
      ],
      mixed,
    ],
    [
      'one matrix of numbers',
      [
        [2, 3, 5],
        [2, 3, 1],
      ],
      mixed,
    ],
    [
      'one number a matrix',
      [
        [2, 3, 5],
        [2, 1, 1],
      ],
      mixed,
    ],
    ['rows of one', [[4, 1], [1]], mixed],
    [
      'no even rows',
      [
        [2, 3, 5],
        [2, 1, 5],
      ],
      mixed,
    ],
    [
      'each row of one by the other',
      [
        [1, 5],
        [4, 1],
      ],
      mixed,
    ],
    ['no elements', [[0, 4], [4]], mixed],
    [
      'columns that are taken out and put together',
      [
        [3, 8],
        [3, 4],
      ],
      (b, [x_, y]) => {
        const [left, right] = [b.sliceAxis(x_!, 1, 0, 4), b.sliceAxis(x_!, 1, 4, 8)]
        const product = b.mul(b.sigmoid(left), b.add(right, y!))
        return [product, b.concat([product, b.sub(y!, right), y!], 1)]
      },
    ],
    [
      'columns of what is made, and of what is put together',
      [
        [3, 4],
        [3, 4],
      ],
      (b, [x_, y]) => {
        const sum = b.add(b.tanh(x_!), y!)
        const joined = b.concat([sum, b.mul(sum, sum)], 1)
        const [all, some] = [b.sliceAxis(sum, 1, 0, 4), b.sliceAxis(joined, 1, 2, 6)]
        return [b.mul(all, some), b.concat([b.neg(some)], 1)]
      },
    ],
    [
      'a way round by a sum',
      [
        [3, 4],
        [3, 4],
      ],
      (b, [x_, y]) => {
        const before = b.mul(b.exp(x_!), y!)
        const share = b.div(before, b.reduceSum(before, [1], true))
        return [b.add(share, b.mul(before, x_!))]
      },
    ],
    [
      'two ways that cross',
      [
        [3, 4],
        [3, 4],
      ],
      (b, [x_, y]) => {
        const [left, right] = [b.exp(x_!), b.tanh(y!)]
        const [down, up] = [
          b.transpose(b.transpose(left, [1, 0]), [1, 0]),
          b.broadcast(b.reduceSum(right, [0]), [3, 4]),
        ]
        return [b.mul(left, up), b.mul(right, down)]
      },
    ],
    [
      'truth values that are made and read',
      [
        [3, 5],
        [3, 5],
      ],
      (b, [x_, y]) => {
        const [less, atMost, same] = [b.less(x_!, y!), b.lessEqual(x_!, y!), b.equal(x_!, x_!)]
        const inside = b.and(b.or(less, b.not(atMost)), same)
        return [b.select(inside, b.mul(x_!, 2), b.sub(y!, 1)), b.cast(less, 'float32'), less, inside]
      },
    ],
    [
      'truth values of elements, of rows, of columns, and one',
      [[3, 6], [3, 1], [6], []],
      (b, inputs) => {
        const masks = inputs.map((value) =>
          b.less(
            b.transpose(
              value,
              value.shape.map((_, at) => at),
            ),
            0.5,
          ),
        )
        const [x_] = inputs
        return masks.flatMap((mask, at) => [b.select(mask, b.add(x_!, at), b.neg(x_!)), mask])
      },
    ],
    ['a number as a truth value', [[2, 3], [3]], (b, [x_, y]) => [b.cast(b.mul(x_!, y!), 'bool')]],
    [
      'each of the small ones',
      [
        [2, 9],
        [2, 9],
      ],
      (b, [x_, y]) => {
        const halves = b.div(b.round(b.mul(x_!, 4)), 2)
        const each = [b.neg, b.abs, b.floor, b.ceil, b.round, b.relu, (x: Value) => b.call('step', [x])]
        return [...each.map((op) => op(halves)), b.sqrt(b.abs(y!)), b.min(halves, y!), b.max(halves, y!)]
      },
    ],
    ['constants alone', [[2], [2]], (b) => [b.add(b.constant([1], [2]), b.constant([2], [2]))]],
    [
      'a constant of several numbers',
      [[2, 3], [3]],
      (b, [x_, y]) => [b.add(b.mul(x_!, b.constant([1, 2, 3], [3])), b.mul(y!, 2))],
    ],
  ])('computes what the reference does: %s', async (_what, shapes, write) => {
    const written = program(shapes, write)
    const inputs = shapes.map((shape, at) => float(shape, at))
    const [made, expected] = [await run(wasm, written, inputs), await run(oracle, written, inputs)]
    expect(made.map((list) => list.length)).toEqual(expected.map((list) => list.length))
    made.flat().forEach((value, at) => {
      expect(value).toBeCloseTo(expected.flat()[at]!, 5)
    })
  })

  it('is left to the kernels where the engine has no vectors', async () => {
    const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false)
    const both = program([[3]], (b, [value]) => [b.exp(b.neg(value!))])
    expect(await kernels(both, [float([3])])).toEqual(['Neg', 'Exp'])
    validate.mockRestore()
    expect(await kernels(both, [float([3])])).toEqual([])
  })

  it('is a step of an LSTM, but for its product', async () => {
    const step = program(
      [
        [3, 8],
        [3, 2],
        [3, 2],
        [2, 8],
      ],
      (b, [x_, h, c, u]) => {
        const z = b.add(x_!, b.matmul(h!, u!))
        const [i, f, g, o] = [0, 2, 4, 6].map((at) => b.sliceAxis(z, 1, at, at + 2))
        const next = b.add(b.mul(b.sigmoid(f!), c!), b.mul(b.sigmoid(i!), b.tanh(g!)))
        return [b.mul(b.sigmoid(o!), b.tanh(next)), next]
      },
    )
    const inputs = [
      [3, 8],
      [3, 2],
      [3, 2],
      [2, 8],
    ].map((shape) => float(shape))
    expect((await kernels(step, inputs)).filter((name) => name !== 'Reshape')).toEqual(['BatchMatMul', 'Add'])
  })
})
