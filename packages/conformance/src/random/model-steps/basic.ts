import type { SymbolicTensor } from '@fn/core'
import { sizesOf } from '../model-sketch.ts'
import { features, type ModelStep, ofRank, sizeOf, smooth } from './model-step.ts'

const dense: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  s.call(
    s.make('dense', {
      units: pick.of([2, 1, 3, 4]),
      activation: pick.of(['linear', ...smooth]),
      useBias: !pick.maybe(20),
    }),
    [x],
  )
}

/** The same for any last axis, as Einstein's summation writes it. */
const einsumDense: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2), () => features(pick).slice(0, 2))
  const flat = sizesOf(x).length === 1
  const units = pick.of([2, 3])
  const options = flat
    ? { equation: 'ab,bc->ac', outputShape: units, biasAxes: 'c' }
    : { equation: 'abc,cd->abd', outputShape: [null, units], biasAxes: 'd' }
  s.call(s.make('einsumDense', options), [x])
}

const activation: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const kind = pick.of(['activation', 'activation', 'leakyReLU', 'elu', 'prelu', 'softmax', 'reLU'] as const)
  s.call(kind === 'activation' ? s.make(kind, { activation: pick.of(smooth) }) : s.make(kind), [x])
}

const normalize: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const channels = sizesOf(x).at(-1)!
  switch (pick.of(['batch', 'layer', 'batch', 'group', 'rms', 'unit', 'rescale'] as const)) {
    case 'batch':
      s.call(s.make('batchNormalization', pick.maybe(30) ? { scale: false, momentum: 0.5 } : {}), [x])
      return
    case 'layer':
      s.call(s.make('layerNormalization', pick.maybe(30) ? { center: false } : {}), [x])
      return
    case 'group':
      if (sizesOf(x).length > 1) s.call(s.make('groupNormalization', { groups: pick.of([1, channels]) }), [x])
      return
    case 'rms':
      s.call(s.make('rmsNormalization'), [x])
      return
    case 'unit':
      s.call(s.make('unitNormalization'), [x])
      return
    default:
      s.call(s.make('rescaling', { scale: 0.5, offset: -1 }), [x])
  }
}

const drop: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const rate = pick.of([0.25, 0.5])
  const kinds = ['dropout', 'gaussianDropout', 'alphaDropout'] as const
  if (sizesOf(x).length === 2 && pick.maybe(30)) s.call(s.make('spatialDropout1d', { rate }), [x])
  else if (pick.maybe(15)) s.call(s.make('gaussianNoise', { stddev: 0.5 }), [x])
  else s.call(s.make(pick.of(kinds), { rate }), [x])
}

/** Words as numbers below this one. */
export const WORDS = 5

const embedding: ModelStep = (s, pick) => {
  const x = s.like(pick, { shape: [null, pick.of([3, 4])], dtype: 'int32' } as unknown as SymbolicTensor)
  s.call(s.make('embedding', { inputDim: WORDS, outputDim: pick.of([2, 3]), maskZero: pick.maybe(40) }), [x])
}

const reshape: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const sizes = sizesOf(x)
  const count = sizeOf(sizes)
  switch (pick.of(['flatten', 'reshape', 'permute', 'repeatVector'] as const)) {
    case 'flatten':
      s.call(s.make('flatten'), [x])
      return
    case 'reshape': {
      const rows = pick.of([2, 1, 3, 4].filter((divisor) => count % divisor === 0))
      s.call(
        s.make('reshape', {
          targetShape: pick.of([[rows, count / rows], [count], [1, rows, count / rows], [rows, -1]]),
        }),
        [x],
      )
      return
    }
    case 'permute':
      s.call(s.make('permute', { dims: pick.shuffled(sizes.map((_, axis) => axis + 1)) }), [x])
      return
    default:
      if (sizes.length === 1) s.call(s.make('repeatVector', { n: pick.of([2, 3]) }), [x])
  }
}

export const basic = { dense, einsumDense, activation, normalize, drop, embedding, reshape }
