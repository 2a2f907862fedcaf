import { caseGradientProgram, caseProgram, opCases } from '@fn/conformance'
import { Builder, gradient, print } from '@fn/core'
import { describe, expect, it } from 'vitest'

const named = (name: string) => opCases.find((opCase) => opCase.name === name)!

describe('print', () => {
  it('a composite', () => {
    expect(print(caseProgram(named('elu: 2×3, alpha 0.5')))).toMatchInlineSnapshot(`
      "(x0: float32[2, 3])
        %0: float32[2, 3] = call elu(x0) alpha=0.5
        → y0: %0"
    `)
  })

  it('the gradient of a convolution', () => {
    expect(
      print(
        caseGradientProgram(
          named(
            'conv: 2-D same, stride 2, which pads one side more, as auto_pad of ONNX Runtime on WebGPU does not',
          ),
        ),
      ),
    ).toMatchInlineSnapshot(`
      "(x0: float32[2, 6, 5, 2], x1: float32[3, 3, 2, 3], c0: float32[2, 3, 3, 3])
        %0: float32[2, 3, 3, 3] = conv(x0, x1) strides=[2,2] dilations=[1,1] padding=[[0,1],[1,1]] groups=1
        %1: float32[2, 3, 3, 3] = mul(%0, c0)
        %2: float32[] = reduceSum(%1) axes=[0,1,2,3] keepDims=false
        %3: float32[2, 6, 5, 2] = convTranspose(c0, x1) strides=[2,2] dilations=[1,1] padding=[[0,1],[1,1]] groups=1 inputSize=[6,5]
        %4: float32[3, 3, 2, 3] = convFilterGrad(x0, c0) strides=[2,2] dilations=[1,1] padding=[[0,1],[1,1]] groups=1 kernelSize=[3,3]
        → loss: %2, d:x0: %3, d:x1: %4"
    `)
  })

  it('the gradient of a dense layer under a mean squared error', () => {
    const b = new Builder()
    const x = b.input({ shape: ['batch', 3], dtype: 'float32' }, 'x')
    const w = b.input({ shape: [3, 2], dtype: 'float32' }, 'w')
    const bias = b.input({ shape: [2], dtype: 'float32' }, 'bias')
    const y = b.input({ shape: ['batch', 2], dtype: 'float32' }, 'y')
    const prediction = b.at('dense', () => b.relu(b.add(b.matmul(x, w), bias)))
    const loss = b.at('loss', () => b.mean(b.square(b.sub(prediction, y))))
    expect(print(gradient(b.build({ loss }), 'loss', ['w', 'bias']))).toMatchInlineSnapshot(`
      "(x: float32[batch, 3], w: float32[3, 2], bias: float32[2], y: float32[batch, 2])
        %0: float32[batch, 2] = dot(x, w) contract=[[1],[0]] batch=[[],[]]   # dense
        %1: float32[batch, 2] = add(%0, bias)   # dense
        %2: float32[batch, 2] = call relu(%1)   # dense
        %3: float32[batch, 2] = sub(%2, y)   # loss
        %4: float32[batch, 2] = mul(%3, %3)   # loss
        %5: float32[] = reduceSum(%4) axes=[0,1] keepDims=false   # loss
        %6: int32[] = dimSize(%4) axis=0   # loss
        %7: float32[] = cast(%6) dtype="float32"   # loss
        %8: float32[] = constant() data=[2] shape=[] dtype="float32"   # loss
        %9: float32[] = mul(%7, %8)   # loss
        %10: float32[] = div(%5, %9)   # loss
        %11: float32[] = constant() data=[1] shape=[] dtype="float32"
        %12: float32[] = div(%11, %9)   # loss
        %13: float32[1, 1] = reshape(%12) shape=[1,1]   # loss
        %14: float32[1, 1] = mul(%13, %8)   # loss
        %15: float32[batch, 2] = mul(%14, %3)   # loss
        %16: float32[batch, 2] = call step(%2)   # dense
        %17: float32[batch, 2] = mul(%15, %16)   # dense
        %18: float32[2] = reduceSum(%17) axes=[0] keepDims=false   # dense
        %19: float32[3, 2] = dot(x, %17) contract=[[0],[0]] batch=[[],[]]   # dense
        → loss: %10, d:w: %19, d:bias: %18"
    `)
  })
})
