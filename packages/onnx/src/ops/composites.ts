import { type CallAttributes, type EquationOf, isConcrete, NEGLIGIBLE, type TensorType } from '@fn/core'
import type { Emission } from '../emission.ts'
import { asMatrix, reshape } from '../graph/shapes.ts'
import type { Attribute } from '../graph/types.ts'
import type { Operand } from '../operand/operand.ts'
import { channelsFirst, permute } from '../permutation.ts'
import type { OnnxTarget } from '../program-to-onnx.ts'
import { clippedRelu } from './clip.ts'
import { isPlainRecurrence, isRecurrence, recurrence } from './recurrence.ts'

type Options = CallAttributes['options']
type Emit = (
  emission: Emission,
  inputs: readonly Operand[],
  options: Options,
  equation: EquationOf<'call'>,
) => readonly Operand[]

interface Native {
  /** The first operator set that has it. */
  readonly since: number
  /** Whether it does the same with these options, and this type of the first input; without it, with all. */
  readonly does?: (options: Options, x: TensorType) => boolean
  /** Whether the WebGPU provider of ONNX Runtime does it too; without it, it does. */
  readonly onWebgpu?: (options: Options) => boolean
  readonly emit: Emit
}

const elementwise =
  (op: string, attributes: (options: Options) => Readonly<Record<string, Attribute>> = () => ({})): Emit =>
  (emission, inputs, options, equation) =>
    emission.elementwiseNode(equation, inputs, op, attributes(options))

const relu: Emit = (emission, inputs, _options, equation) =>
  clippedRelu(emission, inputs, equation) ?? emission.elementwiseNode(equation, inputs, 'Relu')

const alpha = ({ alpha: value }: Options): Readonly<Record<string, Attribute>> => ({
  alpha: { float: value as number },
})

/** max(0, min(1, αx)) with the greatest α: 0 or 1, but for 0 < x < 3·10⁻³⁹. It takes half as long as 0 < x as a number. */
const steepest = (): Readonly<Record<string, Attribute>> => ({
  alpha: { float: 3.4028234663852886e38 },
  beta: { float: 0 },
})

/** Along the last axis of the program, wherever that is stored. */
const alongLast =
  (op: string): Emit =>
  (emission, [x], _options, equation) => {
    const { shape, dtype } = equation.outputs[0]!
    const layout = emission.layoutFor([x!], equation)
    const axis = layout.indexOf(shape.length - 1)
    return emission.computed(
      equation,
      emission.graph.one(op, [x!.as(layout)], { shape: permute(shape, layout), dtype }, { axis }),
      layout,
    )
  }

const batchNormalization: Emit = (emission, [x, ...parameters], { epsilon }, equation) => {
  const { shape, dtype } = equation.outputs[0]!
  const first = channelsFirst(shape.length)
  const inputs = [x!.as(first), ...parameters.map(({ tensor }) => tensor)]
  const type = { shape: permute(shape, first), dtype }
  const tensor = emission.graph.one('BatchNormalization', inputs, type, {
    epsilon: { float: epsilon as number },
  })
  return emission.computed(equation, tensor, first)
}

const layerNormalization: Emit = (emission, [x, gamma, beta], { epsilon }, equation) => {
  const { graph } = emission
  const [given] = equation.inputs
  const { shape, dtype } = equation.outputs[0]!
  // A sum that it alone reads ONNX Runtime would take into its SkipLayerNormalization, which takes five times as long on
  // processors as both; not so where the rows come as a matrix.
  const isRows = shape.length === 3 && isConcrete(shape.slice(1))
  const wouldBeFused = isRows && emission.originOf(given!)?.op === 'add' && emission.soleReader(given!)
  const rows = wouldBeFused ? asMatrix(graph, x!.tensor, 2) : x!.tensor
  const attributes = { axis: -1, epsilon: { float: epsilon as number } }
  const y = graph.one(
    'LayerNormalization',
    [rows, gamma!.tensor, beta!.tensor],
    { shape: rows.shape, dtype },
    attributes,
  )
  return emission.computed(equation, reshape(graph, y, shape))
}

