import { FnError } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { natives } from './composites.ts'
import { emitScan, type Write } from './scan.ts'

export const control = (emission: Emission, write: Write): Family<'control'> => ({
  call(inputs, { name, options }, equation) {
    const native = natives[name]
    if (native === undefined) throw new FnError(`ONNX has no operator for ${name}.`)
    return native.emit(emission, inputs, options, equation)
  },
  scan: (inputs, attrs, equation) => emitScan(emission, inputs, attrs, equation, write),
  stopGradient: ([x]) => [x!],
})
