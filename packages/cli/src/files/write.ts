import { rmSync } from 'node:fs'
import { mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ofFile } from '../errors.ts'
import { STANDARD } from './read.ts'

export interface OutputFile {
  readonly path: string
  readonly bytes: Uint8Array | string
}

/** What was made, and would have to go if the rest can not be made. */
class Unfinished {
  readonly #files: string[] = []
  readonly #folders: string[] = []
  readonly #interrupted = (): never => {
    for (const path of [...this.#files, ...this.#folders]) rmSync(path, { recursive: true, force: true })
    // 128 + SIGINT, as shells say it.
    process.exit(130)
  }

  constructor() {
    process.once('SIGINT', this.#interrupted)
  }

  async folder(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true })
    if (first !== undefined) this.#folders.push(first)
  }

  async file(path: string, bytes: Uint8Array | string): Promise<void> {
    this.#files.push(path)
    await writeFile(path, bytes, { flag: 'wx' })
  }

  async discard(): Promise<void> {
    for (const path of [...this.#files, ...this.#folders]) await rm(path, { recursive: true, force: true })
  }

  end(): void {
    process.off('SIGINT', this.#interrupted)
  }
}

/**
 * Writes files, all or none: whoever reads a path, and whatever goes wrong, finds what was there before, or the new file
 * whole. Folders are made where there are none. `-` is stdout.
 *
 * @throws CommandError for a path that can not be written
 */
export async function write(files: readonly OutputFile[]): Promise<void> {
  const unfinished = new Unfinished()
  const renames: { readonly beside: string; readonly path: string }[] = []
  let current = ''
  try {
    for (const [at, { path, bytes }] of files.entries()) {
      current = path
      if (path === STANDARD) {
        await toStdout(bytes)
        continue
      }
      await unfinished.folder(dirname(path))
      const target = await realpath(path).catch(() => path)
      const found = await stat(target).catch(() => undefined)
      if (found !== undefined && !found.isFile()) {
        // A device or a pipe: there is nothing to keep whole. A folder says so itself.
        await writeFile(target, bytes)
        continue
      }
      const beside = join(dirname(target), `.${basename(target)}.${process.pid}-${at}`)
      await unfinished.file(beside, bytes)
      renames.push({ beside, path: target })
    }
    for (const { beside, path } of renames) {
      current = path
      await rename(beside, path)
    }
  } catch (error) {
    await unfinished.discard()
    throw ofFile('write', current, error)
  } finally {
    unfinished.end()
  }
}

const toStdout = (bytes: Uint8Array | string): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
