import type { Builder } from '../program/builder.ts'
import type { ScanAttributes } from '../program/ops/control.ts'
import { scanLength } from '../program/ops/control.ts'
import { type Attributes, type OpName, opDefinition } from '../program/ops/index.ts'
import type { PadAttributes } from '../program/ops/move.ts'
import type { TensorType, Value } from '../program/types.ts'

/** Whether a tensor is known to have no elements. */
export const isEmpty = ({ shape }: TensorType): boolean => shape.includes(0)

/** Ops whose result can be empty where no operand is. */
const makers: ReadonlySet<OpName> = new Set(['slice', 'broadcast', 'scatterAdd', 'iota'])

/** What an op gives where there is nothing to sum or compare: the element that changes nothing. */
const neutral: { readonly [Op in OpName]?: (type: TensorType) => number } = {
  reduceSum: () => 0,
  reduceProd: () => 1,
  reduceMax: ({ dtype }) => (dtype === 'int32' ? -(2 ** 31) : -Infinity),
  reduceMin: ({ dtype }) => (dtype === 'int32' ? 2 ** 31 - 1 : Infinity),
  dot: () => 0,
  conv: () => 0,
  convTranspose: () => 0,
  convFilterGrad: () => 0,
  scatterAdd: () => 0,
}

/**
 * What stands for an equation that computes nothing, or computes it from nothing: a constant, or the operands that are
 * left. So no engine has to know what its kernels do with tensors without elements, which they seldom say.
 *
 * @returns undefined for an equation that has elements to work on
 */
export function fromNothing<Op extends OpName>(
  b: Builder,
  op: Op,
  inputs: readonly Value[],
  attrs: Attributes[Op],
): readonly Value[] | undefined {
  if (!makers.has(op) && !inputs.some(isEmpty)) return undefined
  const types = opDefinition(op).infer(inputs, attrs)
  if (types.every(isEmpty)) return types.map((type) => b.zerosLike(type))
  const [type] = types
  const whole = inputs.filter((input) => !isEmpty(input))
  if (op === 'concat')
    return whole.length === 1 ? whole : [b.concat(whole, (attrs as Attributes['concat']).axis)]
  if (op === 'pad') return [b.constant([(attrs as PadAttributes).value], type!.shape, type!.dtype)]
  if (op === 'call') {
    const { body } = attrs as Attributes['call']
    return body.outputs.map(b.inline(body, inputs))
  }
  if (op === 'scan' && scanLength(inputs, attrs as ScanAttributes) === 0) {
    const { carries } = attrs as ScanAttributes
    return types.map((each, at) => (at < carries ? inputs[at]! : b.zerosLike(each)))
  }
  const element = neutral[op]
  return inputs.length > whole.length && element
    ? [b.constant([element(type!)], type!.shape, type!.dtype)]
    : undefined
}
