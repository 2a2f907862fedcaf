export type { Phase } from './phases.ts'
export type { LayerProfile, Profile, ProfileRow, ProfileTableOptions } from './profile.ts'
export { type Label, labelOf, Timer, type Timing, type Timings } from './timer.ts'
