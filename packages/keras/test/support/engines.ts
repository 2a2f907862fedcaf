import { onnxruntime } from '@fn/backend-onnxruntime'
import { reference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import type { Backend } from '@fn/core'

/** Engines on which a training resumes exactly. */
export const engines = {
  reference,
  'tfjs wasm': () => tfjs('wasm'),
  'onnxruntime cpu': () => onnxruntime('cpu'),
} satisfies Readonly<Record<string, () => Promise<Backend>>>

export type EngineName = keyof typeof engines
