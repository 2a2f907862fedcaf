import type { HostArray } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import { Range } from '../functional/operation.ts'
import { isHostArray } from '../ops/operands.ts'
import { sizeOf } from '../program/dims.ts'

// Constants among the arguments of a call, for which JSON has no form of its own.

interface Constant {
  readonly class_name: string
  readonly config: Readonly<Record<string, unknown>>
}

/** An argument as Keras writes it; what is plain JSON stays as it is. */
export function argumentConfig(argument: unknown): unknown {
  if (Array.isArray(argument)) return argument.map(argumentConfig)
  if (argument === '...') return { class_name: '__ellipsis__', config: {} }
  if (argument instanceof Range) return { class_name: '__slice__', config: { ...argument } }
  if (isHostArray(argument))
    return { class_name: '__numpy__', config: { value: nested(argument), dtype: argument.dtype } }
  return argument
}

/** @throws ConfigError for an array of a dtype that there is not */
export function argumentFromConfig(config: unknown): unknown {
  if (Array.isArray(config)) return config.map(argumentFromConfig)
  if (typeof config !== 'object' || config === null) return config
  const { class_name, config: own } = config as Constant
  if (class_name === '__ellipsis__') return '...'
  if (class_name === '__slice__') {
    const { start, stop, step } = own as Partial<Range>
    return new Range(start, stop, step)
  }
  if (class_name === '__numpy__' || class_name === '__tensor__') return arrayFrom(own)
  return config
}

/** Row-major elements as lists of lists. */
function nested({ shape, data }: HostArray): unknown {
  const [size, ...inner] = shape
  if (size === undefined) return data[0]
  const step = sizeOf(inner)
  return Array.from({ length: size }, (_, at) =>
    nested({ shape: inner, dtype: 'float32', data: data.slice(at * step, (at + 1) * step) }),
  )
}

function arrayFrom({ value, dtype }: Readonly<Record<string, unknown>>): HostArray {
  const shape: number[] = []
  for (let part = value; Array.isArray(part); part = part[0]) shape.push(part.length)
  const data = ([value].flat(Number.POSITIVE_INFINITY) as readonly (number | boolean)[]).map(Number)
  const kind = /^(bool|u?int|float)/.exec(String(dtype))?.[1]
  if (kind === 'float') return { shape, dtype: 'float32', data: Float32Array.from(data) }
  if (kind === 'bool') return { shape, dtype: 'bool', data: Uint8Array.from(data) }
  if (kind !== undefined) return { shape, dtype: 'int32', data: Int32Array.from(data) }
  throw new ConfigError(`Expected an array of float, int or bool. Received: ${JSON.stringify(dtype)}.`)
}
