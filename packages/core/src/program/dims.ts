import { ShapeError } from '../errors.ts'
import type { Dim, Shape } from './types.ts'

// A dim is a polynomial over atoms with integer coefficients. An atom is a symbol, a rounded-down quotient
// `floor(dim / k)`, or `max(dim, dim)`. It is written '20*batch*time', 'time - 2' or '2*floor((h + 1) / 2)': terms in the order of
// their atoms, the constant last. One dim has one spelling, so that dims are compared as text.

/** Coefficients by the atoms of each term, joined by '*'; the constant under ''. */
type Terms = ReadonlyMap<string, number>

/** The structure of a dim, for those who compute it. */
export type DimTree =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'sum' | 'product' | 'max'; readonly parts: readonly DimTree[] }
  | { readonly kind: 'floor'; readonly dividend: DimTree; readonly divisor: number }

/** `Infinity` is a symbol: its name may be that of a size. */
const INTEGER = /^-?\d+$/

/** Splits at a separator that stands in no parentheses. */
function splitAt(text: string, separator: RegExp): readonly string[] {
  const parts: string[] = []
  let depth = 0
  let begin = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')') depth--
    else if (depth === 0) {
      separator.lastIndex = i
      const found = separator.exec(text)
      if (found !== null) {
        parts.push(text.slice(begin, i))
        begin = i + found[0].length
        i = begin - 1
      }
    }
  }
  return [...parts, text.slice(begin)]
}

/** The terms of each dim that was written, since the same ones come again and again. */
const known = new Map<string, Terms>()

function termsOf(dim: Dim): Terms {
  if (typeof dim === 'number') return dim === 0 ? new Map() : new Map([['', dim]])
  let terms = known.get(dim)
  if (terms === undefined) {
    terms = parsed(dim)
    known.set(dim, terms)
  }
  return terms
}

function parsed(dim: string): Terms {
  const terms = new Map<string, number>()
  // Split before each sign, which stays with its term: 'a', '+ b', '- 2*c'.
  for (const term of splitAt(dim, / (?=[+-] )/y)) {
    const [, sign, product] = /^(?:([+-]) )?(.*)$/.exec(term)!
    let coefficient = sign === '-' ? -1 : 1
    const atoms: string[] = []
    for (const factor of splitAt(product!, /\*/y)) {
      if (INTEGER.test(factor)) coefficient *= Number(factor)
      else atoms.push(factor)
    }
    addTerm(terms, atoms.sort().join('*'), coefficient)
  }
  return terms
}

function addTerm(terms: Map<string, number>, atoms: string, coefficient: number): void {
  const sum = (terms.get(atoms) ?? 0) + coefficient
  if (sum === 0) terms.delete(atoms)
  else terms.set(atoms, sum)
}

function format(terms: Terms): Dim {
  if (terms.size === 0) return 0
  const constant = terms.get('')
  if (terms.size === 1 && constant !== undefined) return constant
  const ordered = [...terms].sort(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1))
  // A negative first term would need a sign of its own.
  const first = ordered.findIndex(([, coefficient]) => coefficient > 0)
  if (first > 0) ordered.unshift(...ordered.splice(first, 1))
  const text = ordered.map(([atoms, coefficient], i) => {
    const size = i > 0 ? Math.abs(coefficient) : coefficient
    const body = atoms === '' ? `${size}` : size === 1 ? atoms : `${size}*${atoms}`
    return i === 0 ? body : ` ${coefficient < 0 ? '-' : '+'} ${body}`
  })
  return text.join('')
}

const atomsOf = (key: string): readonly string[] => (key === '' ? [] : splitAt(key, /\*/y))

/** The sum of dims; 0 for none. */
export function addDims(...dims: readonly Dim[]): Dim {
  if (dims.every((dim) => typeof dim === 'number')) return dims.reduce<number>((x, y) => x + (y as number), 0)
  const terms = new Map<string, number>()
  for (const dim of dims) for (const [atoms, coefficient] of termsOf(dim)) addTerm(terms, atoms, coefficient)
  return format(terms)
}

