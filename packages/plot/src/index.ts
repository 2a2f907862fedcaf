export { type PlotOptions, toDot } from './dot.ts'
export { plotModel } from './plot-model.ts'
