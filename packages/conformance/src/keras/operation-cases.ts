import { gradient, type HostArray, modelFromConfig, Scope } from '@fn/core'
import { listFixtures, loadFixture } from '@fn/golden'
import { hostArray } from '../ops/values.ts'
import type { LayerCase } from './layer-cases.ts'

/** The models of raw operations that Keras was asked about. */
export const operationCaseNames = (): readonly string[] => listFixtures('operations')

/** y = model(x), and the slopes of Σ yᵢ·cotangentᵢ in the inputs and the weights. */
export function operationCase(name: string): LayerCase {
  const fixture = loadFixture('operations', name)
  const model = modelFromConfig(fixture.model)
  const { weights } = model
  const b: Scope = new Scope(false, (variable) => given.get(variable)!)
  const inputs: HostArray[] = []
  const feed = ({ shape, dtype, data }: HostArray, label: string) => {
    inputs.push(hostArray(shape, dtype, Array.from(data)))
    return b.input({ shape, dtype }, label)
  }
  const xs = fixture.inputs.map((array, at) => feed(array, `x${at}`))
  const given = new Map(weights.map(({ variable, path }, at) => [variable, feed(fixture.weights[at]!, path)]))
  const { outputs } = model.write(xs, b)
  const parts = outputs.flatMap((y, at) => {
    const cotangent = fixture.cotangents[at]
    return cotangent ? [b.reduceSum(b.mul(y, feed(cotangent, `cotangent${at}`)))] : []
  })
  const answers = outputs.map((y, at) => [`y${at}`, y] as const)
  const loss = parts.length > 0 ? parts.reduce((x, y) => b.add(x, y)) : undefined
  const program = b.build(loss ? [['loss', loss], ...answers] : answers)

  const slopes = [
    ...fixture.gradients.inputs.map((array, at) => [`x${at}`, array] as const),
    ...fixture.gradients.weights.map((array, at) => [weights[at]!.path, array] as const),
  ].filter((slope): slope is readonly [string, NonNullable<(typeof slope)[1]>] => slope[1] !== null)
  const wrt = slopes.map(([label]) => label)
  return {
    name,
    symbolicShapes: fixture.outputShapes,
    outputs: model.outputPorts.map(({ tensor }) => tensor),
    masks: [],
    expectedMasks: [],
    program: loss ? gradient(program, 'loss', wrt) : program,
    inputs,
    expected: Object.fromEntries([
      ...fixture.outputs.map((array, at) => [`y${at}`, array] as const),
      ...slopes.map(([label, array]) => [`d:${label}`, array] as const),
    ]),
  }
}
