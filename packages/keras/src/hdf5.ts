import { KerasFileError } from './errors.ts'
import { fromHalf } from './float16.ts'
import { expectSoundHeaps } from './global-heaps.ts'

// HDF5 by h5wasm: the HDF5 library of C with a file system in memory. While it reads, nothing but the file itself can be
// opened, and what it has to say of damage is taken instead of printed.

/** Numbers of a dataset, row-major. */
export interface Numbers {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | Int32Array
}

/** A part of a file to write: a group with its attributes, or a dataset. */
export interface Part {
  /** `layers/dense/vars/0` */
  readonly path: string
  readonly attributes?: Readonly<Record<string, string | readonly string[]>>
  readonly numbers?: Numbers
}

/** An open file. Paths are relative to its root. */
export interface Hdf5 {
  has(path: string): boolean
  /** The names in a group. @throws KerasFileError where there is none */
  keys(path: string): readonly string[]
  /** @throws KerasFileError where there is none, or it has another shape, which is looked at before anything is read */
  numbers(path: string, shape?: readonly number[]): Numbers
  /** Text, or a list of texts; undefined where there is none. */
  attribute(path: string, name: string): string | readonly string[] | undefined
}

type Library = typeof import('h5wasm')
type H5Module = Library['Module']

async function library(): Promise<Library> {
  const loaded = await import('h5wasm')
  await loaded.ready
  return loaded
}

let files = 0
/** A name for a file in memory that no other file has. */
const newName = (): string => `/fn-${files++}.h5`

/** Whatever the library asks the file system for; the types of emscripten know less of it. */
interface FileSystem {
  open(path: string, flags?: string, mode?: number): unknown
  getStream(number: number): { stream_ops: Readonly<Record<string, unknown>> }
  readFile(path: string): Uint8Array
  writeFile(path: string, bytes: Uint8Array): void
  unlink(path: string): void
}

const STDERR = 2

/** Does `work` while the library can open `path` alone, and prints nothing. @throws KerasFileError for other paths */
function confined<T>(fs: FileSystem, path: string, work: () => T): T {
  const { open } = fs
  const stderr = fs.getStream(STDERR)
  const { stream_ops: printing } = stderr
  let elsewhere: string | undefined
  fs.open = (asked, ...rest) => {
    if (asked !== path) elsewhere ??= asked
    return open(asked === path ? asked : `${path}.nowhere`, ...rest)
  }
  stderr.stream_ops = {
    ...printing,
    write: (_stream: unknown, _bytes: unknown, _at: unknown, count: number) => count,
  }
  const refused = (): KerasFileError =>
    new KerasFileError(
      `The HDF5 file refers to another file, ${JSON.stringify(elsewhere)}, which is refused.`,
    )
  try {
    const result = work()
    if (elsewhere !== undefined) throw refused()
    return result
  } catch (error) {
    if (elsewhere !== undefined) throw refused()
    if (error instanceof KerasFileError) throw error
    throw new KerasFileError(
      `The HDF5 file is damaged: ${error instanceof Error ? error.message : String(error)}.`,
    )
  } finally {
    fs.open = open
    stderr.stream_ops = printing
  }
}

/**
 * Opens a file for as long as `use` lasts.
 *
 * @throws KerasFileError for what is no HDF5 file, is damaged, or refers to other files
 */
export async function readHdf5<T>(bytes: Uint8Array, use: (file: Hdf5) => T): Promise<T> {
  expectSoundHeaps(bytes)
  const { Module, File } = await library()
  const fs = Module.FS as unknown as FileSystem
  const name = newName()
  fs.writeFile(name, bytes)
  try {
    return confined(fs, name, () => {
      // To be written to: deep groups get short names in the copy in memory.
      const file = new File(name, 'a')
      if (file.file_id < 0n)
        throw new KerasFileError('Expected an HDF5 file. Received something else, or a damaged one.')
      try {
        return use(new OpenFile(Module, file.file_id, bytes.length))
      } finally {
        file.close()
      }
    })
  } finally {
    fs.unlink(name)
  }
}

/** A group or dataset of a file. */
type Kind = 'group' | 'dataset'

/** How much larger than its file a packed dataset may be: deflate makes one byte of at most this many. */
const GREATEST_RATIO = 1032

/** After how many names a path goes on from a short name: the library takes time by the square of the length of a path. */
const LONGEST_PATH = 16

class OpenFile implements Hdf5 {
  readonly #module: H5Module
  readonly #file: bigint
  readonly #kinds = new Map<string, Kind | undefined>()
  /** How many bytes may still be read. */
  readonly #left: { plain: number; packed: number }

  constructor(module: H5Module, file: bigint, size: number) {
    this.#module = module
    this.#file = file
    this.#left = { plain: size, packed: size * GREATEST_RATIO }
  }

  /** Short names of groups that lie deep. */
  readonly #shortNames = new Map<string, string>()

