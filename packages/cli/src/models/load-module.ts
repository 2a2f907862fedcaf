import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CommandError, ofFile } from '../errors.ts'

type Exports = Readonly<Record<string, unknown>>

const TYPESCRIPT = /\.[mc]?tsx?$/

/**
 * What a module exports. JavaScript is imported as it is. TypeScript goes through tsx where that is installed, beside the
 * module or beside this package; else through Node itself, if it strips types.
 *
 * @throws CommandError for a module that can not be found or that fails, and for TypeScript that nothing here reads
 */
export async function loadModule(path: string): Promise<Exports> {
  const file = absolute(path)
  if (TYPESCRIPT.test(file)) await readTypeScript(file, path)
  try {
    return (await import(pathToFileURL(file).href)) as Exports
  } catch (error) {
    throw new CommandError(`${path} failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function absolute(path: string): string {
  try {
    return realpathSync(resolve(path))
  } catch (error) {
    throw ofFile('read', path, error)
  }
}

/** The one function of tsx that is used: from then on `import` takes TypeScript. */
interface Tsx {
  register(): unknown
}

let registered = false

async function readTypeScript(file: string, path: string): Promise<void> {
  if (registered || process.execArgv.some((option) => /\btsx\b/.test(option))) return
  for (const from of [file, import.meta.url]) {
    let api: string
    try {
      api = createRequire(from).resolve('tsx/esm/api')
    } catch {
      continue
    }
    const { register } = (await import(pathToFileURL(api).href)) as Tsx
    register()
    registered = true
    return
  }
  if (!('typescript' in process.features && process.features.typescript))
    throw new CommandError(
      `${path} is TypeScript, which Node ${process.versions.node} does not read by itself: npm install --save-dev tsx.`,
    )
}
