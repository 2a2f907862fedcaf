import type { CallAttributes } from '@fn/core'
import { type CaseInput, type Domain, type Draft, draft, float, label } from '../op-case.ts'

type Options = CallAttributes['options']

const written = (options: Options): string =>
  Object.entries(options)
    .map(([key, value]) => `, ${key} ${value}`)
    .join('')

/** `what` the inputs are, in the name of the case. */
const call = (
  name: string,
  what: string,
  inputs: readonly CaseInput[],
  options: Options = {},
  gradient = true,
): Draft => draft(what + written(options), inputs, (b, values) => b.call(name, values, options), { gradient })

function elementwise(name: string, domain: Domain, options: readonly Options[] = [{}]): Draft[] {
  const far = [-90, -30, -5, -1, 0, 1, 5, 30, 90]
  return options.flatMap((option) => [
    ...[[2, 3], [], [7], [2, 3, 2, 2]].map((shape) =>
      call(name, label(shape), [float(shape, domain)], option),
    ),
    call(name, 'far from zero', [float([9], far)], option, false),
  ])
}

/** Along the last axis. */
function normalizing(name: string): Draft[] {
  return [
    ...[[2, 3], [5], [3, 1], [2, 2, 4], [1, 2, 2, 3]].map((shape) =>
      call(name, label(shape), [float(shape)]),
    ),
    call(name, 'large numbers', [float([2, 3], [1000, 1001, 999, -1000, 0, -1001])], {}, false),
    call(name, 'equal numbers', [float([2, 3], [2, 2, 2, -5, -5, -5])]),
  ]
}

const batchNormInputs = (shape: readonly number[]): CaseInput[] => {
  const channels = shape.slice(-1)
  return [
    float(shape),
    float(channels, 'positive'),
    float(channels),
    float(channels),
    float(channels, 'positive'),
  ]
}

const layerNorm = (what: string, shape: readonly number[], domain: Domain, epsilon = 0.001): Draft => {
  const features = shape.slice(-1)
  return call('layerNorm', what, [float(shape, domain), float(features), float(features)], { epsilon })
}

/** By name. That no composite is left out is a test: core knows them by strings. */
export const compositeCases: Readonly<Record<string, readonly Draft[]>> = {
  step: elementwise('step', 'distinct'),
  relu: elementwise('relu', 'distinct'),
  softmax: normalizing('softmax'),
  logSoftmax: normalizing('logSoftmax'),
  softplus: elementwise('softplus', 'distinct'),
  elu: elementwise('elu', 'distinct', [{ alpha: 1 }, { alpha: 0.5 }]),
  leakyRelu: elementwise('leakyRelu', 'distinct', [{ alpha: 0.25 }]),
  gelu: elementwise('gelu', 'any', [{ approximate: false }, { approximate: true }]),
  batchNormInference: [[4, 3], [2, 3, 3, 2], [2, 5, 4], [3]].map((shape) =>
    call('batchNormInference', label(shape), batchNormInputs(shape), { epsilon: 0.001 }),
  ),
  layerNorm: [
    ...[[4, 3], [5], [3, 1], [2, 5, 4], [2, 3, 3, 2]].map((shape) => layerNorm(label(shape), shape, 'any')),
    layerNorm('far from zero', [2, 4], [1000, 1001, 999, 1002, -500, -501, -503, -500]),
    layerNorm('equal numbers', [2, 3], [2, 2, 2, -5, -5, -5]),
    layerNorm('large epsilon', [2, 5], 'any', 0.5),
  ],
}
