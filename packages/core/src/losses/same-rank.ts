import { ShapeError } from '../errors.ts'
import type { Builder } from '../program/builder.ts'
import { formatShape } from '../program/dims.ts'
import type { Value } from '../program/types.ts'

/**
 * Targets and predictions of one rank, as Keras brings them together: an axis of size 1 at the end of one of them is added
 * to the other. Without it targets [n] and predictions [n, 1] would broadcast to [n, n].
 */
export function ofSameRank(
  b: Builder,
  target: Value,
  prediction: Value,
): readonly [target: Value, prediction: Value] {
  const widened = (x: Value): Value => b.reshape(x, [...x.shape, 1])
  const difference = target.shape.length - prediction.shape.length
  if (difference === -1 && prediction.shape.at(-1) === 1) return [widened(target), prediction]
  if (difference === 1 && target.shape.at(-1) === 1)
    return prediction.shape.length === 1
      ? [target, widened(prediction)]
      : [b.reshape(target, target.shape.slice(0, -1)), prediction]
  return [target, prediction]
}

/**
 * The values that a loss or metric of the user returns for the samples.
 *
 * @throws ShapeError for anything but one value for all samples, or one or several for each
 */
export function expectPerSample(name: string, values: unknown, prediction: Value): Value {
  const expected = `${name}: expected a value of shape [${prediction.shape[0]}] or [${prediction.shape[0]}, …], the value of each sample.`
  if (typeof values !== 'object' || values === null || !('shape' in values && 'id' in values))
    throw new ShapeError(`${expected} Received: ${values === null ? 'null' : typeof values}.`)
  const result = values as Value
  const [rows] = result.shape
  if (rows !== undefined && (rows !== prediction.shape[0] || result.shape.length > prediction.shape.length))
    throw new ShapeError(`${expected} Received: ${formatShape(result.shape)}.`)
  if (result.dtype !== 'float32') throw new ShapeError(`${expected} Received: dtype ${result.dtype}.`)
  return result
}
