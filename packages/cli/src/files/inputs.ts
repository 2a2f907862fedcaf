import { extname } from 'node:path'
import type { Dim, HostArray } from '@fn/core'
import { unzipSync } from 'fflate'
import { CommandError, UsageError } from '../errors.ts'
import { formatDims } from '../report/text.ts'
import type { Arrays, InputSpec } from '../run/runnable.ts'
import { type Numbers, parseNpy } from './npy.ts'
import { read } from './read.ts'

/**
 * Arrays for inputs, from an .npz file, whose arrays have the names of the inputs, or from a .json file of nested lists by
 * name. Where there is one input and one array, its name does not matter; JSON may be that array itself.
 *
 * @throws CommandError for a file that does not fit, naming what is missing
 */
export async function readInputs(path: string, specs: readonly InputSpec[]): Promise<Arrays> {
  const arrays = await readArrays(path, specs)
  const missing = specs.filter(({ name }) => !Object.hasOwn(arrays, name))
  if (missing.length > 0)
    throw new CommandError(
      `${path}: expected arrays ${quoted(specs.map(({ name }) => name))}. Received: ${quoted(Object.keys(arrays))}.`,
    )
  const sizes = new Map<string, number>()
  return Object.fromEntries(
    specs.map((spec) => [spec.name, fitted(arrays[spec.name]!, spec, sizes, path)] as const),
  )
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ') || 'none'

async function readArrays(
  path: string,
  specs: readonly InputSpec[],
): Promise<Readonly<Record<string, Numbers>>> {
  const arrays = await arraysOf(path)
  const values = Object.values(arrays)
  return specs.length === 1 && values.length === 1 ? { [specs[0]!.name]: values[0]! } : arrays
}

async function arraysOf(path: string): Promise<Readonly<Record<string, Numbers>>> {
  const kind = extname(path)
  if (kind === '.npz') {
    const files = unzipped(await read(path), path)
    return Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [
        name.replace(/\.npy$/, ''),
        parseNpy(bytes, `${path}, ${name}`),
      ]),
    )
  }
  if (kind === '.npy') return { array: parseNpy(await read(path), path) }
  if (kind !== '.json')
    throw new UsageError(`Expected inputs in a .npz, .npy or .json file. Received: ${path}.`)
  const value = parsed(await read(path), path)
  if (Array.isArray(value)) return { array: fromLists(value, path) }
  if (typeof value !== 'object' || value === null)
    throw new CommandError(`${path}: expected lists of numbers by the names of inputs.`)
  return Object.fromEntries(
    Object.entries(value).map(([name, lists]) => [name, fromLists(lists, `${path}, "${name}"`)]),
  )
}

function unzipped(bytes: Uint8Array, path: string): Readonly<Record<string, Uint8Array>> {
  try {
    return unzipSync(bytes)
  } catch (error) {
    throw new CommandError(`${path}: expected an .npz file. Received something else, or a damaged one.`, {
      cause: error,
    })
  }
}

function parsed(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new CommandError(`${path}: expected JSON. ${(error as Error).message}`, { cause: error })
  }
}

/** Nested lists of numbers and truth values, all lists of one depth as long as each other. */
function fromLists(value: unknown, label: string): Numbers {
  const shape: number[] = []
  for (let list = value; Array.isArray(list); list = list[0]) shape.push(list.length)
  const data: number[] = []
  const walk = (part: unknown, depth: number): void => {
    if (depth < shape.length && Array.isArray(part) && part.length === shape[depth]) {
      for (const inner of part) walk(inner, depth + 1)
      return
    }
    if (depth !== shape.length || (typeof part !== 'number' && typeof part !== 'boolean'))
      throw new CommandError(`${label}: expected lists of numbers, all of one depth equally long.`)
    data.push(Number(part))
  }
  walk(value, 0)
  return { shape, data }
}

/** Numbers as an array for an input. @param sizes what open sizes have turned out to be */
function fitted(
  { shape, data }: Numbers,
  { name, shape: expected, dtype }: InputSpec,
  sizes: Map<string, number>,
  path: string,
): HostArray {
  const fits = (dim: Dim, axis: number): boolean => {
    if (typeof dim === 'number') return dim === shape[axis]
    if (!sizes.has(dim)) sizes.set(dim, shape[axis]!)
    return sizes.get(dim) === shape[axis]
  }
  if (shape.length !== expected.length || !expected.every(fits))
    throw new CommandError(
      `${path}: expected ${formatDims(expected)} for input "${name}". Received: ${formatDims(shape)}.`,
    )
  if (dtype.startsWith('float')) return { shape, dtype: 'float32', data: Float32Array.from(data) }
  if (dtype === 'bool') return { shape, dtype, data: Uint8Array.from(data, (value) => Number(value !== 0)) }
  return { shape, dtype: 'int32', data: Int32Array.from(data) }
}
