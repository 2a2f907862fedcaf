export { loadModel, loadWeights, saveModel } from './files.node.ts'
export * from './index.browser.ts'
