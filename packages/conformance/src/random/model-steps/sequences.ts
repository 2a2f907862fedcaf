import { sizesOf } from '../model-sketch.ts'
import { isPlain, nested } from './graph.ts'
import { type ModelStep, ofRank, sequence, smooth } from './model-step.ts'

const recurrentKinds = ['lstm', 'gru', 'simpleRnn'] as const

const recurrent: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2), () => sequence(pick))
  const options = {
    units: pick.of([2, 1, 3]),
    returnSequences: pick.maybe(50),
    ...(pick.maybe(20) ? { goBackwards: true } : {}),
    ...(pick.maybe(20) ? { returnState: true } : {}),
  }
  s.call(s.make(pick.of(recurrentKinds), options), [x])
}

const bidirectional: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2), () => sequence(pick))
  const layer = s.make(pick.of(recurrentKinds), { units: pick.of([2, 1]), returnSequences: pick.maybe(50) })
  s.call(s.wrap('bidirectional', layer, { mergeMode: pick.of(['concat', 'sum', 'mul', 'ave'] as const) }), [
    x,
  ])
}

const attention: ModelStep = (s, pick) => {
  const query = s.any(pick, ofRank(2), () => sequence(pick))
  const value = pick.maybe(50) ? query : s.any(pick, ofRank(2), () => sequence(pick))
  s.call(
    s.make('multiHeadAttention', {
      numHeads: pick.of([1, 2]),
      keyDim: pick.of([2, 1]),
      ...(pick.maybe(20) ? { useCausalMask: true } : {}),
    }),
    [query, value],
  )
}

/** The zeros that begin or end a sequence do not count from here on. */
const masking: ModelStep = (s, pick) => {
  s.call(s.make('masking', { maskValue: 0 }), [s.any(pick, ofRank(2), () => sequence(pick))])
}

const timeDistributed: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2, 3), () => sequence(pick))
  const sizes = sizesOf(x).slice(1)
  if (s.depth === 0 && pick.maybe(40)) {
    const inner = nested(s, pick, [sizes])
    if (isPlain(inner, sizes)) s.call(s.wrap('timeDistributed', inner), [x])
    return
  }
  const inner =
    sizes.length === 2 && pick.maybe(50)
      ? s.make('flatten')
      : s.make('dense', { units: pick.of([2, 3]), activation: pick.of(smooth) })
  s.call(s.wrap('timeDistributed', inner), [x])
}

export const sequences = { recurrent, bidirectional, attention, masking, timeDistributed }
