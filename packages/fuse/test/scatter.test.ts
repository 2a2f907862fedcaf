import { Builder, type EquationOf, type HostArray } from '@fn/core'
import { splatsOf, write } from '@fn/fuse'
import { describe, expect, it } from 'vitest'

/** Runs the functions of a `scatterAdd` over a memory of their own, once for each list of indices. */
function scattered(indices: readonly number[], size: number, columns: number, runs = 1) {
  const b = new Builder()
  const named = b.input({ shape: [indices.length], dtype: 'int32' }, 'indices')
  const updates = b.input({ shape: [indices.length, columns], dtype: 'float32' }, 'updates')
  const program = b.build({ y: b.scatterAdd(named, updates, size) })
  const groups = program.equations.map((equation) => ({ equations: [equation as EquationOf<'scatterAdd'>] }))
  const { code, functions, clearing } = write(groups, program, splatsOf(program))
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { '': { m: memory } })
  const [add, clear] = [exports[0], exports[functions.length]] as ((...addresses: number[]) => void)[]
  expect(clearing).toHaveLength(1)
  const [at, from, to] = [0, 1024, 8192]
  new Int32Array(memory.buffer, at, indices.length).set(indices)
  const given = Float32Array.from({ length: indices.length * columns }, (_, place) => place + 1)
  new Float32Array(memory.buffer, from, given.length).set(given)
  const y = new Float32Array(memory.buffer, to - 4, size * columns + 2)
  const found: number[][] = []
  for (let run = 0; run < runs; run++) {
    add!(at, from, to)
    found.push(Array.from(y))
    clear!(at, to)
    expect(Array.from(y).every((value) => value === 0)).toBe(true)
  }
  return { found, given }
}

/** By the definition, with an element before and one after that nobody may touch. */
function expected(
  indices: readonly number[],
  size: number,
  columns: number,
  given: HostArray['data'],
): number[] {
  const y = new Array<number>(size * columns + 2).fill(0)
  indices.forEach((index, row) => {
    const to = index < 0 ? index + size : index
    if (to < 0 || to >= size) return
    for (let column = 0; column < columns; column++)
      y[1 + to * columns + column]! += given[row * columns + column]!
  })
  return y
}

describe('the sums of rows', () => {
  it.each([
    ['rows of whole vectors', [2, 0, 2, 2], 4, 8],
    ['rows with a rest', [1, 1, 0], 3, 7],
    ['rows shorter than a vector', [4, 3, 4], 5, 3],
    ['numbers', [0, 1, 0, 0], 2, 1],
    ['indices that count from the end, and such as lie outside', [-1, -3, 3, -4, 7, 2], 3, 5],
  ])('are those of the definition: %s', (_, indices, size, columns) => {
    const { found, given } = scattered(indices, size, columns, 2)
    for (const run of found) expect(run).toEqual(expected(indices, size, columns, given))
  })
})
