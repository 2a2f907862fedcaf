import type { HostArray } from '../backend.ts'
import { ShapeError } from '../errors.ts'
import { type Argument, Range } from '../functional/operation.ts'
import type { Scope } from '../functional/scope.ts'
import type { SymbolicTensor } from '../functional/symbolic-tensor.ts'
import { normalizeAxis } from '../program/builder.ts'
import { addDims, formatShape, productOf } from '../program/dims.ts'
import type { Dim, Value } from '../program/types.ts'
import { define } from './define.ts'
import { formatArgument, isHostArray, isValue, operands, tensor } from './operands.ts'

/**
 * What is taken along one axis: all (':'), the element at a number, after which the axis is gone, or a range
 * [start, stop, step] of which null is open. '...' stands for all axes that are not named, null makes a new axis. Numbers
 * below 0 count from the end.
 */
export type Index =
  | ':'
  | '...'
  | number
  | null
  | readonly [start: number | null, stop?: number | null, step?: number | null]

type Key = readonly Argument<Value>[]

/** One entry for each axis of x, in order, and null for each new one. */
function completed(x: Value, key: Key): Key {
  const named = key.filter((entry) => entry !== '...' && entry !== null).length
  const missing = x.shape.length - named
  const at = key.indexOf('...')
  if (missing < 0 || (at >= 0 && key.indexOf('...', at + 1) >= 0)) {
    throw new ShapeError(
      `expected at most ${x.shape.length} indices for ${formatShape(x.shape)}, and '...' once. Received: ${key.length}.`,
    )
  }
  const rest = new Array<Range>(missing).fill(new Range())
  return at < 0 ? [...key, ...rest] : key.toSpliced(at, 1, ...rest)
}

/** The element of an axis at `index`, which leaves an axis of size 1. */
function element(b: Scope, x: Value, axis: number, index: number): Value {
  const size = x.shape[axis]!
  if (!Number.isInteger(index) || (typeof size === 'number' && (index >= size || index < -size))) {
    throw new ShapeError(
      `expected the number of an element of axis ${axis} of ${formatShape(x.shape)}. Received: ${index}.`,
    )
  }
  if (index >= 0) return b.sliceAxis(x, axis, index, index + 1)
  if (typeof size === 'number') return b.sliceAxis(x, axis, size + index, size + index + 1)
  // From the end of an open axis is from the beginning of the reversed one.
  return b.sliceAxis(b.reverse(x, [axis]), axis, -index - 1, -index)
}

/** The elements of an axis in a range, by the rules of Python. */
function elements(b: Scope, x: Value, axis: number, { start, stop, step: by }: Range): Value {
  const step = by ?? 1
  const size = x.shape[axis]!
  if (step === 0) throw new ShapeError(`expected a step other than 0 along axis ${axis}.`)
  if (typeof size !== 'number') return openElements(b, x, axis, start, stop, step)
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
  const bound = (end: number | null, open: number): number =>
    end === null ? open : Math.min(Math.max(end < 0 ? end + size : end, low), high)
  const [first, end] = step > 0 ? [bound(start, 0), bound(stop, size)] : [bound(start, high), bound(stop, -1)]
  const count = Math.max(0, Math.ceil((end - first) / step))
  const last = first + (count - 1) * step
  if (count === size && step === 1) return x
  const taken = count === 0 ? [0, 0] : [Math.min(first, last), Math.max(first, last) + 1]
  const part = b.slice(
    x,
    x.shape.map((_, at) => (at === axis ? taken[0]! : 0)),
    x.shape.map((_, at) => (at === axis ? taken[1]! : null)),
    x.shape.map((_, at) => (at === axis ? Math.abs(step) : 1)),
  )
  return step < 0 ? b.reverse(part, [axis]) : part
}

/** The elements of an axis of unknown size, which is taken to be large enough for the range. */
function openElements(
  b: Scope,
  x: Value,
  axis: number,
  start: number | null,
  stop: number | null,
  step: number,
): Value {
  const reversed = (value: Value): Value => b.reverse(value, [axis])
  if (step === 1 && stop === null && (start ?? 0) === 0) return x
  if (step < 0) {
    // Element i of an axis is element −i − 1 of the reversed one, where −1 is the last.
    const turned = (end: number | null): number | null => (end === null ? null : -end - 1)
    return openElements(b, reversed(x), axis, turned(start), turned(stop), -step)
  }
  if (step === 1 && stop !== null && stop >= 0 && (start ?? 0) >= 0)
    return b.sliceAxis(x, axis, start ?? 0, Math.max(start ?? 0, stop))
  if (step === 1 && stop === null && start !== null && start < 0)
    return reversed(b.sliceAxis(reversed(x), axis, 0, -start))
  const size = x.shape[axis]!
  const place = (end: number): Dim => (end < 0 ? addDims(size, end) : end)
  const part = <T>(own: T, other: T): T[] => x.shape.map((_, at) => (at === axis ? own : other))
  const end = stop === null ? null : place(stop)
  return b.slice(x, part<Dim>(place(start ?? 0), 0), part<Dim | null>(end, null), part(step, 1))
}

