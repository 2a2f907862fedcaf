import type { CallAttributes } from '@fn/core'
import {
  apart,
  bool,
  type CaseInput,
  type Domain,
  type Draft,
  draft,
  float,
  label,
  notFinite,
  type OpCase,
} from '../op-case.ts'

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
  gradient: OpCase['gradient'] = true,
): Draft => draft(what + written(options), inputs, (b, values) => b.call(name, values, options), { gradient })

const shapes = {
  'no elements': [[0], [2, 0], [2, 0, 3]],
  'ranks 1 to 5, odd sizes': [[1], [17], [33], [5, 13], [2, 1, 3, 1], [1, 2, 1, 2, 3]],
}

function elementwise(name: string, domain: Domain, options: readonly Options[] = [{}]): Draft[] {
  const far = [-90, -30, -5, -1, 1, 5, 30, 90]
  return options.flatMap((option) => [
    ...[[2, 3], [], [7], [2, 3, 2, 2]].map((shape) =>
      call(name, label(shape), [float(shape, domain)], option),
    ),
    call(name, 'far from zero', [float([8], far)], option, 'by rule'),
    call(name, 'at zero', [float([2], [0, 0])], option, 'by rule'),
    // Some kernels of elu take 1 from eˣ.
    ...(name === 'elu' ? [] : [call(name, 'tiny', [float([2, 5], 'tiny')], option, 'by rule')]),
    ...Object.entries(shapes).map(([what, list]) =>
      apart(
        what + written(option),
        list.map((shape) => float(shape, domain)),
        (b, x) => b.call(name, [x], option),
        { gradient: 'by rule' },
      ),
    ),
  ])
}

/** Of those that have a limit there, or keep NaN. */
const beyond = (name: string, points: readonly number[], options: Options = {}): readonly Draft[] => [
  call(name, 'not finite', [float([points.length], points)], options, false),
  call(name, 'huge', [float([2, 5], 'huge')], options, 'by rule'),
]

