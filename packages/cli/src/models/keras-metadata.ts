import { unzipSync } from 'fflate'

const METADATA = 'metadata.json'
const LARGEST = 2 ** 16

/** What a `.keras` file says of itself: texts by name, such as the version of Keras. None for other files. */
export function kerasMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  try {
    const found = unzipSync(bytes, {
      filter: ({ name, originalSize }) => name === METADATA && originalSize < LARGEST,
    })[METADATA]
    const entries = Object.entries(JSON.parse(new TextDecoder().decode(found)) as object)
    return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'))
  } catch {
    // It is for people to read: a file without it is as good.
    return {}
  }
}
