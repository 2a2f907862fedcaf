import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { messageOf } from '@fn/core'
import { CommandError, ofFile } from '../errors.ts'

type Exports = Readonly<Record<string, unknown>>

const TYPESCRIPT = /\.[mc]?tsx?$/

/**
 * What a module exports. JavaScript is imported as it is. TypeScript goes through tsx where that is installed; else
 * through Node itself, if it strips types.
 *
 * @throws CommandError for a module that can not be found or that fails, and for TypeScript that nothing here reads
 */
export async function loadModule(path: string): Promise<Exports> {
  const file = absolute(path)
  if (TYPESCRIPT.test(file)) await readTypeScript(path)
  try {
    return (await import(pathToFileURL(file).href)) as Exports
  } catch (error) {
    throw new CommandError(`${path} failed: ${messageOf(error)}`, {
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

let registered = false

async function readTypeScript(path: string): Promise<void> {
  if (registered) return
  const tsx = await import('tsx/esm/api').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  })
  if (tsx !== undefined) {
    // From then on `import` takes TypeScript.
    tsx.register()
    registered = true
  } else if (!('typescript' in process.features && process.features.typescript)) {
    throw new CommandError(
      `${path} is TypeScript, which Node ${process.versions.node} does not read by itself: npm install --save-dev tsx.`,
    )
  }
}
