import type { KnownFailure } from '@fn/conformance'

const noNumbers =
  'WGSL lets an implementation take it that there is neither NaN nor infinity (Floating point evaluation, §15.7)'

/** What is wrong on the emulated GPU, in Node and in Chromium; another GPU may do better. */
export const onSwiftShader = (engine: string): readonly KnownFailure[] =>
  [
    'exp: not finite',
    'sigmoid: not finite',
    'relu: not finite',
    'softplus: not finite',
    'softmax: NaN stays in its row',
    'logSoftmax: NaN stays in its row',
    'pow: NaN',
  ].map((check) => ({ check, reason: noNumbers, engine }))
