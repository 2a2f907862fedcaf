import { sizeOf, stridesOf } from '@fn/core'
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm'
import { backend, engine, type Tensor, util } from '@tensorflow/tfjs-core'

// The memory of wasm, for what its kernels do slowly or not at all: moving elements without looking at them.

const wasm = (): BackendWasm => backend() as BackendWasm

/** A tensor that holds whatever lay in the memory before. */
export const allocate = (shape: readonly number[], dtype: Tensor['dtype']): Tensor =>
  engine().makeTensorFromTensorInfo(wasm().makeOutput([...shape], dtype))

/** The elements of a tensor, in place. The view is good until something is allocated: the memory may grow. */
export const elementsOf = (x: Tensor) => wasm().typedArrayFromHeap(x)

/** What copies `count` elements of one tensor into another, in places counted in elements; good as long as a view. */
export function copier(source: Tensor, target: Tensor): (from: number, to: number, count: number) => void {
  const bytes = new Uint8Array(elementsOf(target).buffer)
  const width = util.bytesPerElement(source.dtype)
  const [start, end] = [source, target].map(({ dataId }) => wasm().getMemoryOffset(dataId)) as [
    number,
    number,
  ]
  return (from, to, count) => {
    bytes.copyWithin(end + to * width, start + from * width, start + (from + count) * width)
  }
}

/** x[begin …, + size): the kernel copies all of x first, at each call. */
export function sliceInHeap(x: Tensor, begin: readonly number[], size: readonly number[]): Tensor {
  const out = allocate(size, x.dtype)
  if (out.size === 0) return out
  const copy = copier(x, out)
  const strides = stridesOf(x.shape)
  // From the last axis that is cut on, elements stay neighbours.
  const last = size.findLastIndex((dim, axis) => dim !== x.shape[axis])
  const run = sizeOf(size.slice(last))
  let to = 0
  const visit = (axis: number, from: number): void => {
    const start = from + begin[axis]! * strides[axis]!
    if (axis === last) {
      copy(start, to, run)
      to += run
      return
    }
    for (let at = 0; at < size[axis]!; at++) visit(axis + 1, start + at * strides[axis]!)
  }
  visit(0, 0)
  return out
}

/** Where the elements of a tensor lie. */
export const addressOf = (x: Tensor): number => wasm().getMemoryOffset(x.dataId)

/** The memory itself, if this build of the engine lets it be seen. */
export function wasmMemory(): WebAssembly.Memory | undefined {
  // What Emscripten keeps of its instance is not declared. The build with threads is given its memory, the others make it.
  const { asm, wasmMemory } = wasm().wasm as unknown as {
    readonly asm?: { readonly memory?: WebAssembly.Memory }
    readonly wasmMemory?: WebAssembly.Memory
  }
  return asm?.memory ?? wasmMemory
}
