import { setRandomSeed } from '@fn/core'

// What a test draws without a seed of its own, as initial weights, is the same in every run: a test that fails fails again.
setRandomSeed(1)
