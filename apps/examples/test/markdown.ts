import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '../../..')
const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')

/** A line that a block is to print. `…` stands for anything. */
interface Stated {
  readonly line: number
  readonly text: string
}

/** A block of TypeScript. */
interface Block {
  /** The line of its opening fence, from 1. */
  readonly line: number
  readonly stated: readonly Stated[]
}

/** What came of the blocks. */
export interface Run {
  /** `docs/guide.md:12: …`, where a block threw, or did not print what is stated. */
  readonly faults: readonly string[]
  /** What each block printed, in their order. */
  readonly printed: readonly string[]
}

/**
 * The TypeScript blocks of a Markdown file, in their order, as one module in which every line keeps its number.
 *
 * What a block prints may be stated after `// →` (which lines that begin with `//   ` go on), and in the ```text block
 * that comes next; then it prints exactly this.
 */
export class MarkdownProgram {
  readonly #label: string
  readonly #folder: string
  readonly #blocks: readonly Block[]

  /** @param folder where the module is written, and where it runs */
  constructor(file: string, folder: string) {
    this.#label = relative(root, file)
    this.#folder = folder
    const { module, blocks } = read(readFileSync(file, 'utf8'))
    this.#blocks = blocks
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'program.ts'), module)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig(folder)))
  }

  /** What the compiler has to say: `docs/guide.md:12: error TS2304: …`. */
  async typeErrors(): Promise<readonly string[]> {
    const { output, code } = await runNode([tsc, '--pretty', 'false', '-p', '.'], this.#folder)
    const own = output.split('\n').flatMap((line) => {
      const [, at, message] = /^program\.ts\((\d+),\d+\): (.*)/.exec(line) ?? []
      return at === undefined ? [] : [`${this.#label}:${at}: ${message}`]
    })
    // What is wrong in a package is not the fault of the page; that nothing could be checked is.
    return own.length === 0 && code !== 0 && !/^\S+\(\d+,\d+\): /m.test(output) ? [output] : own
  }

  /** Runs the blocks in a process of their own. */
  async run(): Promise<Run> {
    const command = ['--import', 'tsx', '--conditions=@fn/source', 'program.ts']
    const { output, errors, code } = await runNode(command, this.#folder)
    const [, ...parts] = output.split(/^▸ block \d+\n/m)
    const printed = parts.map((part) => part.trimEnd())
    const faults = printed.flatMap((text, at) =>
      // The block that threw had no chance to print the rest.
      code !== 0 && at === printed.length - 1 ? [] : this.#compare(this.#blocks[at]!, text),
    )
    if (code !== 0) {
      const line = /program\.ts:(\d+)/.exec(errors)?.[1] ?? this.#blocks[printed.length - 1]?.line ?? 1
      // Node puts the source line before the message, and that may be a whole minified library.
      const [message] = /^\w*Error\b.*/ms.exec(errors) ?? [errors]
      faults.push(`${this.#label}:${line}: ${message.trim()}`)
    }
    return { faults, printed }
  }

  #compare({ line, stated }: Block, printed: string): readonly string[] {
    if (stated.length === 0) return []
    const lines = printed.split('\n').map((text) => text.trimEnd())
    const wrong = stated.findIndex(({ text }, at) => !isAs(text, lines[at] ?? ''))
    if (wrong >= 0) {
      const { line: here, text } = stated[wrong]!
      return [`${this.#label}:${here}: expected "${text}". Received: "${lines[wrong] ?? ''}".`]
    }
    if (lines.length === stated.length) return []
    return [`${this.#label}:${line}: printed more than is stated: "${lines[stated.length]}".`]
  }
}

/** The module, and what its blocks state. */
function read(markdown: string): { readonly module: string; readonly blocks: readonly Block[] } {
  const blocks: { line: number; stated: { line: number; text: string }[] }[] = []
  let fence: string | undefined
  let continues = false
  const module = markdown.split('\n').map((text, at) => {
    const line = at + 1
    const [, opening] = /^```(\w*)/.exec(text) ?? []
    if (opening !== undefined) {
      fence = fence === undefined ? opening : undefined
      if (fence !== 'ts') return ''
      blocks.push({ line, stated: [] })
      return `console.log('▸ block ${line}')`
    }
    const stated = blocks.at(-1)?.stated
    if (fence === 'text') stated?.push({ line, text: text.trimEnd() })
    if (fence !== 'ts') return ''
    const [, result] = /\/\/ → (.*)/.exec(text) ?? []
    const [, more] = (continues && /^\s*\/\/ {3}(.*)/.exec(text)) || []
    if (result !== undefined) stated!.push({ line, text: result })
    else if (more !== undefined) stated!.at(-1)!.text += ` ${more}`
    continues = result !== undefined || more !== undefined
    return text
  })
  return { module: module.join('\n'), blocks }
}

/** Whether a line is as stated. */
function isAs(stated: string, printed: string): boolean {
  const parts = stated.split('…').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(printed)
}

const tsconfig = (folder: string) => ({
  extends: relative(folder, join(root, 'tooling/vitest/tsconfig.pages.json')),
  files: ['program.ts'],
})

interface Ended {
  readonly code: number
  readonly output: string
  readonly errors: string
}

function runNode(args: readonly string[], cwd: string): Promise<Ended> {
  const env = { ...process.env, FORCE_COLOR: '0', NODE_OPTIONS: '' }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : 1, output, errors: errors || (error?.message ?? '') })
    })
  })
}
