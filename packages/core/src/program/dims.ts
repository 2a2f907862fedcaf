import { ShapeError } from '../errors.ts'
import type { Dim, Shape } from './types.ts'

// A dim is a monomial: coefficient × symbols, written '20*batch*time' with the symbols sorted.

interface Monomial {
  readonly coefficient: number
  readonly symbols: readonly string[]
}

function parse(dim: Dim): Monomial {
  if (typeof dim === 'number') return { coefficient: dim, symbols: [] }
  let coefficient = 1
  const symbols: string[] = []
  for (const factor of dim.split('*')) {
    const number = Number(factor)
    if (Number.isNaN(number)) symbols.push(factor)
    else coefficient *= number
  }
  return { coefficient, symbols }
}

function format({ coefficient, symbols }: Monomial): Dim {
  if (symbols.length === 0 || coefficient === 0) return coefficient
  const sorted = [...symbols].sort()
  return (coefficient === 1 ? sorted : [coefficient, ...sorted]).join('*')
}

/** The product of dims; 1 for none. */
export function productOf(dims: Shape): Dim {
  let coefficient = 1
  const symbols: string[] = []
  for (const dim of dims) {
    const factor = parse(dim)
    coefficient *= factor.coefficient
    symbols.push(...factor.symbols)
  }
  return format({ coefficient, symbols })
}

/** `dividend / divisor` where it is exact, else undefined. */
export function exactQuotient(dividend: Dim, divisor: Dim): Dim | undefined {
  const a = parse(dividend)
  const b = parse(divisor)
  if (b.coefficient === 0 || a.coefficient % b.coefficient !== 0) return undefined
  const left = [...a.symbols]
  for (const symbol of b.symbols) {
    const at = left.indexOf(symbol)
    if (at < 0) return undefined
    left.splice(at, 1)
  }
  return format({ coefficient: a.coefficient / b.coefficient, symbols: left })
}

/** A dim with the given symbols replaced by numbers. */
export function bindDim(dim: Dim, sizes: Readonly<Record<string, number>>): Dim {
  if (typeof dim === 'number') return dim
  const { coefficient, symbols } = parse(dim)
  return productOf([coefficient, ...symbols.map((symbol) => sizes[symbol] ?? symbol)])
}

export function isConcrete(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number')
}

/** The shape as numbers; throws where a symbol is left. */
export function concrete(shape: Shape): readonly number[] {
  if (!isConcrete(shape))
    throw new ShapeError(`Expected a shape of numbers. Received: ${formatShape(shape)}.`)
  return shape
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}

/** `[batch, 28, 28]`, the way shapes stand in messages. */
export function formatShape(shape: readonly (Dim | null)[]): string {
  return `[${shape.map((dim) => dim ?? 'null').join(', ')}]`
}

/** NumPy's rule: aligned at the right, equal or 1. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left === right || right === 1) return left
    if (left === 1) return right
    throw new ShapeError(`Shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast.`)
  })
}

/** Row-major strides. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride
    stride *= shape[axis] as number
  }
  return strides
}
