// As much of WebAssembly as loops of arithmetic on four float32 at a time need:
// https://webassembly.github.io/spec/core/binary

/** LEB128. */
const unsigned = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  return [...bytes, rest]
}

const signed = (value: number): number[] => {
  const bytes: number[] = []
  let rest = value
  while (rest < -0x40 || rest > 0x3f) {
    bytes.push((rest & 0x7f) | 0x80)
    rest >>= 7
  }
  return [...bytes, rest & 0x7f]
}

const vector = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
]
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes]
const text = (name: string): number[] => sized(Array.from(name, (letter) => letter.charCodeAt(0)))

/** The parts of a module, by their numbers. */
const parts = { types: 1, imports: 2, functions: 3, exports: 7, code: 10 } as const

const section = (part: keyof typeof parts, items: readonly (readonly number[])[]): number[] => [
  parts[part],
  ...sized(vector(items)),
]

const type = { i32: 0x7f, v128: 0x7b, function: 0x60, none: 0x40 } as const

const code = {
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branchIf: 0x0d,
  get: 0x20,
  set: 0x21,
  load: 0x28,
  integer: 0x41,
  isBelow: 0x49,
  add: 0x6a,
  mul: 0x6c,
  and: 0x71,
  shiftSign: 0x75,
  shiftRight: 0x76,
  simd: 0xfd,
} as const

/** Instructions on vectors, by their numbers behind the prefix. */
const simd = {
  load: 0,
  loadSplat8: 7,
  loadSplat32: 9,
  store: 11,
  constant: 12,
  isOtherInteger: 56,
  equal: 65,
  isOther: 66,
  less: 67,
  greater: 68,
  lessEqual: 69,
  not: 77,
  and: 78,
  andNot: 79,
  or: 80,
  select: 82,
  storeLane8: 88,
  storeLane32: 90,
  load32: 92,
  narrowTo8: 101,
  ceil: 103,
  floor: 104,
  nearest: 106,
  narrowTo16: 133,
  widenTo16: 137,
  widenTo32: 169,
  shiftLeft: 171,
  shiftRight: 172,
  addIntegers: 174,
  subIntegers: 177,
  abs: 224,
  neg: 225,
  sqrt: 227,
  add: 228,
  sub: 229,
  mul: 230,
  div: 231,
  min: 232,
  max: 233,
  toIntegers: 248,
} as const

/** That addresses are multiples of four, as a power of two. */
const ALIGNED = 2

/** A variable: of four numbers, or an address or a counter. */
export interface Local {
  readonly index: number
}

/** A variable, or one number four times. */
export type Operand = Local | number

/** Where elements lie: at a pointer, `place` bytes on, `offset` bytes on. */
export interface Access {
  readonly place?: Local
  readonly offset?: number
  /** One element: read, it stands for four. */
  readonly single: boolean
}

/** The variables of a function that are no vectors, besides its parameters. */
const COUNTERS = 4

/** Writes one function, whose parameters are addresses. What is computed is never written over. */
export class FunctionWriter {
  readonly #parameters: number
  readonly #head: number[] = []
  readonly #constants = new Map<number, Local>()
  readonly #code: number[] = []
  #vectors = 0
  /** A counter of rows. */
  readonly row: Local
  /** A counter of the bytes of a row. */
  readonly place: Local
  readonly #index: Local
  readonly #named: Local

  constructor(parameters: number) {
    this.#parameters = parameters
    this.row = { index: parameters }
    this.place = { index: parameters + 1 }
    this.#index = { index: parameters + 2 }
    this.#named = { index: parameters + 3 }
  }

  parameter = (at: number): Local => ({ index: at })

  #vector = (): Local => ({ index: this.#parameters + COUNTERS + this.#vectors++ })

  // ---- Computing ---------------------------------------------------------------------------------

  add = (x: Operand, y: Operand): Local => this.compute('add', x, y)
  sub = (x: Operand, y: Operand): Local => this.compute('sub', x, y)
  mul = (x: Operand, y: Operand): Local => this.compute('mul', x, y)
  div = (x: Operand, y: Operand): Local => this.compute('div', x, y)

  /** One instruction on vectors. */
  compute(op: keyof typeof simd, ...operands: readonly Operand[]): Local {
    for (const local of operands.map((operand) => this.local(operand))) this.#get(local)
    this.#code.push(code.simd, ...unsigned(simd[op]))
    return this.#set(this.#vector())
  }

  /** Integers with their bits moved by a number of places. */
  shift(op: 'shiftLeft' | 'shiftRight', x: Local, places: number): Local {
    this.#get(x)
    this.#code.push(code.integer, ...signed(places), code.simd, ...unsigned(simd[op]))
    return this.#set(this.#vector())
  }

  local = (operand: Operand): Local =>
    typeof operand === 'number' ? this.integer(new Uint32Array(Float32Array.of(operand).buffer)[0]!) : operand

