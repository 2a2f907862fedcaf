import { Builder, type HostArray, type Program, print, simplify, unroll } from '@fn/core'
import { describe, expect, it } from 'vitest'
import { run } from '../support/run.ts'

/** hₜ₊₁ = xₜ + Wᵀ·(hₜ·Wᵀ), and a product of batches. */
function program(): Program {
  const b = new Builder()
  const x = b.input({ shape: [3, 2, 2], dtype: 'float32' }, 'x')
  const w = b.input({ shape: [2, 2], dtype: 'float32' }, 'w')
  const batches = b.input({ shape: [2, 2, 5], dtype: 'float32' }, 'batches')
  const { carries, outputs } = b.scan(
    [b.zerosLike({ shape: [2, 2], dtype: 'float32' })],
    [x],
    (step, [h], [element]) => {
      const matrix = step.outside(w)
      const right = step.dot(h!, matrix, { contract: [[1], [1]], batch: [[], []] })
      const left = step.dot(matrix, right, { contract: [[0], [0]], batch: [[], []] })
      const along = step.dot(h!, step.outside(batches), { contract: [[1], [0]], batch: [[0], [1]] })
      return { carries: [step.add(element!, left)], outputs: [step.reduceSum(along, [1])] }
    },
  )
  return b.build({ h: carries[0]!, along: outputs[0]! })
}

const array = (shape: readonly number[]): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float64Array.from({ length: shape.reduce((x, y) => x * y, 1) }, (_, at) => Math.sin(at + 1)),
})

describe('a product in a loop with what is the same at every step', () => {
  it('finds its axes in order: they are moved once, before the loop', () => {
    expect(print(simplify(program()))).toMatchInlineSnapshot(`
      "(x: float32[3, 2, 2], w: float32[2, 2], batches: float32[2, 2, 5])
        %0: float32[2, 2] = constant() data=[0] shape=[2,2] dtype="float32"
        %1: float32[2, 2] = transpose(w) permutation=[1,0]
        %2: float32[2, 2], %3: float32[3, 2, 2] = scan(%0, x, %1) carries=1 sequences=1 reverse=false
            (carry:0: float32[2, 2], element:0: float32[2, 2], outside:0: float32[2, 2])
              %0: float32[2, 2] = dot(carry:0, outside:0) contract=[[1],[0]] batch=[[],[]]
              %1: float32[2, 2] = dot(outside:0, %0) contract=[[1],[0]] batch=[[],[]]
              %2: float32[2, 2] = add(element:0, %1)
              → carry:0: %2, output:0: carry:0
        %4: float32[2, 3, 5] = dot(%3, batches) contract=[[2],[0]] batch=[[1],[1]]
        %5: float32[3, 2, 5] = transpose(%4) permutation=[1,0,2]
        %6: float32[3, 2] = reduceSum(%5) axes=[2] keepDims=false
        → h: %2, along: %6"
    `)
  })

  it('is moved no further', () => {
    const once = simplify(program())
    expect(print(simplify(once))).toBe(print(once))
  })

  it('stays the same product', async () => {
    const inputs = [array([3, 2, 2]), array([2, 2]), array([2, 2, 5])]
    expect(await run(program(), inputs)).toEqual(await run(unroll(program()), inputs))
  })
})
