import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly bytes: Buffer
  readonly stderr: string
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const program = join(import.meta.dirname, '../src/fn.ts')

export interface RunOptions {
  readonly cwd: string
  readonly stdin?: Uint8Array | string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs `fn` as a process of its own, from its source. */
export function runFn(args: readonly string[], { cwd, stdin = '', env = {} }: RunOptions): Promise<Outcome> {
  const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_OPTIONS: _options, ...rest } = process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', tsx, '--conditions=@fn/source', program, ...args], {
      cwd,
      env: { ...rest, ...env },
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (part) => out.push(part))
    child.stderr.on('data', (part) => err.push(part))
    child.on('error', reject)
    child.on('close', (code) => {
      const bytes = Buffer.concat(out)
      resolve({ code, bytes, stdout: bytes.toString(), stderr: Buffer.concat(err).toString() })
    })
    // A child that does not read its stdin closes it.
    child.stdin.on('error', () => {})
    child.stdin.end(stdin)
  })
}
