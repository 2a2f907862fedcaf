import { onnxruntime } from '@fn/backend-onnxruntime'
import { prove } from '@fn/vitest/prove'

prove(await onnxruntime('cpu'))
