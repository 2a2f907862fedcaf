import { reference } from '@fn/backend-reference'
import {
  guideCase,
  guideCaseNames,
  trainingCase,
  trainingCaseNames,
  trainingOptionsCase,
  trainingOptionsCaseNames,
} from '@fn/cases'
import { describe, expect, it } from 'vitest'

// Against float64, the float32 of Keras: Adam's 1 − 0.999 alone is off by 1.3e-5 there.
const TOLERANCE = 1e-4

describe.each(trainingCaseNames())('training %s, as real Keras does', (name) => {
  it('has the same history, weights, evaluation and predictions', async () => {
    const problems = await trainingCase(name, await reference(), TOLERANCE)
    expect(problems).toEqual([])
  }, 60_000)
})

describe.each(trainingOptionsCaseNames())('training with options %s, as real Keras does', (name) => {
  it('has the same history, weights, states, evaluation and predictions', async () => {
    expect(await trainingOptionsCase(name, await reference(), TOLERANCE)).toEqual([])
  }, 60_000)
})

describe.each(guideCaseNames())('the program %s of the guide, as in real Keras', (name) => {
  it('has the same answers, slopes and steps', async () => {
    expect(await guideCase(name, await reference(), TOLERANCE)).toEqual([])
  }, 60_000)
})
