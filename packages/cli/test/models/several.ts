import { input, layers, sequential, setRandomSeed } from '@fn/core'

setRandomSeed(2)

export const narrow = sequential([input({ shape: [3], name: 'x' }), layers.dense({ units: 2, name: 'y' })], {
  name: 'narrow',
})

export const wide = sequential([input({ shape: [30], name: 'x' }), layers.dense({ units: 20, name: 'y' })], {
  name: 'wide',
})
