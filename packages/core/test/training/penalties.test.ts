import { compareArrays } from '@fn/cases'
import { Builder, type Constraint, constraints, gradient, type Regularizer, regularizers } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'
import { constraintOf } from '../../src/constraints/index.ts'
import { regularizerOf } from '../../src/regularizers/index.ts'
import { run, scalar } from '../support/run.ts'

const TOLERANCE = 1e-5

/** At 0 the slope of |x| is 0 here, as in Keras on TensorFlow; on JAX, which made the fixtures, it is 1. */
const isSmooth = (name: string): boolean => name !== 'l1-zeros'

describe.each(listFixtures('regularizers').filter(isSmooth))('the regularizer %s', (name) => {
  it('costs what it does in real Keras, with the same slope', async () => {
    const { class_name, config, weights, value, gradient: slope } = loadFixture('regularizers', name)
    const regularizer = regularizerOf({ class_name, config }) as Regularizer
    const b = new Builder()
    const program = gradient(b.build({ loss: regularizer.penalty(b, b.input(weights, 'w')) }), 'loss', ['w'])
    const outputs = await run(program, [weights])
    expect(compareArrays(scalar(value), outputs.loss!, TOLERANCE).mismatch).toBeUndefined()
    expect(compareArrays(slope, outputs['d:w']!, TOLERANCE).mismatch).toBeUndefined()
  })
})

describe.each(listFixtures('constraints'))('the constraint %s', (name) => {
  it('brings weights back to where real Keras does', async () => {
    const { class_name, config, weights, output } = loadFixture('constraints', name)
    const constraint = constraintOf({ class_name, config }) as Constraint
    const b = new Builder()
    const program = b.build({ y: constraint.apply(b, b.input(weights, 'w')) })
    const { y } = await run(program, [weights])
    expect(compareArrays(output, y!, TOLERANCE).mismatch).toBeUndefined()
  })
})

describe('what is no penalty', () => {
  it('is refused in one sentence', () => {
    expect(() => regularizers.l2({ l2: -1 })).toThrow('Expected l2 to be a finite number ≥ 0. Received: -1.')
    expect(() => regularizerOf('l3' as never)).toThrow('Unknown regularizer "l3".')
    expect(() => constraintOf('unit' as never)).toThrow('Unknown constraint "unit".')
    expect(constraints.nonNeg().className).toBe('NonNeg')
  })
})
