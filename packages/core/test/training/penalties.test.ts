import { constraintOf, constraints, regularizerOf, regularizers } from '@fn/core'
import { describe, expect, it } from 'vitest'

describe('what is no penalty', () => {
  it('is refused in one sentence', () => {
    expect(() => regularizers.l2({ l2: -1 })).toThrow('Expected l2 to be a finite number ≥ 0. Received: -1.')
    expect(() => regularizerOf('l3' as never)).toThrow('Unknown regularizer "l3".')
    expect(() => constraintOf('unit' as never)).toThrow('Unknown constraint "unit".')
    expect(constraints.nonNeg().className).toBe('NonNeg')
  })
})
