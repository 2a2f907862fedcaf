import { serve } from '../worker/serve.ts'
import { start } from './browser.ts'

serve(start, {
  send: (message, transfer = []) => postMessage(message, { transfer: transfer as ArrayBuffer[] }),
  receive: (listener) => addEventListener('message', ({ data }) => listener(data)),
})
