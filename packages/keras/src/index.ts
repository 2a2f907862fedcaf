export { loadModel, saveModel } from './files.node.ts'
export * from './index.browser.ts'
