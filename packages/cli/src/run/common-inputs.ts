import type { Dim } from '@fn/core'
import { CommandError, UsageError } from '../errors.ts'
import type { InputShape } from '../export/signature.ts'
import { formatDims } from '../report/text.ts'
import type { InputSpec, Runnable } from './runnable.ts'

/**
 * The inputs that two take alike, under the names of the first: what one of them fixes is fixed, and what only one of them
 * knows of ranges holds.
 *
 * @throws CommandError where they do not take the same
 */
export function commonInputs(one: Runnable, other: Runnable): readonly InputSpec[] {
  const byName = one.inputs.every(({ name }) => other.inputs.some((input) => input.name === name))
  const pairs = one.inputs.map((input, at) => ({
    input,
    match: byName ? other.inputs.find(({ name }) => name === input.name) : other.inputs[at],
  }))
  if (
    one.inputs.length !== other.inputs.length ||
    pairs.some(({ input, match }) => match?.shape.length !== input.shape.length)
  )
    throw new CommandError(`Expected two that take the same. Received: ${listed(one)}, and ${listed(other)}.`)
  return pairs.map(({ input, match }) => ({
    ...match!,
    ...input,
    shape: input.shape.map((dim, axis) => (typeof dim === 'number' ? dim : match!.shape[axis]!)),
  }))
}

const listed = ({ inputs }: Runnable): string =>
  inputs.map(({ name, shape }) => `"${name}" ${formatDims(shape)}`).join(', ')

/**
 * Inputs with the sizes that were asked for. What one input says of an open size holds for the others too.
 *
 * @throws UsageError for an input that there is not, or of another rank
 */
export function withShapes(specs: readonly InputSpec[], asked: readonly InputShape[]): readonly InputSpec[] {
  const sizes = new Map<Dim, Dim>()
  for (const { name, shape } of asked) {
    const spec = specs.find((candidate) => candidate.name === name)
    if (spec?.shape.length !== shape.length)
      throw new UsageError(
        `Expected one of the inputs ${specs.map((each) => `"${each.name}" ${formatDims(each.shape)}`).join(', ')}. Received: "${name}" ${formatDims(shape)}.`,
      )
    spec.shape.forEach((dim, axis) => {
      const size = shape[axis] ?? dim
      if (typeof dim === 'number' && size !== dim)
        throw new UsageError(
          `Expected ${formatDims(spec.shape)} for input "${name}". Received: ${formatDims(shape)}.`,
        )
      sizes.set(dim, size)
    })
  }
  return specs.map((spec) => ({ ...spec, shape: spec.shape.map((dim) => sizes.get(dim) ?? dim) }))
}
