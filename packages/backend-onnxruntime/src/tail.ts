import { concrete, type DType, type Label, type Program, sameShape, sizeOf, type Value } from '@fn/core'
import { type Group, group, isGroup, labelOfGroup, type Splat, write, writeSweep } from '@fn/fuse'

/** Where elements lie in the memory of a tail. */
export interface Place {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
  /** In bytes. */
  readonly address: number
}

/**
 * The end of a step, which goes over every weight once for all that an optimizer does, where ONNX Runtime would go over
 * it once an op. Plain data: it can be sent to a worker.
 */
export interface Tail {
  /** A module of WebAssembly, with a function for each call. */
  readonly code: Uint8Array
  readonly sweep: Sweep
  /** Of the memory, in bytes. */
  readonly size: number
  /** The inputs of the program that it reads. */
  readonly inputs: readonly Place[]
  /** What it reads of what ONNX Runtime makes. */
  readonly cut: readonly Place[]
  /** The outputs that lie where an input did that is taken over. */
  readonly kept: readonly Place[]
  /** Its other outputs. */
  readonly fresh: readonly Place[]
  /** The addresses that each function is called with, one after the other. */
  readonly calls: readonly (readonly number[])[]
  /** What the time of each call counts for. */
  readonly labels: readonly Label[]
}

/** What keeps state from fading into numbers that are slow to compute with: a part of it after each run, by turns. */
export interface Sweep {
  /** A module of WebAssembly whose function `0` goes over the part at an address. */
  readonly code: Uint8Array
  /** Of each part, in bytes; they lie at the beginning of the memory. */
  readonly size: number
  readonly parts: number
  /** The output that counts runs, if one does: training that goes on from a file sweeps as if it had never stopped. */
  readonly clock: string | undefined
}

const isScatter = ({ equations: [first] }: Group): boolean => first!.op === 'scatterAdd'

/** A vector of 64 bytes. */
const ALIGNMENT = 64

/** In so many runs a mean fades to a fifth at most, by the factors that optimizers take. */
const PARTS = 16

/**
 * @param program of equations over elements one by one; what it is given of another is named `cut/…`
 * @param donated the ids of inputs that may be written over
 * @param clock as `Sweep.clock`
 */
export function tailOf(program: Program, donated: ReadonlySet<number>, splat: Splat, clock?: string): Tail {
  const groups: readonly Group[] = group(program, splat).map((piece) =>
    isGroup(piece) ? piece : { equations: [piece] },
  )
  const state = program.inputs.filter(({ name }) => !name!.startsWith('cut/'))
  const swept = new Set(state.map(({ id }) => id))
  const { code, functions, clearing } = write(groups, program, splat, { swept })

  const readers = new Map<number, number>()
  for (const { id } of functions.flatMap(({ inputs }) => inputs)) readers.set(id, (readers.get(id) ?? 0) + 1)
  const successor = successors(program, donated)
  /** The ids of outputs, each with that of the input in whose place it lies. */
  const inPlace = new Map<number, number>()
  for (const { inputs, outputs } of functions) {
    for (const { id } of outputs) {
      const before = successor.get(id)
      const isLastToRead = inputs.some((input) => input.id === before) && readers.get(before!) === 1
      if (isLastToRead) inPlace.set(id, before!)
    }
  }

  let size = 0
  const addresses = new Map<number, number>()
  const allot = (value: Value): void => {
    addresses.set(value.id, size)
    const bytes = sizeOf(concrete(value.shape)) * (value.dtype === 'bool' ? 1 : 4)
    // A vector may be read to its end.
    size += Math.ceil((bytes + 1) / ALIGNMENT) * ALIGNMENT
  }
  const written = new Set(inPlace.values())
  for (const value of program.inputs) if (written.has(value.id)) allot(value)
  const part = Math.ceil(size / PARTS / ALIGNMENT) * ALIGNMENT
  size = PARTS * part
  for (const value of program.inputs) if (!written.has(value.id)) allot(value)
  for (const value of functions.flatMap(({ outputs }) => outputs)) {
    const before = inPlace.get(value.id)
    if (before === undefined) allot(value)
    else addresses.set(value.id, addresses.get(before)!)
  }

  const place = (name: string, { id, dtype, shape }: Value): Place => ({
    name,
    dtype,
    shape: concrete(shape),
    address: addresses.get(id)!,
  })
  const inputs = program.inputs.map((value) => place(value.name!, value))
  const outputs = program.outputs.map((value, at) => ({
    ...place(program.outputNames[at]!, value),
    // A value that is two outputs can lie in one place once.
    isKept: inPlace.has(value.id) && program.outputs.findIndex(({ id }) => id === value.id) === at,
  }))
  return {
    code,
    sweep: { code: writeSweep(part), size: part, parts: PARTS, clock },
    size,
    inputs: inputs.filter(({ name }) => !name.startsWith('cut/')),
    cut: inputs.filter(({ name }) => name.startsWith('cut/')),
    kept: outputs.filter(({ isKept }) => isKept),
    fresh: outputs.filter(({ isKept }) => !isKept),
    calls: [...functions, ...clearing].map((ports) =>
      [...ports.inputs, ...ports.outputs].map(({ id }) => addresses.get(id)!),
    ),
    labels: [...groups, ...groups.filter(isScatter)].map((one) => labelOfGroup(one)),
  }
}

/**
 * For outputs the inputs that they may lie in the place of. A mean follows from what it was before, and a weight too: each
 * then stays where it is, and a run finds its inputs where the last one left them.
 */
function successors(program: Program, donated: ReadonlySet<number>): ReadonlyMap<number, number> {
  const makers = new Map(
    program.equations.flatMap((equation) => equation.outputs.map(({ id }) => [id, equation] as const)),
  )
  const free = new Set(donated)
  const found = new Map<number, number>()
  for (const output of program.outputs) {
    const fits = (value: Value): boolean =>
      free.has(value.id) && value.dtype === output.dtype && sameShape(value.shape, output.shape)
    // What is added on the way is gone through too: the nearest comes first.
    const before = new Set([output])
    for (const value of before) {
      if (fits(value)) {
        found.set(output.id, value.id)
        free.delete(value.id)
        break
      }
      for (const source of makers.get(value.id)?.inputs ?? []) before.add(source)
    }
  }
  return found
}