/** Numbers of elements along an axis, counted from its beginning. */
function numbersOf(b: Scope, x: Value, axis: number, given: Argument<Value> | undefined): Value {
  const size = x.shape[axis]!
  const fromStart = (numbers: Value): Value => {
    const count = typeof size === 'number' ? b.scalar(size, 'int32') : b.dimSize(x, axis)
    return b.select(b.less(numbers, 0), b.add(numbers, count), numbers)
  }
  if (isValue(given)) return fromStart(b.cast(given, 'int32'))
  if (isHostArray(given)) return fromStart(b.constant(given.data, given.shape, 'int32'))
  const list = [given].flat() as readonly number[]
  for (const at of list) {
    if (!Number.isInteger(at) || (typeof size === 'number' && (at >= size || at < -size))) {
      throw new ShapeError(
        `expected numbers of elements of axis ${axis} of ${formatShape(x.shape)}. Received: ${formatArgument(given)}.`,
      )
    }
  }
  const shape = Array.isArray(given) ? [list.length] : []
  if (typeof size === 'number')
    return b.constant(
      list.map((at) => (at < 0 ? at + size : at)),
      shape,
      'int32',
    )
  const numbers = b.constant(list, shape, 'int32')
  return list.some((at) => at < 0) ? fromStart(numbers) : numbers
}

const rangeOf = (index: Index): Argument<never> => {
  if (index === ':') return new Range()
  return Array.isArray(index) ? new Range(...(index as readonly [number | null])) : (index as number)
}

/** Parts of tensors. */
export const selection = {
  /**
   * A part of a tensor by one index for each axis; axes that are not named are taken whole. `ops.slice(x, ':', [1, 3])` is
   * `x[:, 1:3]` of NumPy.
   */
  slice: define(
    {
      kind: 'numpy.GetItem',
      defaults: {},
      write(b, [given, key]) {
        let x = tensor(given)
        const entries = completed(x, [key].flat() as Key)
        let axis = 0
        const kept: (number | null)[] = []
        for (const entry of entries) {
          if (entry === null) {
            kept.push(null)
            continue
          }
          if (typeof entry === 'number') x = element(b, x, axis, entry)
          else if (entry instanceof Range) {
            x = elements(b, x, axis, entry)
            kept.push(axis)
          } else
            throw new ShapeError(
              `expected numbers, ranges, ':' or '...'. Received: ${formatArgument(entry)}.`,
            )
          axis++
        }
        return b.reshape(
          x,
          kept.map((at) => (at === null ? 1 : x.shape[at]!)),
        )
      },
    },
    (x: SymbolicTensor, ...index: readonly Index[]) => [[x, index.map(rangeOf)]],
  ),

  /** The elements of an axis by their numbers, whose axes come in its place; of all elements where no axis is said. */
  take: define(
    {
      kind: 'numpy.Take',
      defaults: { axis: null as number | null },
      write(b, [given, indices], { axis }) {
        const [whole] = operands(b, [given], 'bool')
        const x = axis === null ? b.reshape(whole!, [productOf(whole!.shape)]) : whole!
        const at = normalizeAxis(axis ?? 0, x.shape.length)
        const numbers = numbersOf(b, x, at, indices)
        const axes = x.shape.map((_, other) => other)
        const rows = b.gather(b.transpose(x, [at, ...axes.toSpliced(at, 1)]), numbers)
        // [numbers…, before…, after…] → [before…, numbers…, after…]
        const rank = numbers.shape.length
        const places = rows.shape.map((_, place) => place)
        return b.transpose(rows, [
          ...places.slice(rank, rank + at),
          ...places.slice(0, rank),
          ...places.slice(rank + at),
        ])
      },
    },
    (
      x: SymbolicTensor | HostArray,
      indices: SymbolicTensor | HostArray | number | readonly number[],
      settings: { readonly axis?: number | null } = {},
    ) => [[x, indices], settings],
  ),
}
