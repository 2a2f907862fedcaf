import { compareArrays } from '@fn/cases'
import { Builder, type HostArray, type Optimizer, optimizers } from '@fn/core'
import { type Config, listFixtures, loadFixture } from '@fn/golden'
import { describe, expect, it } from 'vitest'
import { camelCase } from '../../src/saving/naming.ts'
import { run, scalar } from '../support/run.ts'

function optimizerFrom(className: string, config: Config): Optimizer {
  const make = optimizers[className.toLowerCase() as keyof typeof optimizers] as (
    options: object,
  ) => Optimizer
  const options = Object.entries(config).map(([key, value]) => [camelCase(key), value])
  return make(Object.fromEntries(options))
}

describe.each(listFixtures('optimizers'))('the optimizer %s', (name) => {
  const { class_name, config, initial, gradients, after } = loadFixture('optimizers', name)

  it('goes the way of real Keras for five steps', async () => {
    const optimizer = optimizerFrom(class_name, config)
    let variables: HostArray[] = initial
    let slots: HostArray[][] = initial.map(({ shape, data }) =>
      optimizer.slots.map(() => ({ shape, dtype: 'float32', data: new Float64Array(data.length) })),
    )
    for (const [step, given] of gradients.entries()) {
      const b = new Builder()
      const rate = b.input({ shape: [], dtype: 'float32' }, 'rate')
      const count = b.input({ shape: [], dtype: 'float32' }, 'step')
      const vs = variables.map((array, at) => b.input(array, `v${at}`))
      const gs = given.map((array, at) => b.input(array, `g${at}`))
      const ss = slots.map((list, at) => list.map((array, slot) => b.input(array, `s${at}:${slot}`)))
      const clipped = optimizer.clip(b, gs)
      const outputs: Record<string, (typeof vs)[number]> = {}
      vs.forEach((value, at) => {
        const own = Object.fromEntries(optimizer.slots.map((slot, index) => [slot, ss[at]![index]!]))
        const variable = optimizer.decay(b, value, rate)
        const updated = optimizer.update(b, {
          variable,
          gradient: clipped[at]!,
          slots: own,
          learningRate: rate,
          step: count,
        })
        outputs[`v${at}`] = updated.variable
        optimizer.slots.forEach((slot, index) => {
          outputs[`s${at}:${index}`] = updated.slots[slot]!
        })
      })
      const inputs = [
        scalar(optimizer.learningRate),
        scalar(step + 1),
        ...variables,
        ...given,
        ...slots.flat(),
      ]
      const results = await run(b.build(outputs), inputs)
      variables = vs.map((_, at) => results[`v${at}`]!)
      slots = ss.map((list, at) => list.map((_, index) => results[`s${at}:${index}`]!))
      variables.forEach((array, at) => {
        expect(compareArrays(after[step]![at]!, array, 1e-5).mismatch).toBeUndefined()
      })
    }
  })
})

describe('options', () => {
  it('are checked', () => {
    expect(() => optimizers.sgd({ learningRate: Number.NaN })).toThrow(
      'Sgd: expected a learningRate ≥ 0. Received: null.',
    )
    expect(() => optimizers.sgd({ momentum: 2 })).toThrow('Sgd: expected a momentum in [0, 1]. Received: 2.')
    expect(() => optimizers.adam({ clipnorm: 1, clipvalue: 1 })).toThrow(
      'Adam: expected at most one of clipnorm, clipvalue, globalClipnorm. Received: clipnorm, clipvalue.',
    )
  })
})
