import type { DType, InputDType, Shape } from '@fn/core'
import type { Graph } from './graph.ts'

/** Shapes, axes and indices are int64 in ONNX, and smaller files have smaller numbers; values of programs never are. */
export type ElementType = DType | InputDType

export interface GraphType {
  readonly shape: Shape
  readonly dtype: ElementType
}

/** A tensor of the graph. Nodes hold the tensor itself: its name is settled when the graph is complete. */
export interface Tensor extends GraphType {
  name: string
  readonly origin: 'input' | 'initializer' | 'node'
}

/** Stands for an input that a node does without, or an output that nobody reads. */
export const absent: Tensor = { name: '', shape: [], dtype: 'float32', origin: 'node' }

/** Of float16 the bits. */
export type ElementData = Float32Array | Int32Array | Uint8Array | Int8Array | Uint16Array | BigInt64Array

export interface Initializer {
  readonly tensor: Tensor
  readonly data: ElementData
}

/** An attribute: a whole number, a text or a float, a list of one of these, a tensor of one element, or a graph. */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly texts: readonly string[] }
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly element: number; readonly dtype: DType }
  | { readonly body: Graph }

/** The domain and the name of an operator; that of ONNX itself has no name. */
export function split(op: string): { readonly domain: string; readonly name: string } {
  const at = op.lastIndexOf('.')
  return { domain: op.slice(0, Math.max(at, 0)), name: op.slice(at + 1) }
}

export interface Node {
  /** Of another domain than that of ONNX itself, with it in front: `com.microsoft.Gelu`. */
  readonly op: string
  readonly name: string
  /** The layer that asked for it. */
  readonly path: string
  readonly inputs: Tensor[]
  readonly outputs: Tensor[]
  readonly attributes: Readonly<Record<string, Attribute>>
}
