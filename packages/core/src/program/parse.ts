import { FnError, messageOf } from '../errors.ts'
import { Builder } from './builder.ts'
import { formatShape, sameShape } from './dims.ts'
import { type Attributes, type OpName, opNames } from './ops/index.ts'
import type { Dim, DType, Program, TensorType, Value } from './types.ts'
import { verify } from './verify.ts'

/**
 * The program that `print` wrote. Long constants and composites that are written by a layer come back only from
 * `print(program, { whole: true })`; of the others the body follows from the name.
 *
 * @throws FnError with the line that is not understood, or whose op does not give what it says
 * @example
 * const program = parse(`
 *   (x: float32[batch, 3])
 *     %0: float32[batch, 3] = exp(x)
 *     → y: %0`)
 */
export function parse(text: string): Program {
  const reader = new Reader(text)
  const program = reader.program()
  reader.end()
  return verify(program)
}

const NAME = /[^\s,()"]+|"(?:[^"\\]|\\.)*"/y
/** A name before its colon; it may have colons in it. */
const DECLARED = /(?:[^\s,()"]+|"(?:[^"\\]|\\.)*")(?=:\s)/y
/** The same, and no value of an equation, which may follow where there are no outputs. */
const OUTPUT = new RegExp(`(?!%)${DECLARED.source}`, 'y')
/** A part of a size: `max(a, b)` has two. */
const SIZE = /[^\s,[\]][^,[\]]*/y
const NUMBER = /-?(?:\d[\w.+-]*|Infinity)|NaN/y
const DTYPES: readonly string[] = ['float32', 'int32', 'bool'] satisfies readonly DType[]

const nameOf = (token: string): string => (token.startsWith('"') ? JSON.parse(token) : token)

/** Reads a text from its beginning to its end. Spaces and line ends tell nothing, but for the end of a label. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  // ---- Programs ----------------------------------------------------------------------------------

  program(): Program {
    const b = new Builder()
    const values = new Map<string, Value>()
    const define = (token: string, value: Value): void => {
      if (values.has(token)) this.#fail(`expected every name once. Received: ${token} again`)
      values.set(token, value)
    }
    const read = (): Value => {
      const token = this.#need(NAME, 'a value')
      return values.get(token) ?? this.#fail(`expected a value that is written above. Received: ${token}`)
    }

    this.#need(/\(/y, '"(" and the inputs')
    for (const { token, type } of this.#list(/\)/y, () => this.#declaration()))
      define(token, b.input(type, nameOf(token)))
    while (!this.#take(/→/y)) this.#equation(b, define, read)
    const outputs: [string, Value][] = []
    while (this.#peek(OUTPUT)) {
      const name = nameOf(this.#need(OUTPUT, 'a name'))
      this.#need(/:/y, '":"')
      outputs.push([name, read()])
      if (!this.#take(/,/y)) break
    }
    return b.build(outputs)
  }

  #equation(b: Builder, define: (token: string, value: Value) => void, read: () => Value): void {
    const declared = this.#list(/=/y, () => this.#declaration())
    const line = this.#line
    const op = this.#need(/\w+/y, 'an op')
    if (!opNames.some((known) => known === op)) this.#fail(`expected an op. Received: ${op}`)
    const composite = op === 'call' ? nameOf(this.#need(NAME, 'the name of a composite')) : undefined
    this.#need(/\(/y, '"("')
    const inputs = this.#list(/\)/y, read)
    const attrs: Record<string, unknown> = {}
    for (let key = this.#take(/\w+(?==)/y); key !== undefined; key = this.#take(/\w+(?==)/y)) {
      this.#need(/=/y, '"="')
      attrs[key] = this.#attribute()
    }
    const label = this.#take(/#.*/y)?.slice(1).trim() ?? ''
    const path = label.startsWith('"') ? (JSON.parse(label) as string) : label
    const body = this.#peek(/\(/y) ? this.program() : undefined

    const write = (): readonly Value[] => {
      if (composite === undefined)
        return b.emit(op as OpName, inputs, (body ? { ...attrs, body } : attrs) as Attributes[OpName], path)
      const options = attrs as Attributes['call']['options']
      return body
        ? b.emit('call', inputs, { name: composite, options, body }, path)
        : b.under(path, () => [b.call(composite, inputs, options)])
    }
    let written: readonly Value[]
    try {
      written = write()
    } catch (error) {
      throw new FnError(`Line ${line}: ${messageOf(error)}`)
    }
    const format = (types: readonly TensorType[]): string =>
      types.map(({ dtype, shape }) => `${dtype}${formatShape(shape)}`).join(', ')
    const types = declared.map(({ type }) => type)
    const fits =
      types.length === written.length &&
      types.every(
        ({ dtype, shape }, at) => dtype === written[at]!.dtype && sameShape(shape, written[at]!.shape),
      )
    if (!fits) throw new FnError(`Line ${line}: ${op} gives ${format(written)}. Received: ${format(types)}.`)
    declared.forEach(({ token }, at) => {
      define(token, written[at]!)
    })
  }

  /** `x: float32[batch, 3]` */
  #declaration(): { readonly token: string; readonly type: TensorType } {
    const token = this.#need(DECLARED, 'a value with its type')
    this.#need(/:/y, '":"')
    const dtype = this.#need(/\w+/y, 'a dtype')
    if (!DTYPES.includes(dtype)) this.#fail(`expected a dtype: ${DTYPES.join(', ')}. Received: ${dtype}`)
    this.#need(/\[/y, '"["')
    const shape = this.#list(/\]/y, () => this.#dim())
    return { token, type: { shape, dtype: dtype as DType } }
  }

  /** `time - 2`: up to a comma or bracket that stands in no parentheses. */
  #dim(): Dim {
    let dim = this.#need(SIZE, 'a size')
    while (dim.split('(').length > dim.split(')').length) dim += this.#need(/,[^,[\]]+/y, '")"')
    dim = dim.trimEnd()
    return /^\d+$/.test(dim) ? Number(dim) : dim
  }

  #attribute(): unknown {
    if (this.#take(/\[/y)) return this.#list(/\]/y, () => this.#attribute())
    const quoted = this.#take(/"(?:[^"\\]|\\.)*"|true|false|null/y)
    if (quoted !== undefined) return JSON.parse(quoted)
    if (this.#peek(/…/y)) this.#fail('expected all elements, which print gives with { whole: true }')
    return Number(this.#need(NUMBER, 'a number, a text or a list'))
  }

  // ---- Tokens ------------------------------------------------------------------------------------

  end(): void {
    if (this.#peek(/\S/y)) this.#fail('expected the end')
  }

  /** Items with commas between them, up to what ends them. */
  #list<T>(end: RegExp, item: () => T): readonly T[] {
    const items: T[] = []
    if (this.#take(end)) return items
    do items.push(item())
    while (this.#take(/,/y))
    this.#need(end, `"," or "${end.source.replace('\\', '')}"`)
    return items
  }

  #peek(pattern: RegExp): string | undefined {
    const space = /\s*/y
    space.lastIndex = this.#at
    space.exec(this.#text)
    this.#at = space.lastIndex
    pattern.lastIndex = this.#at
    return pattern.exec(this.#text)?.[0]
  }

  #take(pattern: RegExp): string | undefined {
    const token = this.#peek(pattern)
    this.#at += token?.length ?? 0
    return token
  }

  #need(pattern: RegExp, what: string): string {
    return this.#take(pattern) ?? this.#fail(`expected ${what}`)
  }

  get #line(): number {
    return this.#text.slice(0, this.#at).split('\n').length
  }

  #fail(problem: string): never {
    const rest = JSON.stringify(this.#text.slice(this.#at).split('\n')[0])
    throw new FnError(
      `Line ${this.#line}: ${problem}${problem.includes('Received') ? '' : `. Received: ${rest}`}.`,
    )
  }
}