/** x − y */
export const subDims = (x: Dim, y: Dim): Dim =>
  typeof x === 'number' && typeof y === 'number' ? x - y : addDims(x, productOf([-1, y]))

/** The product of dims; 1 for none. */
export function productOf(dims: Shape): Dim {
  let product: Terms = new Map([['', 1]])
  for (const dim of dims) {
    const next = new Map<string, number>()
    for (const [a, x] of product)
      for (const [b, y] of termsOf(dim)) addTerm(next, [...atomsOf(a), ...atomsOf(b)].sort().join('*'), x * y)
    product = next
  }
  return format(product)
}

/** ⌊dim / divisor⌋ for an integer ≥ 1. */
export function floorDiv(dim: Dim, divisor: number): Dim {
  if (typeof dim === 'number') return Math.floor(dim / divisor)
  if (divisor === 1) return dim
  const whole = new Map<string, number>()
  const rest = new Map<string, number>()
  for (const [atoms, coefficient] of termsOf(dim)) {
    const quotient = Math.floor(coefficient / divisor)
    if (quotient !== 0) whole.set(atoms, quotient)
    if (coefficient !== quotient * divisor) rest.set(atoms, coefficient - quotient * divisor)
  }
  const remainder = format(rest)
  if (typeof remainder === 'number') return addDims(format(whole), Math.floor(remainder / divisor))
  return addDims(format(whole), floorAtom(rest, remainder, divisor))
}

/** A dividend without the parentheses around a sum. */
const bare = (dividend: string): string => (dividend.startsWith('(') ? dividend.slice(1, -1) : dividend)

/** ⌊(⌊x / m⌋ + c) / n⌋ = ⌊(x + c m) / (m n)⌋ */
function floorAtom(terms: Terms, dim: Dim, divisor: number): Dim {
  const constant = terms.get('') ?? 0
  const others = [...terms].filter(([atoms]) => atoms !== '')
  const inner =
    others.length === 1 && others[0]![1] === 1 ? /^floor\((.*) \/ (\d+)\)$/.exec(others[0]![0]) : null
  if (inner !== null && splitAt(others[0]![0], /\*/y).length === 1) {
    const [, dividend, by] = inner
    return floorDiv(addDims(bare(dividend!), constant * Number(by)), Number(by) * divisor)
  }
  return `floor(${terms.size > 1 ? `(${dim})` : dim} / ${divisor})`
}

/** ⌈dim / divisor⌉ for an integer ≥ 1. */
export const ceilDiv = (dim: Dim, divisor: number): Dim => floorDiv(addDims(dim, divisor - 1), divisor)

/** The greater of two dims. */
export function maxDims(x: Dim, y: Dim): Dim {
  const sign = signOf(subDims(x, y))
  if (sign !== undefined) return sign >= 0 ? x : y
  const [a, b] = [String(x), String(y)].sort()
  return `max(${a}, ${b})`
}

/** 1, 0 or −1 where a dim has this sign for all sizes of its symbols; undefined where that depends on them. */
function signOf(dim: Dim): 1 | 0 | -1 | undefined {
  if (typeof dim === 'number') return Math.sign(dim) as 1 | 0 | -1
  const coefficients = [...termsOf(dim).values()]
  if (coefficients.every((coefficient) => coefficient > 0)) return 1
  return coefficients.every((coefficient) => coefficient < 0) ? -1 : undefined
}

/** Whether two dims may be one size: false where they differ for all sizes of their symbols. */
export function mayEqual(x: Dim, y: Dim): boolean {
  if (x === y) return true
  const sign = signOf(subDims(x, y))
  return sign === undefined || sign === 0
}

/** Whether two shapes may be the same. Shapes of numbers may only if they are. */
export const mayBeSame = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dim, axis) => mayEqual(dim, b[axis]!))