const rmsNormalization: Emit = (emission, [x, gamma], { epsilon }, equation) => {
  const { shape, dtype } = equation.outputs[0]!
  const attributes = { axis: -1, epsilon: { float: epsilon as number } }
  const inputs = [x!.tensor, gamma!.tensor]
  return emission.computed(
    equation,
    emission.graph.one('RMSNormalization', inputs, { shape, dtype }, attributes),
  )
}

/** The heads lie side by side in the features: [batch, steps, heads · d]. */
const attention: Emit = (emission, [query, key, value, counts], { scale }, equation) => {
  const { graph } = emission
  const { shape, dtype } = equation.outputs[0]!
  const heads = shape[2] as number
  const flat = ({ shape: [batch, steps, , size], tensor }: Operand) =>
    reshape(graph, tensor, [batch!, steps!, heads * (size as number)])
  // It is added to the scores, of which nothing is left beside it.
  const bias =
    counts &&
    graph.one('Where', [counts.tensor, graph.scalar(0), graph.scalar(NEGLIGIBLE)], {
      shape: counts.shape,
      dtype,
    })
  const inputs = [flat(query!), flat(key!), flat(value!), ...(bias ? [bias] : [])]
  const type = { shape: [shape[0]!, shape[1]!, heads * (shape[3] as number)], dtype }
  const attributes = { scale: { float: scale as number }, q_num_heads: heads, kv_num_heads: heads }
  return emission.computed(equation, reshape(graph, graph.one('Attention', inputs, type, attributes), shape))
}

/** The composites that ONNX has operators for. */
export const natives: Readonly<Record<string, Native>> = {
  relu: { since: 13, emit: relu },
  step: { since: 13, onWebgpu: () => false, emit: elementwise('HardSigmoid', steepest) },
  softmax: { since: 13, emit: alongLast('Softmax') },
  logSoftmax: { since: 13, emit: alongLast('LogSoftmax') },
  softplus: { since: 13, emit: elementwise('Softplus') },
  // Of eˣ − 1 near 0 no digits are left there.
  elu: { since: 13, onWebgpu: () => false, emit: elementwise('Elu', alpha) },
  leakyRelu: { since: 13, emit: elementwise('LeakyRelu', alpha) },
  gelu: {
    since: 20,
    emit: elementwise('Gelu', ({ approximate }) => ({ approximate: approximate ? 'tanh' : 'none' })),
  },
  // Its channels have an axis of examples before them.
  batchNormInference: {
    since: 13,
    does: (_options, { shape }) => shape.length > 1,
    emit: batchNormalization,
  },
  lstm: { since: 13, does: isRecurrence, onWebgpu: isPlainRecurrence, emit: recurrence },
  gru: { since: 13, does: isRecurrence, onWebgpu: isPlainRecurrence, emit: recurrence },
  simpleRnn: { since: 13, does: isRecurrence, emit: recurrence },
  // Of the variance as E x² − (E x)² too few digits are left there.
  layerNorm: { since: 17, onWebgpu: () => false, emit: layerNormalization },
  rmsNorm: { since: 23, onWebgpu: () => false, emit: rmsNormalization },
  attention: { since: 23, onWebgpu: () => false, emit: attention },
}

/** The composites that an operator set has operators for, if not for every call of them. */
export const nativeComposites = (opset: number): ReadonlySet<string> =>
  new Set(Object.keys(natives).filter((name) => natives[name]!.since <= opset))

/** Whether an operator set has an operator for a call of a composite. */
export function isNative(
  { name, options, body }: CallAttributes,
  opset: number,
  target?: OnnxTarget,
): boolean {
  const native = natives[name]
  return (
    native !== undefined &&
    native.since <= opset &&
    (native.does?.(options, body.inputs[0]!) ?? true) &&
    (target !== 'webgpu' || (native.onWebgpu?.(options) ?? true))
  )
}
