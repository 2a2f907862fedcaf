import { optimizers } from '@fn/core'
import { describe, expect, it } from 'vitest'

describe('options', () => {
  it('are checked', () => {
    expect(() => optimizers.sgd({ learningRate: Number.NaN })).toThrow(
      'optimizers.sgd: expected learningRate to be a number. Received: NaN.',
    )
    expect(() => optimizers.sgd({ momentum: 2 })).toThrow(
      'optimizers.sgd: expected momentum to be a finite number in [0, 1]. Received: 2.',
    )
    expect(() => optimizers.adam({ clipnorm: 1, clipvalue: 1 })).toThrow(
      'Adam: expected at most one of clipnorm, clipvalue, globalClipnorm. Received: clipnorm, clipvalue.',
    )
  })
})
