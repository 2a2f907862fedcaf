import type { HostArray, Model } from '@fn/core'
import type fc from 'fast-check'
import { drawInput, seedOf } from '../ops/values.ts'
import { Choices, plans } from './choices.ts'
import { ModelSketch, Names } from './model-sketch.ts'
import { WORDS } from './model-steps/basic.ts'
import { modelStepNames, modelSteps } from './model-steps/index.ts'

/** A model with weights and data. */
export interface DrawnModel {
  readonly model: Model
  /** The code that makes it. */
  readonly code: string
  readonly weights: readonly HostArray[]
  readonly inputs: readonly HostArray[]
  readonly seed: number
}

/** How many samples there are. */
export const BATCH = 3

/** Functional models of 1 to so many steps, in which layers and models are shared and nested. */
export function randomModels(mostSteps: number): fc.Arbitrary<DrawnModel> {
  return plans(modelStepNames, mostSteps).map(({ seed, steps, ending }) => {
    const sketch = new ModelSketch(new Names())
    for (const { kind, numbers } of steps) modelSteps[kind](sketch, new Choices(numbers))
    const model = sketch.model(new Choices(ending), 'drawn')
    const weights = model.weights.map(({ path, variable: { shape } }) => weightOf(path, shape, seed))
    const inputs = model.inputPorts.map(({ tensor: { shape, dtype } }, at) => {
      const all = [BATCH, ...(shape.slice(1) as number[])]
      return dtype === 'int32'
        ? words(all, seed + at)
        : drawInput({ shape: all, dtype, domain: 'any' }, at, seed)
    })
    return { model, code: sketch.lines.join('\n'), weights, inputs, seed }
  })
}

/** Variances and factors are positive, all others moderate. */
function weightOf(path: string, shape: readonly number[], seed: number): HostArray {
  const own = seed + seedOf(path)
  if (/variance$|gamma$/.test(path)) return drawInput({ shape, dtype: 'float32', domain: 'positive' }, 0, own)
  const { data } = drawInput({ shape, dtype: 'float32', domain: 'unit' }, 0, own)
  return {
    shape,
    dtype: 'float32',
    data: Float64Array.from(data, (value) => Math.fround(1.5 * value - 0.75)),
  }
}

function words(shape: readonly number[], seed: number): HostArray {
  const { data } = drawInput({ shape, dtype: 'float32', domain: 'unit' }, 0, seed)
  return { shape, dtype: 'int32', data: Int32Array.from(data, (value) => Math.floor(value * WORDS)) }
}
