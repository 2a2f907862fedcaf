import type { SymbolicTensor } from '@fn/core'
import type { Choices } from '../choices.ts'
import { type ModelSketch, sizesOf } from '../model-sketch.ts'
import { features, MOST, type ModelStep, ofRank, sizeOf } from './model-step.ts'

/** Two or three tensors of one shape, also the same one twice. */
function alike(s: ModelSketch, pick: Choices): readonly SymbolicTensor[] {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  return [x, ...Array.from({ length: pick.of([1, 1, 2]) }, () => s.like(pick, x))]
}

const merge: ModelStep = (s, pick) => {
  s.call(s.make(pick.of(['add', 'multiply', 'average', 'maximum', 'minimum'] as const)), alike(s, pick))
}

const difference: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2), () => features(pick))
  s.call(s.make('subtract'), [x, s.like(pick, x)])
}

const concatenate: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const own = sizesOf(x)
  const axis = pick.below(own.length)
  const y = s.any(
    pick,
    (sizes) => sizes.length === own.length && sizes.every((size, at) => at === axis || size === own[at]),
    () => own.map((size, at) => (at === axis ? pick.of([1, 2]) : size)),
  )
  if (sizeOf(own) + sizeOf(sizesOf(y)) > MOST) return
  s.call(
    s.make('concatenate', axis === own.length - 1 ? {} : { axis: axis + 1 }),
    pick.maybe(20) ? [x, y, x] : [x, y],
  )
}

const product: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2), () => features(pick))
  s.call(s.make('dot', { axes: sizesOf(x).length, normalize: pick.maybe(25) }), [x, s.like(pick, x)])
}

export const merging = { merge, difference, concatenate, product }
