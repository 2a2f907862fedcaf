import { ConfigError } from '../errors.ts'
import type { DType } from '../program/types.ts'

/**
 * The types that the elements of an input may have, as in Keras. Programs compute with three of them: narrower and wider
 * integers become int32, and other floats float32. A file, and the ONNX file of a model, keep the type itself.
 */
export type InputDType =
  | DType
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'float16'
  | 'bfloat16'
  | 'float64'

const int32 = { least: -(2 ** 31), greatest: 2 ** 31 - 1 }

/** The integers of each type that fit int32, in which they are computed, as in Keras on JAX. */
const INTEGERS: Readonly<Partial<Record<InputDType, { readonly least: number; readonly greatest: number }>>> =
  {
    int8: { least: -128, greatest: 127 },
    uint8: { least: 0, greatest: 255 },
    int16: { least: -32_768, greatest: 32_767 },
    uint16: { least: 0, greatest: 65_535 },
    int32,
    uint32: { least: 0, greatest: int32.greatest },
    int64: int32,
    uint64: { least: 0, greatest: int32.greatest },
  }

const FLOATS: readonly InputDType[] = ['float32', 'float16', 'bfloat16', 'float64']

/** The least and the greatest integer that an input of a type takes; undefined for floats and booleans. */
export const integerRangeOf = (
  dtype: InputDType,
): { readonly least: number; readonly greatest: number } | undefined => INTEGERS[dtype]

/** The type in which a program computes with an input. @throws ConfigError for what is no type */
export function programTypeOf(dtype: InputDType): DType {
  if (dtype === 'bool') return 'bool'
  if (Object.hasOwn(INTEGERS, dtype)) return 'int32'
  if (FLOATS.includes(dtype)) return 'float32'
  const known = ['bool', ...Object.keys(INTEGERS), ...FLOATS].join(', ')
  throw new ConfigError(`expected a dtype, one of ${known}. Received: ${JSON.stringify(dtype)}.`)
}

/** Whether arithmetic in a type wraps around where that in int32 does not. */
export const wrapsSooner = (dtype: InputDType): boolean =>
  ['int8', 'uint8', 'int16', 'uint16', 'uint32', 'uint64'].includes(dtype)

/** The nearest number that has `bits` bits after the first and an exponent from `least`; ties to even. */
function rounded(x: number, bits: number, least: number, greatest: number): number {
  if (!Number.isFinite(x) || x === 0) return x
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(x))), least)
  const unit = 2 ** (exponent - bits)
  const quotient = x / unit
  const floor = Math.floor(quotient)
  const rest = quotient - floor
  const whole = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor
  const result = whole * unit
  return Math.abs(result) > greatest ? Math.sign(x) * Number.POSITIVE_INFINITY : result
}

/** How the floats of a type round a number; undefined where float32 holds them. */
export function roundingOf(dtype: InputDType): ((x: number) => number) | undefined {
  if (dtype === 'float16') return (x) => rounded(x, 10, -14, 65_504)
  if (dtype === 'bfloat16') return (x) => rounded(x, 7, -126, 3.3895313892515355e38)
  return undefined
}
