import {
  broadcastShapes,
  type Equation,
  type families,
  type Interpreter,
  type OpName,
  type Program,
  type Shape,
  sameShape,
  type Value,
} from '@fn/core'
import { originsOf, readersOf, wantedChannelsFirst } from './demand.ts'
import type { Graph } from './graph/graph.ts'
import type { Attribute, ElementType, Node, Tensor } from './graph/types.ts'
import { Splat } from './operand/known.ts'
import { Computed, type Operand } from './operand/operand.ts'
import { widened } from './operand/views.ts'
import { channelsFirst, inOrder, type Permutation, permute, samePermutation } from './permutation.ts'
import type { Machine, OnnxTarget } from './program-to-onnx.ts'

/** The part of the emitter that writes one of core's families of ops. */
export type Family<Name extends keyof typeof families> = Pick<
  Interpreter<Operand>,
  keyof (typeof families)[Name] & OpName
>

/** What the emitters of ops share: the graph, the operator set, what each value has become and what is to come of it. */
export class Emission {
  readonly graph: Graph
  readonly opset: number
  readonly program: Program
  readonly target: OnnxTarget | undefined
  readonly channelBlock: number | undefined
  /** What stands for each value that has been written, by its id. */
  readonly operands = new Map<number, Operand>()
  /** The MaxPool nodes by the tensor that they pool, so that their indices can be asked for later. */
  readonly maxPools = new Map<Tensor, Node[]>()
  readonly #wanted: ReadonlySet<number>
  readonly #readers: ReadonlyMap<number, readonly (Equation | undefined)[]>
  readonly #origins: ReadonlyMap<number, Equation>

  constructor(graph: Graph, opset: number, program: Program, { target, channelBlock }: Machine = {}) {
    this.graph = graph
    this.opset = opset
    this.program = program
    this.target = target
    this.channelBlock = channelBlock
    this.#wanted = wantedChannelsFirst(program)
    this.#readers = readersOf(program)
    this.#origins = originsOf(program)
  }

  /** Whether anything reads a value. */
  isRead({ id }: Value): boolean {
    return this.#readers.has(id)
  }

  /** The equation that gives a value; none for an input. */
  originOf({ id }: Value): Equation | undefined {
    return this.#origins.get(id)
  }

  /** The equation that reads a value, if nothing else does. */
  soleReader({ id }: Value): Equation | undefined {
    const readers = this.#readers.get(id)
    return readers?.length === 1 ? readers[0] : undefined
  }

  /** What is written for an equation stands for the one that alone reads it as well: it need not be written. */
  together({ outputs }: Equation, results: readonly Operand[]): readonly Operand[] {
    outputs.forEach(({ id }, at) => {
      this.operands.set(id, results[at]!)
    })
    return results
  }

  /** How many transposes each run takes to have an operand in a layout. What is made before a loop costs its steps nothing. */
  cost(operand: Operand, layout: Permutation): 0 | 1 {
    return operand.graph === this.graph ? operand.cost(layout) : 0
  }

  /** What a node has computed for an equation, in the layout in which it came. */
  computed({ outputs: [type] }: Equation, tensor: Tensor, layout?: Permutation): readonly [Operand] {
    return [new Computed(this.graph, type!, tensor, layout)]
  }

  /**
   * The layout that costs the fewest transposes; among equals channels first where a window is to come, else that of
   * the program.
   */
  layoutFor(operands: readonly Operand[], { outputs }: Equation): Permutation {
    const { id, shape } = outputs[0]!
    const rank = Math.max(shape.length, ...operands.map((operand) => operand.rank))
    const full = operands.filter((operand) => operand.rank === rank)
    const windowed = channelsFirst(rank)
    const first = this.#wanted.has(id) ? [windowed, inOrder(rank)] : [inOrder(rank), windowed]
    const cost = (layout: Permutation): number =>
      full.reduce((total, operand) => total + this.cost(operand, layout), 0)
    return [...first, ...full.flatMap((operand) => operand.layouts())].reduce((best, layout) =>
      cost(layout) < cost(best) ? layout : best,
    )
  }

  /**
   * Element by element: `write` gets the operands as tensors that broadcast, all in one layout, and answers the result
   * in this layout.
   */
  elementwise(
    equation: Equation,
    operands: readonly Operand[],
    write: (tensors: readonly Tensor[], shape: Shape) => Tensor,
  ): readonly [Operand] {
    const { shape } = equation.outputs[0]!
    const slim = this.#withScalars(operands, shape)
    const layout = this.layoutFor(slim, equation)
    const tensors = slim.map((operand) => this.#aligned(operand, layout, equation.path))
    return this.computed(equation, write(tensors, permute(shape, layout)), layout)
  }

  /** The same for an op that is one node. */
  elementwiseNode(
    equation: Equation,
    operands: readonly Operand[],
    op: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly [Operand] {
    const { dtype } = equation.outputs[0]!
    return this.elementwise(equation, operands, (tensors, shape) =>
      this.graph.one(op, tensors, { shape, dtype }, attributes),
    )
  }

  /** One number need not be repeated where the others have the whole shape. */
  #withScalars(operands: readonly Operand[], shape: Shape): readonly Operand[] {
    const slim = [...operands]
    operands.forEach((operand, at) => {
      if (!(operand instanceof Splat) || operand.rank === 0) return
      const others = slim.filter((_, other) => other !== at).map((other) => other.shape)
      if (sameShape(others.reduce(broadcastShapes, []), shape))
        slim[at] = new Splat(this.graph, operand.value, [], operand.dtype)
    })
    return slim
  }

  #aligned(operand: Operand, layout: Permutation, path: string): Tensor {
    if (operand.shape.every((dim) => dim === 1) || samePermutation(layout, inOrder(layout.length)))
      return operand.tensor
    return widened(operand, layout.length, path).as(layout)
  }

  /** A node in a chain of nodes of one shape, from tensors and numbers. */
  chain(shape: Shape, dtype: ElementType = 'float32') {
    return (op: string, ...inputs: readonly (Tensor | number)[]): Tensor =>
      this.graph.one(
        op,
        inputs.map((input) => (typeof input === 'number' ? this.graph.scalar(input, dtype) : input)),
        { shape, dtype },
      )
  }
}
