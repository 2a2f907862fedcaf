import { createReference, type Tensor } from '@fn/backend-reference'
import type { Backend } from '@fn/core'
import { Disturbance } from './lanes.ts'

/**
 * The reference with a little noise in all that its equations give: what differs between two of them is what no engine
 * can be asked to get right.
 */
export function noisyBackend(seed: number, noise: number): Backend {
  const reference = createReference()
  const disturbance = new Disturbance(seed, noise, false)
  return {
    ...reference,
    name: 'noisy reference',
    async compile(program, { donate = [] } = {}) {
      return {
        async run(inputs) {
          const arrays = await Promise.all(inputs.map((tensor) => reference.download(tensor)))
          const outputs = disturbance.shaken(program, arrays as readonly Tensor[])
          for (const at of donate) inputs[at]?.dispose()
          return outputs.map((tensor) => reference.upload(tensor))
        },
        dispose() {},
      }
    },
  }
}
