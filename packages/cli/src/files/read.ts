import { readFile } from 'node:fs/promises'
import { ofFile } from '../errors.ts'

/** What stands for stdin and stdout. */
export const STANDARD = '-'

/**
 * The bytes of a file, or of stdin.
 *
 * @throws CommandError for a file that can not be read
 */
export async function read(path: string): Promise<Uint8Array> {
  if (path === STANDARD) {
    const parts: Uint8Array[] = []
    for await (const part of process.stdin) parts.push(part as Uint8Array)
    return Buffer.concat(parts)
  }
  try {
    return await readFile(path)
  } catch (error) {
    throw ofFile('read', path, error)
  }
}
