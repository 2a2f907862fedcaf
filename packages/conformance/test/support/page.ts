import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../../..')
const tsc = join(createRequire(import.meta.url).resolve('typescript/package.json'), '../bin/tsc')

/** A block of TypeScript on a page; its first line is its name in a comment. */
export interface PageFile {
  readonly name: string
  readonly code: string
  /** What the next block says that it prints, where that is text. */
  readonly prints: string | undefined
}

/** The files that a Markdown page is made of, written into a folder where they compile and run. */
export class Page {
  readonly text: string
  readonly files: ReadonlyMap<string, PageFile>
  /** The first lines of TypeScript blocks that are no names. */
  readonly nameless: readonly string[]
  readonly #folder: string

  constructor(page: string, folder: string) {
    this.text = readFileSync(join(root, page), 'utf8')
    this.#folder = folder
    const blocks = [...this.text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, kind, code]) => ({
      kind,
      code: code!,
    }))
    const files = blocks.flatMap(({ kind, code }, at): PageFile[] => {
      const [, name] = /^\/\/ (\S+\.ts)\n/.exec(code) ?? []
      if (kind !== 'ts' || name === undefined) return []
      const next = blocks[at + 1]
      return [{ name, code, prints: next?.kind === 'text' ? next.code : undefined }]
    })
    this.files = new Map(files.map((file) => [file.name, file]))
    this.nameless = blocks.flatMap(({ kind, code }) =>
      kind === 'ts' && !files.some((file) => file.code === code) ? [code.split('\n')[0]!] : [],
    )
    mkdirSync(folder, { recursive: true })
    for (const { name, code } of files) writeFileSync(join(folder, name), code)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(this.#tsconfig()))
  }

  /** Runs a file here, and gives what it exports. */
  import(name: string): Promise<Record<string, unknown>> {
    return import(/* @vite-ignore */ join(this.#folder, name))
  }

  /** What the compiler has to say of the files. */
  async typeErrors(): Promise<string> {
    const { stdout } = await this.#node([tsc, '--pretty', 'false', '-p', '.'])
    return stdout
  }

  /** Runs a file in a process of its own. */
  run(name: string): Promise<{ readonly code: number; readonly stdout: string }> {
    return this.#node(['--import', 'tsx', '--conditions=@fn/source', name])
  }

  async #node(args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
    // A runner must not take the process for one of its own.
    const { NODE_OPTIONS: _, ...env } = process.env
    const options = { cwd: this.#folder, env, maxBuffer: 2 ** 26 }
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, args, options)) }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { code, stdout: stdout + stderr }
    }
  }

  #tsconfig() {
    const shared = join(root, 'tooling/vitest/tsconfig.pages.json')
    return { extends: relative(this.#folder, shared), files: [...this.files.keys()] }
  }
}
