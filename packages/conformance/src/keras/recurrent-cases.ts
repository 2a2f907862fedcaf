import {
  gradient,
  type HostArray,
  hoistRandom,
  input,
  type Layer,
  layerFromConfig,
  Scope,
  type SymbolicTensor,
  type Value,
} from '@fn/core'
import { listFixtures, loadFixture, type RecurrentFixture } from '@fn/golden'
import { hostArray } from '../ops/values.ts'
import type { LayerCase } from './layer-cases.ts'

/**
 * Keras hands the mask [batch, time, steps] on as the mask of an output [batch, time, units]. Here a time counts where any
 * of its steps does.
 */
const UNLIKE_KERAS: ReadonlySet<string> = new Set(['timeDistributed-lstm-mask'])

/** Calls with masks, states and whole numbers that Keras was asked about. */
export const recurrentCaseNames = (): readonly string[] => listFixtures('recurrent')

/**
 * yᵢ = layer(x, states; masks), the slopes of Σ yᵢ·cotangentᵢ in the inputs, the states and the weights, the masks of the
 * outputs, and what is kept after the call. A stateful layer starts from zeros; see `secondCallCase`.
 */
export function recurrentCase(name: string): LayerCase {
  const fixture = loadFixture('recurrent', name)
  return caseOf(name, fixture, fixture.inputs, {
    outputs: fixture.outputs,
    gradients: fixture.gradients,
    masks: fixture.outputMasks,
    statesAfter: fixture.statesAfter,
    statesBefore: fixture.statesAfter?.map(({ shape, data }) => ({
      shape,
      dtype: 'float32' as const,
      data: new Float32Array(data.length),
    })),
  })
}

/** The call after that of a stateful layer; undefined for all others. */
export function secondCallCase(name: string): LayerCase | undefined {
  const fixture = loadFixture('recurrent', name)
  const { secondCall, statesAfter } = fixture
  if (secondCall === null) return undefined
  return caseOf(`${name}, once more`, fixture, secondCall.inputs, {
    outputs: secondCall.outputs,
    masks: fixture.outputMasks,
    statesAfter: secondCall.statesAfter,
    statesBefore: statesAfter!,
  })
}

interface Answers {
  readonly outputs: readonly HostArray[]
  readonly gradients?: RecurrentFixture['gradients']
  readonly masks: RecurrentFixture['outputMasks']
  readonly statesBefore: readonly HostArray[] | undefined
  readonly statesAfter: readonly HostArray[] | null
}

function caseOf(
  name: string,
  fixture: RecurrentFixture,
  inputs: readonly HostArray[],
  answers: Answers,
): LayerCase {
  const layer = layerFromConfig({ class_name: fixture.class_name, config: fixture.config })
  const output = callOn(layer, fixture)
  const { weights, states } = layer
  const given: HostArray[] = []
  const expected: [string, HostArray][] = []
  const feed = (array: HostArray, label: string): Value => {
    given.push(array)
    return b.input(array, label)
  }
  const expectAs = (label: string, array: HostArray | null | undefined): void => {
    if (array) expected.push([label, hostArray(array.shape, array.dtype, array.data)])
  }

  const values = new Map<unknown, Value>()
  const b: Scope = new Scope(fixture.training, (variable) => values.get(variable)!)
  const xs = inputs.map((array, at) => feed(array, `x${at}`))
  const masks = fixture.masks.map((mask, at) => mask && feed(mask, `mask${at}`))
  const start = (fixture.initialState ?? []).map((array, at) => feed(array, `state${at}`))
  weights.forEach(({ variable, path }, at) => {
    values.set(variable, feed(fixture.weights[at]!, path))
  })
  states.forEach(({ variable, path }, at) => {
    values.set(variable, feed(answers.statesBefore![at]!, path))
  })
  const cotangents = fixture.cotangents.map((array, at) => feed(array, `cotangent${at}`))

  const written = layer.write([...xs, ...start], b, [...masks.map((mask) => mask ?? undefined)])
  const { outputs } = written
  const loss = outputs.map((y, at) => b.reduceSum(b.mul(y, cotangents[at]!))).reduce((x, y) => b.add(x, y))
  const moved = [...b.assigned]
  const program = b.build([
    ['loss', loss],
    ...outputs.map((y, at) => [`y${at}`, y] as const),
    ...written.masks.flatMap((mask, at) => (mask ? [[`mask of y${at}`, mask] as const] : [])),
    ...moved.map(([variable, value], at) => [`${variable.name} ${at}`, value] as const),
  ])

  const wrt: string[] = []
  const slope = (label: string, array: HostArray | null | undefined): void => {
    if (!array) return
    wrt.push(label)
    expectAs(`d:${label}`, array)
  }
  const { gradients } = answers
  outputs.forEach((_, at) => {
    expectAs(`y${at}`, answers.outputs[at])
    if (!UNLIKE_KERAS.has(name)) expectAs(`mask of y${at}`, answers.masks[at])
  })
  gradients?.inputs.forEach((array, at) => {
    slope(`x${at}`, array)
  })
  gradients?.initialState?.forEach((array, at) => {
    slope(`state${at}`, array)
  })
  weights
    .filter((_, at) => fixture.trainable[at])
    .forEach(({ path }, at) => {
      slope(path, gradients?.weights[at])
    })
  moved.forEach(([variable], at) => {
    const weight = weights.findIndex((candidate) => candidate.variable === variable)
    const state = states.findIndex((candidate) => candidate.variable === variable)
    expectAs(
      `${variable.name} ${at}`,
      weight >= 0 ? fixture.weightsAfter?.[weight] : answers.statesAfter?.[state],
    )
  })

  const { program: hoisted, draws } = hoistRandom(gradient(program, 'loss', wrt))
  const drawn = draws.map((_, at) => drawsFor(fixture)[at]!)
  return {
    name,
    symbolicShapes: fixture.output_shapes_symbolic,
    outputs: output,
    program: hoisted,
    inputs: [...given, ...drawn],
    expected: Object.fromEntries(expected),
    masks: written.masks.map((mask) => mask !== undefined),
    expectedMasks: answers.masks.map((mask) => mask !== null),
  }
}

/** Uniform draws that keep just what Keras kept. */
const drawsFor = ({ dropoutMasks }: RecurrentFixture): readonly HostArray[] =>
  [...(dropoutMasks?.inputs ?? []), ...(dropoutMasks?.states ?? [])].map(({ shape, data }) =>
    hostArray(
      shape,
      'float32',
      Array.from(data, (factor) => (factor > 0 ? 0 : 0.999)),
    ),
  )

/** Calls the layer on symbolic tensors, so that its weights and its symbolic outputs are there. */
function callOn(
  layer: Layer<unknown>,
  { inputs, initialState, secondCall }: RecurrentFixture,
): readonly SymbolicTensor[] {
  const batchSize = secondCall === null ? null : inputs[0]!.shape[0]!
  const tensors = [...inputs, ...(initialState ?? [])].map(({ shape, dtype }) =>
    input({ shape: shape.slice(1), dtype, batchSize }),
  )
  layer.apply(tensors.length === 1 ? tensors[0]! : tensors)
  return layer.inboundNodes[0]!.outputs
}
