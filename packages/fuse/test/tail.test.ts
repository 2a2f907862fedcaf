import { createReference } from '@fn/backend-reference'
import { Builder, type HostArray, type Program, sizeOf } from '@fn/core'
import { group, isGroup, kernelsOver, splatsOf, splitTail } from '@fn/fuse'
import { describe, expect, it } from 'vitest'

const [ROWS, COLUMNS] = [70, 60]

const numbers = (shape: readonly number[], seed: number): HostArray => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(seed + at)),
})

/** g = xᵀ·d; m′ = 0.9 m + 0.1 g; w′ = w − r · m′ / (√v + 1e-7) with v = g². The rate r is computed. */
function step(): Program {
  const b = new Builder()
  const x = b.input({ shape: [8, ROWS], dtype: 'float32' }, 'x')
  const d = b.input({ shape: [8, COLUMNS], dtype: 'float32' }, 'd')
  const [w, m] = ['w', 'm'].map((name) => b.input({ shape: [ROWS, COLUMNS], dtype: 'float32' }, name))
  const rate = b.input({ shape: [], dtype: 'float32' }, 'rate')
  const g = b.dot(x, d, { contract: [[0], [0]], batch: [[], []] })
  const moved = b.add(b.mul(m!, 0.9), b.mul(g, 0.1))
  const size = b.add(b.sqrt(b.mul(g, g)), 1e-7)
  const next = b.sub(w!, b.div(b.mul(moved, b.sqrt(rate)), size))
  return b.build({ w: next, m: moved, sum: b.reduceSum(w!) })
}

const inputs: Readonly<Record<string, HostArray>> = {
  x: numbers([8, ROWS], 1),
  d: numbers([8, COLUMNS], 2),
  w: numbers([ROWS, COLUMNS], 3),
  m: numbers([ROWS, COLUMNS], 4),
  rate: { shape: [], dtype: 'float32', data: Float32Array.of(0.25) },
}

async function evaluate(program: Program, given: Readonly<Record<string, HostArray>>) {
  const backend = createReference()
  const executable = await backend.compile(program)
  const outputs = await executable.run(program.inputs.map(({ name }) => backend.upload(given[name!]!)))
  const arrays = await Promise.all(outputs.map((tensor) => backend.download(tensor)))
  return Object.fromEntries(program.outputNames.map((name, at) => [name, arrays[at]!]))
}

describe('splitTail of a table', () => {
  /** The table moves by the slopes of the rows that were read, which may be an output too. */
  const moved = (isOutput: boolean): Program => {
    const b = new Builder()
    const table = b.input({ shape: [30, 4], dtype: 'float32' }, 'table')
    const rows = b.input({ shape: [9], dtype: 'int32' }, 'rows')
    const slopes = b.scatterAdd(rows, b.mul(b.gather(table, rows), 2), 30)
    return b.build({ table: b.sub(table, slopes), ...(isOutput && { slopes }) })
  }

  it('adds its rows up there', () => {
    const { head, tail } = splitTail(moved(false), splatsOf(moved(false)))!
    expect(head.equations.map(({ op }) => op)).not.toContain('scatterAdd')
    expect(tail.equations.map(({ op }) => op)).toContain('scatterAdd')
  })

  it('leaves sums that somebody else reads where they are', () => {
    expect(splitTail(moved(true), splatsOf(moved(true)))!.head.equations.map(({ op }) => op)).toContain(
      'scatterAdd',
    )
  })
})

describe('splitTail', () => {
  const program = step()
  const { head, tail } = splitTail(program, splatsOf(program))!

  it('leaves products, sums and what is small to the head', () => {
    expect(head.equations.map(({ op }) => op).filter((op) => op !== 'constant')).toEqual([
      'dot',
      'sqrt',
      'reduceSum',
    ])
    expect(head.inputs.map(({ name }) => name)).toEqual(['x', 'd', 'w', 'rate'])
    expect(head.outputNames).toEqual(['sum', 'cut/0', 'cut/1'])
    expect(tail.inputs.map(({ name }) => name)).toEqual(['w', 'm', 'cut/0', 'cut/1'])
    expect(tail.outputNames).toEqual(['w', 'm'])
  })

  it('is none for single numbers, or where nothing stands before it', () => {
    const b = new Builder()
    const few = b.input({ shape: [1], dtype: 'float32' }, 'x')
    const small = b.build({ y: b.neg(few), sum: b.reduceSum(few) })
    expect(splitTail(small, splatsOf(small))).toBeUndefined()
    const c = new Builder()
    const alone = c.build({ y: c.neg(c.input({ shape: [8192], dtype: 'float32' }, 'x')) })
    expect(splitTail(alone, splatsOf(alone))).toBeUndefined()
  })

  it('gives, one part after the other and in place, what the whole gives', async () => {
    const whole = await evaluate(program, inputs)
    const early = await evaluate(head, inputs)
    expect(early.sum!.data).toEqual(whole.sum!.data)

    // Each input of the tail has a place of its own; the outputs lie where w and m did.
    const memory = new WebAssembly.Memory({ initial: 2 })
    const splat = splatsOf(program)
    const groups = group(tail, splat).map((piece) => (isGroup(piece) ? piece : { equations: [piece] }))
    expect(groups.length).toBe(1)
    const { inputs: reads, outputs, compute } = kernelsOver(memory, groups, tail, splat)!.get(groups[0]!)!
    const nameOf = (id: number): string => tail.inputs.find((input) => input.id === id)!.name!
    const names = reads.map(({ id }) => nameOf(id))
    const size = ROWS * COLUMNS
    const placeOf = (name: string): number => names.indexOf(name) * size * 4
    for (const name of names)
      new Float32Array(memory.buffer, placeOf(name)).set((inputs[name] ?? early[name])!.data)
    const written = outputs.map(({ id }) => tail.outputNames[tail.outputs.findIndex((y) => y.id === id)]!)
    compute(...names.map(placeOf), ...written.map(placeOf))
    for (const name of written) {
      const found = new Float32Array(memory.buffer, placeOf(name), size)
      whole[name]!.data.forEach((value: number, at: number) => {
        expect(Math.abs(found[at]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)))
      })
    }
  })
})
