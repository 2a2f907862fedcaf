import { type Capabilities, type DType, opNames } from '@fn/core'
import { defaultOpset, isNative, nativeComposites, type OnnxTarget } from '@fn/onnx'

export const capabilitiesOf = (target: OnnxTarget | undefined): Capabilities => ({
  ops: new Set(opNames.filter((op) => op !== 'random')),
  composites: nativeComposites(defaultOpset),
  claims: (call) => isNative(call, defaultOpset, target),
  dtypes: new Set<DType>(['float32', 'int32', 'bool']),
  precision: 'float32',
})
