import type { KnownFailure } from '@fn/conformance'

const because = (engine: string, reason: string, checks: readonly string[]): readonly KnownFailure[] =>
  checks.map((check) => ({ check, reason, engine }))

const wide = [
  ...['neg', 'abs', 'add', 'sub', 'mul', 'max', 'min', 'equal', 'less', 'lessEqual', 'select'],
  ...['reduceMax', 'reduceMin', 'argMax', 'transpose', 'broadcast', 'slice', 'pad', 'concat', 'reverse'],
].map((op) => `${op}: int32, extremes`)

/** What the kernels of an engine on the GPU get wrong, on every GPU. */
function onGpu(engine: 'tfjs-backend-webgpu 4.22.0' | 'tfjs-backend-webgl 4.22.0'): readonly KnownFailure[] {
  return [
    ...because(engine, 'its kernels read int32 as float32, which is exact up to 2²⁴', [
      ...wide,
      'pow: int32, as large as they come',
      'reduceSum: int32, more than float32 counts',
      'cumSum: int32, more than float32 counts',
      'slice: int32 extremes by strides',
      'gather: int32 rows, extremes',
    ]),
    ...because(engine, 'its MaxPool starts from −10²⁰', ['maxPool: huge', 'slope of maxPool: huge']),
  ]
}

export const webgpuFailures: readonly KnownFailure[] = onGpu('tfjs-backend-webgpu 4.22.0')

export const webglFailures: readonly KnownFailure[] = [
  ...onGpu('tfjs-backend-webgl 4.22.0'),
  ...because('tfjs-backend-webgl 4.22.0', 'its Max starts from −10²⁰', ['reduceMax: infinities']),
  ...because('tfjs-backend-webgl 4.22.0', 'its RealDiv says 1 wherever both are equal', ['div: not finite']),
]
