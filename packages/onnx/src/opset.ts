import { FnError } from '@fn/core'

/** The operator sets that can be written, each with the oldest version of the file format that knows it. */
const irVersions: Readonly<Record<number, number>> = {
  13: 7,
  14: 7,
  15: 8,
  16: 8,
  17: 8,
  18: 8,
  19: 9,
  20: 9,
  21: 10,
  22: 10,
  23: 11,
}

/** All operator sets that can be written. */
export const opsets: readonly number[] = Object.keys(irVersions).map(Number)

export const defaultOpset = 17

/**
 * The version of the file format for an operator set.
 *
 * @throws FnError for an operator set that can not be written
 */
export function irVersionOf(opset: number): number {
  const version = irVersions[opset]
  if (version === undefined) {
    throw new FnError(`Expected an ONNX opset from ${opsets[0]} to ${opsets.at(-1)}. Received: ${opset}.`)
  }
  return version
}
