import {
  gradient,
  type HostArray,
  input,
  layerFromConfig,
  type Program,
  Scope,
  type SymbolicTensor,
} from '@fn/core'
import { type GoldenTensor, type LayerFixture, listFixtures, loadFixture } from '@fn/golden'

/** One call of one layer as a program with its gradient, and what real Keras says of it. */
export interface LayerCase {
  readonly name: string
  /** The sizes that Keras gives the outputs, null where they are open. */
  readonly symbolicShapes: readonly (readonly (number | null)[])[]
  readonly outputs: readonly SymbolicTensor[]
  readonly program: Program
  /** In the order of the inputs of the program. */
  readonly inputs: readonly HostArray[]
  /** By the names of the outputs of the program. */
  readonly expected: Readonly<Record<string, HostArray>>
  /** Whether the outputs have masks, here and in Keras. */
  readonly masks: readonly boolean[]
  readonly expectedMasks: readonly boolean[]
}

/** The calls of layers that Keras was asked about. */
export const layerCaseNames = (): readonly string[] => listFixtures('layers')

/** y = layer(x), the slopes of Σ y·cotangent in the inputs and the weights, and the statistics after the call. */
export function layerCase(name: string): LayerCase {
  const fixture = loadFixture('layers', name)
  const layer = layerFromConfig({ class_name: fixture.class_name, config: fixture.config })
  const output = layer.apply(symbolic(fixture)) as SymbolicTensor
  const { weights } = layer

  const b: Scope = new Scope(fixture.training, (variable) => given.get(variable)!)
  const xs = fixture.inputs.map(({ shape, dtype }, at) => b.input({ shape, dtype }, `x${at}`))
  const given = new Map(weights.map(({ variable, path }) => [variable, b.input(variable, path)]))
  const cotangent = b.input(fixture.cotangent, 'cotangent')
  const [y] = layer.write(xs, b).outputs
  const moved = [...b.assigned]
  const program = b.build([
    ['y', y!],
    ['loss', b.reduceSum(b.mul(y!, cotangent))],
    ...moved.map(([variable, value]) => [variable.name, value] as const),
  ])

  const trainable = weights.filter((_, at) => fixture.trainable[at])
  const wrt = [...xs.map(({ name }) => name!), ...trainable.map(({ path }) => path)]
  const slopes = [...fixture.gradients.inputs, ...fixture.gradients.weights]
  const after = fixture.weightsAfter
  return {
    name,
    symbolicShapes: [fixture.output_shape_symbolic],
    outputs: [output],
    masks: [],
    expectedMasks: [],
    program: gradient(program, 'loss', wrt),
    inputs: [...fixture.inputs, ...fixture.weights, fixture.cotangent].map(hostArray),
    expected: Object.fromEntries([
      ['y', hostArray(fixture.output)],
      ...wrt.map((path, at) => [`d:${path}`, hostArray(slopes[at]!)]),
      ...moved.map(([variable]) => [
        variable.name,
        hostArray(after![weights.findIndex((weight) => weight.variable === variable)]!),
      ]),
    ]),
  }
}

function symbolic({ inputs }: LayerFixture): SymbolicTensor | SymbolicTensor[] {
  const tensors = inputs.map(({ shape }) => input({ shape: shape.slice(1) }))
  return tensors.length === 1 ? tensors[0]! : tensors
}

const hostArray = ({ shape, dtype, data }: GoldenTensor): HostArray => ({ shape, dtype, data })
