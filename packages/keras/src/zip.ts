import { inflateSync, zipSync } from 'fflate'
import { crc32 } from './crc32.ts'
import { KerasFileError } from './errors.ts'

// The directory of a zip stands at its end. It is read here rather than by fflate, which believes what it says: sizes,
// names and checksums are held to the bytes before anything is unpacked.

const END = 0x06054b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const END_SIZE = 22
/** The longest comment that can stand after the directory. */
const LONGEST_COMMENT = 0xffff
/** Where 32 bits do not suffice. */
const BEYOND = 0xffffffff
/** Deflate makes one byte of at most this many. */
const GREATEST_RATIO = 1032

interface Entry {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly unpacked: number
  readonly checksum: number
  /** Where its own header begins. */
  readonly at: number
}

/** The members of a zip by name, unpacked when they are asked for. */
export interface Archive {
  readonly names: readonly string[]
  /** @throws KerasFileError for a member that there is not, that is damaged, or that is larger than `limit` */
  read(name: string, limit: number): Uint8Array
}

/**
 * Opens a zip.
 *
 * @throws KerasFileError for what is no zip, or a damaged one, and for names that lead out of it
 */
export function readZip(bytes: Uint8Array): Archive {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const entries = new Map<string, Entry>()
  for (const entry of directory(bytes, view)) {
    if (!isPlain(entry.name))
      throw new KerasFileError(
        `The zip has a member of the name ${JSON.stringify(entry.name)}, which leads out of it.`,
      )
    if (entries.has(entry.name)) throw new KerasFileError(`The zip has two members "${entry.name}".`)
    entries.set(entry.name, entry)
  }
  return {
    names: [...entries.keys()],
    read(name, limit) {
      const entry = entries.get(name)
      if (entry !== undefined) return unpack(bytes, view, entry, limit)
      throw new KerasFileError(`The zip has no member "${name}". It has: ${[...entries.keys()].join(', ')}.`)
    },
  }
}

/** Neither absolute nor upward, and no two spellings of one path. */
const isPlain = (name: string): boolean =>
  /^[^\\:\0]+$/.test(name) &&
  !name.startsWith('/') &&
  !name.split('/').some((part) => part === '..' || part === '.')

const damaged = (what: string): KerasFileError => new KerasFileError(`The zip is damaged: ${what}.`)

function directory(bytes: Uint8Array, view: DataView): readonly Entry[] {
  let end = bytes.length - END_SIZE
  const first = Math.max(0, end - LONGEST_COMMENT)
  while (end >= first && view.getUint32(end, true) !== END) end--
  if (end < first) throw damaged('it has no directory at its end')
  const count = view.getUint16(end + 10, true)
  const size = view.getUint32(end + 12, true)
  let at = view.getUint32(end + 16, true)
  if (at === BEYOND || count === 0xffff)
    throw new KerasFileError('The zip is larger than 4 GiB, which is not supported.')
  if (at + size > end) throw damaged('its directory lies outside of it')
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return Array.from({ length: count }, () => {
    if (at + 46 > end || view.getUint32(at, true) !== ENTRY) throw damaged('its directory breaks off')
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    ) as [number, number, number]
    const next = at + 46 + nameSize + extraSize + commentSize
    if (next > end) throw damaged('its directory breaks off')
    const name = decodeName(decoder, bytes.subarray(at + 46, at + 46 + nameSize))
    if (view.getUint16(at + 8, true) & 1)
      throw new KerasFileError(`The member "${name}" of the zip is encrypted.`)
    const entry: Entry = {
      name,
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      unpacked: view.getUint32(at + 24, true),
      at: view.getUint32(at + 42, true),
    }
    at = next
    return entry
  })
}

function decodeName(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw damaged('the name of a member is no UTF-8')
  }
}

function unpack(bytes: Uint8Array, view: DataView, entry: Entry, limit: number): Uint8Array {
  const { name, method, packed, unpacked, checksum, at } = entry
  if (unpacked > limit)
    throw new KerasFileError(
      `The member "${name}" of the zip has ${unpacked} bytes. Expected at most ${limit}.`,
    )
  if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL)
    throw damaged(`"${name}" is not where it should be`)
  const begin = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true)
  if (begin + packed > bytes.length) throw damaged(`"${name}" breaks off`)
  const data = bytes.subarray(begin, begin + packed)
  const content = method === 0 ? data : inflated(name, method, data, unpacked)
  if (content.length !== unpacked || crc32(content) !== checksum)
    throw damaged(`"${name}" is not what was written`)
  return content
}

function inflated(name: string, method: number, data: Uint8Array, size: number): Uint8Array {
  if (method !== 8)
    throw new KerasFileError(
      `The member "${name}" of the zip is packed by method ${method}. Expected 0 or 8.`,
    )
  if (size > GREATEST_RATIO * data.length) throw damaged(`"${name}" can not be as large as it says`)
  try {
    // What does not fit into `out` is not written.
    return inflateSync(data, { out: new Uint8Array(size) })
  } catch {
    throw damaged(`"${name}" can not be unpacked`)
  }
}

/** A zip of these members, as they are. @throws KerasFileError beyond 4 GiB */
export function writeZip(members: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const total = Object.values(members).reduce((sum, { length }) => sum + length, 0)
  if (total > 0xfffff000) throw new KerasFileError('The model is larger than 4 GiB, which is not supported.')
  // Date and time of members are those of MS-DOS, without a zone: a fixed one tells nobody where it was written.
  return zipSync(members, { level: 0, mtime: new Date(1980, 0, 1) })
}