  /** One integer four times. */
  integer(value: number): Local {
    const known = this.#constants.get(value)
    if (known !== undefined) return known
    const local = this.#vector()
    const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)
    this.#head.push(code.simd, ...unsigned(simd.constant), ...bytes, ...bytes, ...bytes, ...bytes)
    this.#head.push(code.set, ...unsigned(local.index))
    this.#constants.set(value, local)
    return local
  }

  // ---- Memory and loops --------------------------------------------------------------------------

  load(pointer: Local, { place, offset = 0, single }: Access): Local {
    this.#address(pointer, place)
    return this.#access(single ? 'loadSplat32' : 'load', ALIGNED, offset)
  }

  store(pointer: Local, value: Local, { place, offset = 0, single }: Access): void {
    this.#address(pointer, place)
    this.#get(value)
    this.#write(single ? 'storeLane32' : 'store', ALIGNED, offset)
  }

  /** Truth values, one byte each: all bits of a number, or none. Places are those of the numbers. */
  loadMask(pointer: Local, { place, single }: Omit<Access, 'offset'>): Local {
    this.#address(pointer, place, 2)
    const bytes = this.#access(single ? 'loadSplat8' : 'load32', 0, 0)
    const wide = this.compute('widenTo32', this.compute('widenTo16', bytes))
    return this.compute('isOtherInteger', wide, this.integer(0))
  }

  storeMask(pointer: Local, mask: Local, { place, single }: Omit<Access, 'offset'>): void {
    const half = this.compute('narrowTo16', mask, mask)
    const bytes = this.compute('and', this.compute('narrowTo8', half, half), this.integer(0x01010101))
    this.#address(pointer, place, 2)
    this.#get(bytes)
    this.#write(single ? 'storeLane8' : 'storeLane32', 0, 0)
  }

  #access(op: 'load' | 'load32' | 'loadSplat8' | 'loadSplat32', alignment: number, offset: number): Local {
    this.#code.push(code.simd, ...unsigned(simd[op]), alignment, ...unsigned(offset))
    return this.#set(this.#vector())
  }

  #write(op: 'store' | 'storeLane8' | 'storeLane32', alignment: number, offset: number): void {
    this.#code.push(code.simd, ...unsigned(simd[op]), alignment, ...unsigned(offset))
    if (op !== 'store') this.#code.push(0)
  }

  /** Moves a pointer or a counter on. */
  advance(local: Local, by: number): void {
    this.#get(local)
    this.#code.push(code.integer, ...signed(by), code.add)
    this.#set(local)
  }

  /** Repeats what is written: once, and as long as the counter, which grows by `step`, is below `end`. */
  loop(counter: Local, start: number, end: number, step: number, write: () => void): void {
    this.#code.push(code.integer, ...signed(start))
    this.#set(counter)
    this.#code.push(code.loop, type.none)
    write()
    this.advance(counter, step)
    this.#get(counter)
    this.#code.push(code.integer, ...signed(end), code.isBelow, code.branchIf, 0, code.end)
  }

  /**
   * What is written gets a pointer to the row of a table that the integer at a pointer names. A negative one counts from
   * the end; of one that is outside nothing is done.
   */
  rowAt(
    pointer: Local,
    table: Local,
    { rows, bytes }: { readonly rows: number; readonly bytes: number },
    write: (row: Local) => void,
  ): void {
    this.#get(pointer)
    this.#code.push(code.load, ALIGNED, 0)
    this.#set(this.#index)
    // Of a negative number the bit of the sign, everywhere, lets the number of rows through.
    this.#get(this.#index)
    this.#get(this.#index)
    this.#code.push(code.integer, 31, code.shiftSign, code.integer, ...signed(rows), code.and, code.add)
    this.#set(this.#index)
    this.#get(this.#index)
    this.#code.push(code.integer, ...signed(rows), code.isBelow, code.if, type.none)
    this.#get(table)
    this.#get(this.#index)
    this.#code.push(code.integer, ...signed(bytes), code.mul, code.add)
    this.#set(this.#named)
    write(this.#named)
    this.#code.push(code.end)
  }

  /** A pointer, and a place after it, or a part of that: without its last bits. */
  #address(pointer: Local, place: Local | undefined, bits = 0): void {
    this.#get(pointer)
    if (place === undefined) return
    this.#get(place)
    if (bits > 0) this.#code.push(code.integer, bits, code.shiftRight)
    this.#code.push(code.add)
  }

  #get({ index }: Local): void {
    this.#code.push(code.get, ...unsigned(index))
  }

  #set(local: Local): Local {
    this.#code.push(code.set, ...unsigned(local.index))
    return local
  }

  // ---- What is written ---------------------------------------------------------------------------

  get signature(): readonly number[] {
    const parameters = Array.from({ length: this.#parameters }, () => [type.i32])
    return [type.function, ...vector(parameters), 0]
  }

  get body(): readonly number[] {
    const locals = [
      [COUNTERS, type.i32],
      [...unsigned(this.#vectors), type.v128],
    ]
    return sized([...vector(locals), ...this.#head, ...this.#code, code.end])
  }
}

/** A module of functions `0`, `1`, … over a memory `m` that it is given. */
export function moduleOf(functions: readonly FunctionWriter[], isShared: boolean): Uint8Array<ArrayBuffer> {
  const limits = isShared ? [3, 0, ...unsigned(65536)] : [0, 0]
  const [memory, exported] = [2, 0]
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      'types',
      functions.map(({ signature }) => signature),
    ),
    ...section('imports', [[...text(''), ...text('m'), memory, ...limits]]),
    ...section(
      'functions',
      functions.map((_, at) => unsigned(at)),
    ),
    ...section(
      'exports',
      functions.map((_, at) => [...text(`${at}`), exported, ...unsigned(at)]),
    ),
    ...section(
      'code',
      functions.map(({ body }) => body),
    ),
  ])
}
