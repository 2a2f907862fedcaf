import { concrete, type Program, sizeOf, type Value } from '@fn/core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { addressOf, allocate, wasmMemory } from '../heap.ts'
import type { Run } from '../lowering.ts'
import { emitOf } from './arithmetic.ts'
import { type Access, FunctionWriter, type Local, moduleOf } from './assembler.ts'
import type { Group } from './group.ts'
import { aligned, elementsOf, operandsOf, type Splat, splitOf } from './layout.ts'

/** A group that is ready to run. */
export interface Kernel {
  readonly run: Run<readonly Tensor[]>
  /** What the group reads from outside. */
  readonly inputs: readonly Value[]
  /** What is read of it outside. */
  readonly outputs: readonly Value[]
}

/** Compiles groups of a program into functions over the memory of wasm; undefined where the engine does not let it. */
export function kernelsOf(
  groups: readonly Group[],
  program: Program,
  splat: Splat,
): ReadonlyMap<Group, Kernel> | undefined {
  const memory = wasmMemory()
  if (memory === undefined) return undefined
  const plans = groups.map(({ equations }) => {
    const members = new Set(equations)
    const others = program.equations.filter((equation) => !members.has(equation))
    const read = new Set([...program.outputs, ...others.flatMap(({ inputs }) => inputs)].map(({ id }) => id))
    const outputs = equations.flatMap((equation) => equation.outputs).filter(({ id }) => read.has(id))
    return { equations, inputs: operandsOf(equations, splat), outputs }
  })
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
  const code = moduleOf(
    plans.map((plan) => write(plan, splat)),
    isShared,
  )
  // Without SIMD it does not hold.
  if (!WebAssembly.validate(code)) return undefined
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { '': { m: memory } })
  return new Map(
    groups.map((group, at) => {
      const { inputs, outputs } = plans[at]!
      const compute = exports[at] as (...addresses: readonly number[]) => void
      const run: Kernel['run'] = (given) => {
        const made = outputs.map(({ shape }) => allocate(concrete(shape), 'float32'))
        compute(...given.map(addressOf), ...made.map(addressOf))
        return made
      }
      return [group, { run, inputs, outputs }]
    }),
  )
}

const BYTES = 4
const LANES = 4

/** Below it float32 is no normal number, with which most processors take a hundred times as long. */
const LEAST_NORMAL = 2 ** -126

/** Writes a group as one loop over rows, and in it one over their elements. Its parameters are inputs, then outputs. */
function write({ equations, inputs, outputs }: Group & Omit<Kernel, 'run'>, splat: Splat): FunctionWriter {
  const shape = elementsOf(equations[0]!)!
  const split = splitOf(equations, shape, splat)!
  const [rows, columns] = [sizeOf(shape.slice(0, split)), sizeOf(shape.slice(split))]
  const w = new FunctionWriter(inputs.length + outputs.length)
  const pointers = new Map([...inputs, ...outputs].map(({ id }, at) => [id, w.parameter(at)]))
  const pointerOf = ({ id }: Value): Local => pointers.get(id)!
  const isOutput = new Set(outputs.map(({ id }) => id))

  /** By how many elements each pointer moves on with a row. */
  const strides = new Map<Local, number>()
  /** Operands of one number in a row. */
  const numbers: Value[] = []
  const sliced = new Set(equations.flatMap(({ op, inputs: [x] }) => (op === 'slice' ? [x!.id] : [])))
  for (const value of inputs) {
    const own = aligned(value, shape.length)
    const [outer, inner] = [sizeOf(own.slice(0, split)), sizeOf(own.slice(split))]
    strides.set(pointerOf(value), sliced.has(value.id) || outer === rows ? inner : 0)
    if (inner < columns && !sliced.has(value.id)) numbers.push(value)
  }
  for (const value of outputs) strides.set(pointerOf(value), sizeOf(concrete(value.shape)) / rows)

  const inRow = new Map<number, Local>()
  /** One element, or the four from there on. */
  const element = (single: boolean): void => {
    const values = new Map(inRow)
    const at = (offset = 0): Access => ({ place: w.place, offset, single })
    const read = (value: Value): Local => {
      const known = values.get(value.id)
      if (known !== undefined) return known
      const only = splat(value)
      const local = only === undefined ? w.load(pointerOf(value), at()) : w.local(only)
      values.set(value.id, local)
      return local
    }
    const store = (value: Value, local: Local, offset = 0): void => {
      const isTiny = w.compute('less', w.compute('abs', local), LEAST_NORMAL)
      // Its sign stays.
      const normal = w.compute('andNot', local, w.compute('and', isTiny, w.integer(0x7fffffff)))
      w.store(pointerOf(value), normal, at(offset))
    }
    for (const equation of equations) {
      const [y] = equation.outputs
      if (equation.op === 'concat') {
        equation.inputs.forEach((part, which) => {
          store(y!, read(part), which * columns * BYTES)
        })
        continue
      }
      const local =
        equation.op === 'slice'
          ? w.load(pointerOf(equation.inputs[0]!), at(equation.attrs.starts.at(-1)! * BYTES))
          : emitOf(equation)!(w, ...equation.inputs.map(read))
      values.set(y!.id, local)
      if (isOutput.has(y!.id)) store(y!, local)
    }
  }
  w.loop(w.row, 0, rows, 1, () => {
    for (const value of numbers) inRow.set(value.id, w.load(pointerOf(value), { single: true }))
    const whole = columns - (columns % LANES)
    if (whole > 0) w.loop(w.place, 0, whole * BYTES, LANES * BYTES, () => element(false))
    if (whole < columns) w.loop(w.place, whole * BYTES, columns * BYTES, BYTES, () => element(true))
    for (const [pointer, stride] of strides) w.advance(pointer, stride * BYTES)
  })
  return w
}
