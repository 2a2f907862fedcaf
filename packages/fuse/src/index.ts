export { type Group, group, isGroup, labelOfGroup } from './group.ts'
export { type Kernel, kernelsOver, type Module, type Ports, write } from './kernels.ts'
export { type Splat, splatsOf } from './layout.ts'
export { type Parts, splitTail } from './tail.ts'
