import type { Model } from '@fn/core'
import type { Choices } from '../choices.ts'
import { ModelSketch, type Sizes, sizesOf } from '../model-sketch.ts'
import { basic } from './basic.ts'
import { merging } from './merging.ts'
import { features, type ModelStep, ofRank } from './model-step.ts'
import { operations } from './operations.ts'
import { spatialLayers } from './spatial.ts'

/** A layer once more, or a model, on something else. */
const shared: ModelStep = (s, pick) => {
  if (s.layers.length === 0) return
  const { layer, on } = pick.of(s.layers.toReversed())
  const given = on.map((tensor) => s.like(pick, tensor))
  s.call(layer, given)
}

/** What models that are called inside of others are made of. */
const inside = { ...basic, ...merging, ...operations, ...spatialLayers, shared } satisfies Record<
  string,
  ModelStep
>

/** A model to be called inside of this one, with inputs for samples of these shapes among others. */
export function nested(s: ModelSketch, pick: Choices, shapes: readonly Sizes[]): Model {
  const inner = new ModelSketch(s.names, s.depth + 1)
  for (const shape of shapes) inner.fresh(shape)
  const kinds = pick.shuffled(Object.keys(inside) as (keyof typeof inside)[]).slice(0, 1 + pick.below(3))
  for (const kind of kinds) inside[kind](inner, pick)
  const made = inner.model(pick, s.names.next('inner'))
  s.lines.push(...inner.lines)
  return made
}

/** Whether a model takes samples of one shape and gives one tensor. */
export function isPlain({ inputPorts, outputPorts }: Model, sizes: Sizes): boolean {
  const { tensor } = inputPorts[0]!
  const fits = tensor.dtype === 'float32' && sizesOf(tensor).join() === sizes.join()
  return inputPorts.length === 1 && outputPorts.length === 1 && fits
}

const modelInModel: ModelStep = (s, pick) => {
  if (s.depth > 1) return
  const on = [s.any(pick, ofRank(1, 2, 3), () => features(pick))]
  if (pick.maybe(30)) on.push(s.any(pick, ofRank(1, 2), () => features(pick)))
  const made = nested(s, pick, on.map(sizesOf))
  const given = made.inputPorts.map(({ tensor }) => s.like(pick, tensor))
  s.call(made, given)
  if (pick.maybe(60))
    s.call(
      made,
      made.inputPorts.map(({ tensor }) => s.like(pick, tensor)),
    )
}

export const graph = { shared, modelInModel }