/** Along the last axis. */
function normalizing(name: string): Draft[] {
  return [
    ...[[2, 3], [5], [3, 1], [2, 2, 4], [1, 2, 2, 3]].map((shape) =>
      call(name, label(shape), [float(shape)]),
    ),
    call(name, 'large numbers', [float([2, 3], [1000, 1001, 999, -1000, 0, -1001])], {}, false),
    call(name, 'equal numbers', [float([2, 3], [2, 2, 2, -5, -5, -5])]),
    ...[[1], [17], [5, 13], [1, 2, 1, 2, 3], [0], [0, 3], [2, 0], [2, 0, 3]].map((shape) =>
      call(name, label(shape), [float(shape)], {}, 'by rule'),
    ),
    call(name, 'huge', [float([2, 4], 'huge')], {}, 'by rule'),
    call(name, 'tiny', [float([2, 4], 'tiny')], {}, 'by rule'),
    // As masks write them: nothing comes of what is −∞, neither a share nor a slope.
    call(
      name,
      'some −∞',
      [float([3, 3], [-Infinity, 1, 2, 0, -Infinity, -Infinity, 3, 1, -Infinity])],
      {},
      'by rule',
    ),
    call(name, 'NaN stays in its row', [float([2, 3], [1, NaN, 2, 3, 4, 5])], {}, false),
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

const rmsNorm = (what: string, shape: readonly number[], domain: Domain = 'any', epsilon = 0.001): Draft =>
  call('rmsNorm', what, [float(shape, domain), float(shape.slice(-1))], { epsilon })

/** Of queries [batch, steps, heads, d], keys and values of as many steps of their own, and what counts. */
function attention(what: string, sizes: readonly number[], counts?: readonly number[]): Draft {
  const [batch, steps, others, heads, size, taken] = sizes as [number, number, number, number, number, number]
  const inputs = [
    float([batch, steps, heads, size]),
    float([batch, others, heads, size]),
    float([batch, others, heads, taken]),
  ]
  const mask = counts ? [bool([batch, heads, steps, others], counts)] : []
  return call('attention', what, [...inputs, ...mask], { scale: 0.5 })
}

/** By name. That no composite is left out is a test: core knows them by strings. */
export const compositeCases: Readonly<Record<string, readonly Draft[]>> = {
  step: [...elementwise('step', 'distinct'), ...beyond('step', [Infinity, -Infinity])],
  relu: [...elementwise('relu', 'distinct'), ...beyond('relu', notFinite)],
  softmax: normalizing('softmax'),
  logSoftmax: normalizing('logSoftmax'),
  softplus: [...elementwise('softplus', 'distinct'), ...beyond('softplus', notFinite)],
  elu: [
    ...elementwise('elu', 'distinct', [{ alpha: 1 }, { alpha: 0.5 }]),
    ...beyond('elu', notFinite, { alpha: 0.5 }),
  ],
  leakyRelu: [
    ...elementwise('leakyRelu', 'distinct', [{ alpha: 0.25 }]),
    ...beyond('leakyRelu', notFinite, { alpha: 0.25 }),
  ],
  gelu: [
    ...elementwise('gelu', 'any', [{ approximate: false }, { approximate: true }]),
    // −∞ · Φ(−∞) is no number, and the slope of the approximation is made of x³.
    ...[false, true].map((approximate) =>
      call('gelu', 'huge and ∞', [float([4], [1e30, -1e30, 3e12, Infinity])], { approximate }, false),
    ),
  ],
  batchNormInference: [
    ...[
      [4, 3],
      [2, 3, 3, 2],
      [2, 5, 4],
      [3],
      [1, 1],
      [5, 17],
      [2, 1, 3, 2, 2],
      [0, 3],
      [0, 4, 4, 2],
      [2, 0],
    ].map((shape) => call('batchNormInference', label(shape), batchNormInputs(shape), { epsilon: 0.001 })),
    ...(['huge', 'tiny', [1, NaN, 2, 3, Infinity, 4, -Infinity, 5, 6]] as const).map((domain) =>
      call(
        'batchNormInference',
        typeof domain === 'string' ? domain : 'what is not finite stays where it is',
        [float([3, 3], domain), ...batchNormInputs([3, 3]).slice(1)],
        { epsilon: 0.001 },
        typeof domain === 'string' && 'by rule',
      ),
    ),
  ],
  rmsNorm: [
    rmsNorm('tiny', [3, 5], 'tiny'),
    ...[[4, 3], [5], [2, 5, 4], [2, 3, 3, 2], [1, 17]].map((shape) => rmsNorm(label(shape), shape)),
    // Of one feature it turns from −1 to 1 within √ε, which finite differences see if that is no small way.
    rmsNorm(label([3, 1]), [3, 1], 'any', 0.5),
    rmsNorm('far from zero', [2, 4], [1000, 1001, 999, 1002, -500, -501, -503, -500]),
    rmsNorm('zeros', [2, 3], [0, 0, 0, -5, -5, -5]),
    rmsNorm('large epsilon', [2, 5], 'any', 0.5),
  ],
  attention: [
    attention('one head', [2, 3, 3, 1, 4, 4]),
    attention('heads', [2, 3, 5, 2, 4, 3]),
    attention('one step of many', [1, 1, 7, 3, 2, 5]),
    attention('of one step', [2, 4, 1, 2, 3, 3]),
    attention('no earlier step', [1, 3, 3, 2, 4, 4], [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1]),
    attention('to whom nothing counts', [2, 2, 3, 1, 2, 2], [1, 0, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1]),
  ],
  layerNorm: [
    layerNorm('tiny', [3, 5], 'tiny'),
    call(
      'layerNorm',
      'NaN stays in its row',
      [float([2, 3], [1, NaN, 2, 3, 4, 6]), float([3]), float([3])],
      { epsilon: 0.001 },
      false,
    ),
    ...[[4, 3], [5], [3, 1], [2, 5, 4], [2, 3, 3, 2]].map((shape) => layerNorm(label(shape), shape, 'any')),
    layerNorm('far from zero', [2, 4], [1000, 1001, 999, 1002, -500, -501, -503, -500]),
    layerNorm('equal numbers', [2, 3], [2, 2, 2, -5, -5, -5]),
    layerNorm('large epsilon', [2, 5], 'any', 0.5),
    ...[
      [1, 1],
      [5, 17],
      [2, 1, 3, 2, 2],
      [0, 3],
      [2, 0, 3],
      [2, 0],
    ].map((shape) => layerNorm(label(shape), shape, 'any')),
  ],
}