  /** What the library calls a path. */
  #address(path: string): string {
    const names = path.split('/')
    const deep = Math.floor((names.length - 1) / LONGEST_PATH) * LONGEST_PATH
    if (deep === 0) return `/${path}`
    const group = names.slice(0, deep).join('/')
    return `${this.#shortName(group)}/${names.slice(deep).join('/')}`
  }

  #shortName(group: string): string {
    const known = this.#shortNames.get(group)
    if (known !== undefined) return known
    // The list of the names at the root is kept from before they came.
    const taken = this.keys('')
    if (this.#kind(group) !== 'group') throw new KerasFileError(`The HDF5 file has no group "${group}".`)
    let name = `fn_${this.#shortNames.size}`
    while (taken.includes(name)) name = `${name}_`
    const address = this.#address(group)
    const isMade = this.#module.create_hard_link(this.#file, address, `/${name}`) >= 0
    this.#shortNames.set(group, isMade ? `/${name}` : address)
    return this.#shortName(group)
  }

  has(path: string): boolean {
    return this.#kind(path) !== undefined
  }

  /** What stands at a path. @throws KerasFileError where a link leads there */
  #kind(path: string): Kind | undefined {
    if (path === '') return 'group'
    if (this.#kinds.has(path)) return this.#kinds.get(path)
    const kind = this.#look(path)
    this.#kinds.set(path, kind)
    return kind
  }

  #look(path: string): Kind | undefined {
    const cut = path.lastIndexOf('/')
    const parent = cut < 0 ? '' : path.slice(0, cut)
    if (this.#kind(parent) !== 'group' || !this.keys(parent).includes(path.slice(cut + 1))) return undefined
    const { H5G_GROUP, H5G_DATASET } = this.#module
    if (this.#module.get_symbolic_link(this.#file, this.#address(path)) !== null)
      throw new KerasFileError(`The HDF5 file has a soft link at "${path}", which is refused.`)
    if (this.#module.get_external_link(this.#file, this.#address(path)).filename !== undefined)
      throw new KerasFileError(`The HDF5 file has an external link at "${path}", which is refused.`)
    const type = this.#module.get_type(this.#file, this.#address(path))
    if (type === H5G_GROUP) return 'group'
    if (type === H5G_DATASET) return 'dataset'
    throw new KerasFileError(
      `Expected a group or a dataset at "${path}" of the HDF5 file. Received something else.`,
    )
  }

  readonly #names = new Map<string, readonly string[]>()

  keys(path: string): readonly string[] {
    const known = this.#names.get(path)
    if (known !== undefined) return known
    if (this.#kind(path) !== 'group') throw new KerasFileError(`The HDF5 file has no group "${path}".`)
    const names = this.#module.get_names(this.#file, this.#address(path), false)
    this.#names.set(path, names)
    return names
  }

  numbers(path: string, expected?: readonly number[]): Numbers {
    if (this.#kind(path) !== 'dataset') throw new KerasFileError(`The HDF5 file has no dataset "${path}".`)
    const metadata = this.#module.get_dataset_metadata(this.#file, this.#address(path))
    const { size, total_size: count, chunks, virtual_sources: sources } = metadata
    const shape = metadata.shape?.map(Number) ?? []
    if (metadata.shape === null) throw new KerasFileError(`The dataset "${path}" holds nothing.`)
    if (sources !== undefined && sources.length > 0)
      throw new KerasFileError(`The dataset "${path}" is virtual, which is refused.`)
    if (expected !== undefined && !sameSizes(shape, expected))
      throw new KerasFileError(
        `"${path}": expected shape [${expected.join(', ')}]. Received: [${shape.join(', ')}].`,
      )
    const total = size * Number(count)
    const kind = chunks === null ? 'plain' : 'packed'
    this.#left[kind] -= total
    if (!(total >= 0 && this.#left[kind] >= 0))
      throw new KerasFileError(
        `The dataset "${path}" says that it is larger than its file: [${shape.join(', ')}].`,
      )
    return { shape, data: numbersOf(path, this.#bytes(path, total), metadata, this.#module) }
  }

  #bytes(path: string, size: number): Uint8Array {
    const module = this.#module
    const pointer = module._malloc(size)
    if (pointer === 0 && size > 0) throw new KerasFileError(`There is no memory for the dataset "${path}".`)
    try {
      if (module.get_dataset_data(this.#file, this.#address(path), null, null, null, BigInt(pointer)) < 0)
        throw new KerasFileError(`The dataset "${path}" can not be read: the HDF5 file is damaged.`)
      return module.HEAPU8.slice(pointer, pointer + size)
    } finally {
      module._free(pointer)
    }
  }

  attribute(path: string, name: string): string | readonly string[] | undefined {
    const module = this.#module
    if (this.#kind(path) === undefined) throw new KerasFileError(`The HDF5 file has nothing at "${path}".`)
    if (!module.get_attribute_names(this.#file, this.#address(path)).includes(name)) return undefined
    const metadata = module.get_attribute_metadata(this.#file, this.#address(path), name)
    // NumPy makes an empty list one of numbers.
    if (Number(metadata.total_size) === 0 && metadata.shape !== null) return []
    if (metadata.type !== module.H5T_class_t.H5T_STRING.value)
      throw new KerasFileError(`Expected the attribute "${name}" of "${path}" to be text.`)
    const count = Number(metadata.total_size)
    this.#left.plain -= count * metadata.size
    if (!(this.#left.plain >= 0))
      throw new KerasFileError(`The attribute "${name}" says that it is larger than its file.`)
    const texts = this.#texts(this.#address(path), name, count, metadata.size, metadata.vlen)
    return metadata.shape === null || metadata.shape.length === 0 ? texts[0] : texts
  }

  #texts(path: string, name: string, count: number, size: number, variable: boolean): readonly string[] {
    const module = this.#module
    const pointer = module._malloc(Math.max(count * size, 1))
    const decoder = new TextDecoder()
    try {
      if (module.get_attribute_data(this.#file, path, name, BigInt(pointer)) < 0)
        throw new KerasFileError(
          `The attribute "${name}" of "${path}" can not be read: the HDF5 file is damaged.`,
        )
      const texts = Array.from({ length: count }, (_, at) => {
        const begin = pointer + at * size
        if (variable) return module.UTF8ToString(new DataView(module.HEAPU8.buffer).getUint32(begin, true))
        const bytes = module.HEAPU8.slice(begin, begin + size)
        const end = bytes.indexOf(0)
        return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end))
      })
      if (variable) module.reclaim_vlen_memory(this.#file, path, name, BigInt(pointer))
      return texts
    } finally {
      module._free(pointer)
    }
  }
}

const sameSizes = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis])

function numbersOf(
  path: string,
  bytes: Uint8Array,
  {
    type,
    size,
    signed,
    littleEndian,
  }: { type: number; size: number; signed: boolean; littleEndian: boolean },
  { H5T_class_t: classes }: H5Module,
): Numbers['data'] {
  const { buffer } = bytes
  if (littleEndian || size === 1) {
    if (type === classes.H5T_FLOAT.value) {
      if (size === 8) return new Float64Array(buffer)
      if (size === 4) return new Float32Array(buffer)
      if (size === 2) return Float32Array.from(new Uint16Array(buffer), fromHalf)
    }
    if (type === classes.H5T_INTEGER.value) {
      if (size === 8) return Int32Array.from(new BigInt64Array(buffer), (value) => Number(value))
      if (size === 4) return signed ? new Int32Array(buffer) : Int32Array.from(new Uint32Array(buffer))
      if (size === 2) return Int32Array.from(signed ? new Int16Array(buffer) : new Uint16Array(buffer))
      if (size === 1) return Int32Array.from(signed ? new Int8Array(buffer) : new Uint8Array(buffer))
    }
    // bfloat16, as Keras writes it: the upper half of a float32.
    if (type === classes.H5T_OPAQUE.value && size === 2)
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer)
  }
  throw new KerasFileError(
    `The dataset "${path}" is of a type that is not supported: expected float or int numbers.`,
  )
}

/** The bytes of an HDF5 file of these parts; the groups above them come by themselves. */
export async function writeHdf5(parts: readonly Part[]): Promise<Uint8Array> {
  const { Module, File, Group } = await library()
  const fs = Module.FS as unknown as FileSystem
  const name = newName()
  try {
    confined(fs, name, () => {
      const file = new File(name, 'w')
      try {
        const made = new Set<string>()
        // One object for all paths, which does not open what it has written: either takes time by the square of the length
        // of a path.
        const target = new (class extends Group {
          override get = () => null
        })(file.file_id, '/')
        const group = (path: string): void => {
          if (path === '' || made.has(path)) return
          group(parentOf(path))
          if (Module.create_group(file.file_id, `/${path}`) < 0)
            throw new KerasFileError(`The group "${path}" can not be written.`)
          made.add(path)
        }
        for (const { path, attributes = {}, numbers } of parts) {
          if (numbers === undefined) group(path)
          else {
            group(parentOf(path))
            const { shape, data } = numbers
            target.path = '/'
            target.create_dataset({ name: path, data, shape: [...shape], dtype: dtypeOf(data) })
          }
          target.path = `/${path}`
          for (const [key, text] of Object.entries(attributes))
            target.create_attribute(key, typeof text === 'string' ? text : [...text])
        }
      } finally {
        file.close()
      }
    })
    return fs.readFile(name)
  } finally {
    fs.unlink(name)
  }
}

const parentOf = (path: string): string => path.slice(0, Math.max(path.lastIndexOf('/'), 0))

const dtypeOf = (data: Numbers['data']): string =>
  data instanceof Int32Array ? '<i' : data instanceof Float64Array ? '<d' : '<f'
