import { onnxruntime } from '@fn/backend-onnxruntime'
import { createReference } from '@fn/backend-reference'
import { tfjs } from '@fn/backend-tfjs'
import type { Backend } from '@fn/core'

/** The engines that a program may run on. */
export const backends = {
  wasm: () => tfjs('wasm'),
  cpu: () => tfjs('cpu'),
  onnxruntime: () => onnxruntime('cpu'),
  reference: async () => createReference(),
} satisfies Readonly<Record<string, () => Promise<Backend>>>

export type BackendName = keyof typeof backends
