import { Builder, type Value } from '@fn/core'
import { programToOnnx } from '@fn/onnx'
import { describe, expect, it } from 'vitest'
import { graphOf, ops } from './decode.ts'

/** The operators of a program for everybody, and for the WebGPU provider of ONNX Runtime. */
function operators(write: (b: Builder, float: (...shape: number[]) => Value) => Value) {
  const b = new Builder()
  let count = 0
  const y = write(b, (...shape) => b.input({ shape, dtype: 'float32' }, `x${count++}`))
  const program = b.build({ y })
  const [everybody, webgpu] = [{}, { target: 'webgpu' } as const].map((options) =>
    ops(graphOf(programToOnnx(program, options))),
  )
  return { everybody, webgpu }
}

const window = {
  strides: [1, 1],
  dilations: [1, 1],
  padding: [
    [0, 0],
    [0, 0],
  ],
  groups: 1,
} as const

describe('the graph for WebGPU', () => {
  it('has channels in fours where they would be taken by threes', () => {
    const { everybody, webgpu } = operators((b, float) =>
      b.conv(float(1, 5, 5, 9), float(3, 3, 9, 4), window),
    )
    expect(everybody).not.toContain('Pad')
    expect(webgpu!.filter((op) => op !== 'Transpose')).toEqual(['Pad', 'Pad', 'Conv'])
  })

  it('has a convolution where a transposed one has three axes', () => {
    const attrs = {
      strides: [2, 2, 2],
      dilations: [1, 1, 1],
      padding: [
        [0, 0],
        [0, 0],
        [0, 0],
      ] as [number, number][],
      groups: 1,
      inputSize: [4, 4, 4],
    }
    const { everybody, webgpu } = operators((b, float) =>
      b.convTranspose(float(1, 2, 2, 2, 3), float(2, 2, 2, 5, 3), attrs),
    )
    expect(everybody).toContain('ConvTranspose')
    expect(webgpu).not.toContain('ConvTranspose')
    expect(webgpu).toContain('Conv')
  })

  it('does not ask max pooling for its places', () => {
    const pool = {
      window: [3, 3],
      strides: [1, 1],
      padding: [
        [1, 1],
        [1, 1],
      ] as [number, number][],
    }
    const { everybody, webgpu } = operators((b, float) => {
      const x = float(1, 4, 4, 2)
      return b.maxPoolGrad(x, b.maxPool(x, pool), float(1, 4, 4, 2), pool)
    })
    expect(everybody).toContain('ScatterElements')
    expect(webgpu).not.toContain('ScatterElements')
  })

  it('is the same where nothing is wrong', () => {
    const { everybody, webgpu } = operators((b, float) =>
      b.relu(b.conv(float(1, 5, 5, 4), float(3, 3, 4, 4), window)),
    )
    expect(webgpu).toEqual(everybody)
  })
})
