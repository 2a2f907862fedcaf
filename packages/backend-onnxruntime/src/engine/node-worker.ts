import { parentPort } from 'node:worker_threads'
import { serve } from '../worker/serve.ts'
import { start } from './node.ts'

const port = parentPort!
serve(start, {
  send: (message, transfer = []) => port.postMessage(message, transfer as ArrayBuffer[]),
  receive: (listener) => void port.on('message', listener),
})
