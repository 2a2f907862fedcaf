import type { Dim, Model, TensorType } from '@fn/core'
import { UsageError } from '../errors.ts'
import { formatDims } from '../report/text.ts'

export type BatchChoice = number | 'dynamic'

/** `--input image:1,224,224,3`: an input with the sizes that it shall have; null leaves one as it is. */
export interface InputShape {
  readonly name: string
  readonly shape: readonly (Dim | null)[]
}

/** @throws UsageError for text of another form */
export function parseInputShape(text: string): InputShape {
  const at = text.lastIndexOf(':')
  const dims = text.slice(at + 1).split(',')
  const shape = dims.map((dim) => (dim === '?' ? null : /^\d+$/.test(dim) ? Number(dim) : dim))
  if (at <= 0 || shape.some((dim) => typeof dim === 'string' && !/^[A-Za-z_]\w*$/.test(dim)))
    throw new UsageError(
      `Expected NAME:SIZE,SIZE,… where a size is a number, a name for one that is open, or ?. Received: ${text}.`,
    )
  return { name: text.slice(0, at), shape }
}

/**
 * The types of the inputs of a model, with the sizes that were asked for in the place of those that are open.
 *
 * @throws UsageError for an input that there is not, or a size that the model fixes otherwise
 */
export function signatureOf(
  model: Model,
  batch: BatchChoice | undefined,
  asked: readonly InputShape[],
): readonly TensorType[] {
  const names = model.inputPorts.map(({ name }) => name)
  for (const { name } of asked) {
    if (!names.includes(name))
      throw new UsageError(`The model has no input "${name}". It has: ${names.join(', ')}.`)
  }
  return model.inputPorts.map(({ name, tensor: { dims, dtype } }) => {
    const given = asked.find((input) => input.name === name)?.shape ?? dims.map(() => null)
    const wanted = given.map((dim, axis) => dim ?? (axis === 0 && typeof batch === 'number' ? batch : null))
    const fits =
      wanted.length === dims.length &&
      wanted.every((dim, axis) => dim === null || typeof dims[axis] === 'string' || dim === dims[axis])
    if (!fits) {
      const open = dims.map((dim) => (typeof dim === 'string' ? null : dim))
      throw new UsageError(
        `Input "${name}": the model takes ${formatDims(open)}, where ? is open. Received: ${formatDims(wanted)}.`,
      )
    }
    if (batch === 'dynamic' && typeof dims[0] === 'number')
      throw new UsageError(`Input "${name}": the model fixes its batch to ${dims[0]}.`)
    return { shape: wanted.map((dim, axis) => dim ?? dims[axis]!), dtype }
  })
}
