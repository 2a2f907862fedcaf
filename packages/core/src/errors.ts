import type { DType } from './program/types.ts'

/** Every error that fn throws on purpose. `instanceof FnError` tells a user's mistake from a bug. */
export class FnError extends Error {
  override readonly name: string = 'FnError'
}

/** A shape, rank or dtype that an op or a layer can not take. */
export class ShapeError extends FnError {
  override readonly name = 'ShapeError'
  constructor(
    message: string,
    /** The layer at which it showed, once that is known. */
    readonly layer?: string,
  ) {
    super(message)
  }
}

/** A graph that does not hold together: disconnected, duplicate names, ill-defined `layer.output`. */
export class GraphError extends FnError {
  override readonly name = 'GraphError'
}

/** An option, a config or a name (loss, optimizer, activation, …) that is not understood. */
export class ConfigError extends FnError {
  override readonly name = 'ConfigError'
}

/** Data handed to fit, evaluate or predict that the model can not take. */
export class DataError extends FnError {
  override readonly name = 'DataError'
}

/** One thing that a program asks for and a backend lacks. */
export interface Unsupported {
  /** An op ('conv'), or a composite in quotes that could not be inlined. */
  readonly op: string
  readonly dtype: DType
  /** The layer that asked for it. */
  readonly path: string
  readonly reason: string
}

/** All that a program asks for and a backend lacks, reported at once and before anything runs. */
export class UnsupportedOpError extends FnError {
  override readonly name = 'UnsupportedOpError'
  constructor(
    readonly backend: string,
    readonly missing: readonly Unsupported[],
  ) {
    const lines = missing.map(({ op, dtype, path, reason }) => `${op} (${dtype}) at "${path}": ${reason}`)
    super(`Backend "${backend}" can not run this program. Missing: ${lines.join('; ')}.`)
  }
}

/** A value as messages show it: short, and without failing for what JSON cannot write. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || (typeof value !== 'object' && typeof value !== 'string')) return String(value)
  try {
    const text = JSON.stringify(value)
    return text.length > 100 ? `${text.slice(0, 100)}…` : text
  } catch {
    return Array.isArray(value) ? 'a list' : 'an object'
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
