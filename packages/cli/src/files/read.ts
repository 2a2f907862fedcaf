import { readFile } from 'node:fs/promises'
import { ofFile } from '../errors.ts'

/** What stands for stdin and stdout. */
export const STANDARD = '-'

/**
 * The bytes of a file, or of stdin, as often as they are asked for.
 *
 * @throws CommandError for a file that can not be read
 */
export async function read(path: string): Promise<Uint8Array> {
  if (path === STANDARD) {
    stdin ??= readStdin()
    return stdin
  }
  try {
    return await readFile(path)
  } catch (error) {
    throw ofFile('read', path, error)
  }
}

let stdin: Promise<Uint8Array> | undefined

async function readStdin(): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of process.stdin) parts.push(part as Uint8Array)
  return Buffer.concat(parts)
}
