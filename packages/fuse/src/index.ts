export { type Group, group, isGroup } from './group.ts'
export { type Kernel, kernelsOver } from './kernels.ts'
export type { Splat } from './layout.ts'
export { type Parts, splitTail } from './tail.ts'
