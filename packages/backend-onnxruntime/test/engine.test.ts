import { onnxruntime } from '@fn/backend-onnxruntime'
import { conformance } from '@fn/conformance'
import { describe, it } from 'vitest'

conformance({ describe, it, backend: await onnxruntime('cpu') })
