import { parseArgs } from 'node:util'
import { type BackendName, backends } from './backends.ts'
import type { Program } from './program.ts'

/** What somebody asked for that there is not. */
export class UsageError extends Error {}

export interface Request {
  readonly programs: readonly Program[]
  readonly backend: BackendName
  readonly quick: boolean
}

/**
 * Reads `NAME… [--backend wasm|cpu|onnxruntime|reference] [--quick]`; `all` names every program.
 *
 * @throws UsageError one sentence that says what there is
 */
export function requestOf(args: readonly string[], all: readonly Program[]): Request {
  const { positionals, tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: { backend: { type: 'string' }, quick: { type: 'boolean' } },
  })
  let backend: BackendName = 'wasm'
  let quick = false
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (token.name === 'quick' && token.value === undefined) quick = true
    else if (token.name === 'backend') backend = expectBackend(token.value)
    else {
      throw new UsageError(
        `Expected an option, --backend NAME or --quick. Received: ${token.rawName}${token.value === undefined ? '' : `=${token.value}`}.`,
      )
    }
  }
  return { programs: expectPrograms(positionals, all), backend, quick }
}

function expectBackend(name: string | undefined): BackendName {
  if (name !== undefined && Object.hasOwn(backends, name)) return name as BackendName
  throw new UsageError(
    `Expected a backend, one of ${Object.keys(backends).join(', ')}. Received: ${name ?? 'none'}.`,
  )
}

function expectPrograms(names: readonly string[], all: readonly Program[]): readonly Program[] {
  const there = `all, or any of ${all.map(({ name }) => name).join(', ')}`
  if (names.length === 0) throw new UsageError(`Expected the names of programs: ${there}. Received: none.`)
  return names.flatMap((name) => {
    if (name === 'all') return all
    const program = all.find((candidate) => candidate.name === name)
    if (program !== undefined) return [program]
    throw new UsageError(`Expected the names of programs: ${there}. Received: ${name}.`)
  })
}