/** `dividend / divisor` where it is exact, else undefined. */
export function exactQuotient(dividend: Dim, divisor: Dim): Dim | undefined {
  const by = [...termsOf(divisor)].sort(leadingFirst)
  if (by.length === 0) return undefined
  const quotient = new Map<string, number>()
  let rest: Dim = dividend
  // Polynomial division by the leading terms; each round removes one.
  for (let round = 0; rest !== 0; round++) {
    const [atoms, coefficient] = [...termsOf(rest)].sort(leadingFirst)[0]!
    const left = [...atomsOf(atoms)]
    for (const atom of atomsOf(by[0]![0])) {
      const at = left.indexOf(atom)
      if (at < 0) return undefined
      left.splice(at, 1)
    }
    const factor = coefficient / by[0]![1]
    if (!Number.isInteger(factor) || round > 64) return undefined
    addTerm(quotient, left.join('*'), factor)
    rest = subDims(rest, productOf([format(new Map([[left.join('*'), factor]])), divisor]))
  }
  return format(quotient)
}

const leadingFirst = ([a]: readonly [string, number], [b]: readonly [string, number]): number =>
  atomsOf(b).length - atomsOf(a).length || (a < b ? -1 : 1)

/** The structure of a dim. */
export function treeOf(dim: Dim): DimTree {
  if (typeof dim === 'number') return { kind: 'number', value: dim }
  const parts = [...termsOf(dim)].map(([atoms, coefficient]): DimTree => {
    const factors = atomsOf(atoms).map(atomTree)
    const all: readonly DimTree[] =
      coefficient === 1 && factors.length > 0 ? factors : [{ kind: 'number', value: coefficient }, ...factors]
    return all.length === 1 ? all[0]! : { kind: 'product', parts: all }
  })
  return parts.length === 1 ? parts[0]! : { kind: 'sum', parts }
}

function atomTree(atom: string): DimTree {
  if (atom.startsWith('floor(')) {
    const [dividend, divisor] = splitAt(atom.slice(6, -1), / \/ /y)
    return { kind: 'floor', dividend: treeOf(bare(dividend!)), divisor: Number(divisor) }
  }
  if (atom.startsWith('max(')) {
    const parts = splitAt(atom.slice(4, -1), /, /y)
    return { kind: 'max', parts: parts.map((part) => treeOf(INTEGER.test(part) ? Number(part) : part)) }
  }
  return { kind: 'symbol', name: atom }
}

/** The symbols in a dim. */
export function symbolsOf(dim: Dim): readonly string[] {
  const visit = (tree: DimTree): readonly string[] => {
    if (tree.kind === 'number') return []
    if (tree.kind === 'symbol') return [tree.name]
    return tree.kind === 'floor' ? visit(tree.dividend) : tree.parts.flatMap(visit)
  }
  return [...new Set(visit(treeOf(dim)))]
}

/** A dim with the given symbols replaced by numbers. */
export function bindDim(dim: Dim, sizes: Readonly<Record<string, number>>): Dim {
  if (typeof dim === 'number') return dim
  const visit = (tree: DimTree): Dim => {
    switch (tree.kind) {
      case 'number':
        return tree.value
      case 'symbol':
        return sizes[tree.name] ?? tree.name
      case 'floor':
        return floorDiv(visit(tree.dividend), tree.divisor)
      case 'sum':
        return addDims(...tree.parts.map(visit))
      case 'product':
        return productOf(tree.parts.map(visit))
      case 'max':
        return tree.parts.map(visit).reduce(maxDims)
    }
  }
  return visit(treeOf(dim))
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

/**
 * NumPy's rule: aligned at the right, equal or 1. Of a number and a symbol the result has the number, and of two symbols the
 * first: that they are equal shows when sizes are known.
 */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    if (left === right || right === 1) return left
    if (left === 1) return right
    if (mayEqual(left, right)) return typeof right === 'number' ? right : left
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
