import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { backend, engine, type Tensor } from '@tensorflow/tfjs-core'
import { reshape } from './kernel.ts'

const THREADS = 64

/**
 * out[row] = Σ updates[i] over the i with indices[i] = row, on webgpu. The kernel of tfjs adds in whatever order its
 * threads come, so that no two runs round alike; here each element adds its own, from the first to the last.
 *
 * @param indices [count]
 * @param updates float32 [count, width]
 * @returns [rows, width]
 */
export function scatterInOrder(indices: Tensor, updates: Tensor, rows: number): Tensor {
  const [count, width] = updates.shape as [number, number]
  const size = rows * width
  const made = (backend() as WebGPUBackend).runWebGPUProgram(
    {
      variableNames: ['indices', 'updates'],
      outputShape: [size],
      uniforms: 'count : i32, width : i32,',
      size: true,
      workgroupSize: [THREADS, 1, 1],
      dispatchLayout: { x: [0] },
      dispatch: [Math.ceil(size / THREADS), 1, 1],
      shaderKey: 'fn_scatter',
      getUserCode: () => `
        fn main(index: i32) {
          if (index < uniforms.size) {
            let row = index / uniforms.width;
            let column = index - row * uniforms.width;
            var sum = 0.0;
            for (var i = 0; i < uniforms.count; i = i + 1) {
              if (indices[i] == row) { sum = sum + updates[i * uniforms.width + column]; }
            }
            setOutputAtIndex(index, sum);
          }
        }`,
    },
    [indices, reshape(updates, [count * width])],
    'float32',
    [
      { type: 'int32', data: [count] },
      { type: 'int32', data: [width] },
    ],
  )
  return reshape(engine().makeTensorFromTensorInfo(made), [rows, width])
}
