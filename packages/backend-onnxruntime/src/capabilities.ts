import { type Capabilities, type DType, type Equation, opNames } from '@fn/core'
import { defaultOpset, isNative, nativeComposites, type OnnxTarget } from '@fn/onnx'

export const capabilitiesOf = (target: OnnxTarget | undefined, profiles: boolean): Capabilities => ({
  ops: new Set(opNames.filter((op) => op !== 'random')),
  composites: nativeComposites(defaultOpset),
  claims: (call) => isNative(call, defaultOpset, target),
  dtypes: new Set<DType>(['float32', 'int32', 'bool']),
  precision: 'float32',
  profiles,
  ...(target === 'webgpu' && { refuses: refusedOnWebgpu }),
})

const refusedOnWebgpu = ({ op, outputs }: Equation): string | undefined =>
  op === 'pow' && outputs[0]!.dtype === 'int32'
    ? 'powers of int32, which ONNX Runtime computes as float32 on WebGPU'
    : undefined
