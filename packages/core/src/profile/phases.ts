import type { Equation, Program, Value } from '../program/types.ts'
import { coneOf } from '../transforms/scan-body.ts'

/** The part of training that something is for. */
export type Phase = 'forward' | 'backward' | 'update' | 'validation'

const phases: ReadonlySet<string> = new Set<Phase>(['forward', 'backward', 'update', 'validation'])

/**
 * A step of training whose paths are led by the phase, and name the layer where they named a weight: what an engine tells
 * of paths then tells both.
 *
 * @param ahead what the forward pass makes: the losses, metrics and moving statistics
 */
export function withPhases(program: Program, ahead: readonly Value[]): Program {
  const forward = new Set(coneOf(program.equations, ahead).equations)
  return relabelled(program, (equation) => {
    if (forward.has(equation)) return 'forward'
    return equation.path.split('/')[0] === 'optimizer' ? 'update' : 'backward'
  })
}

/** A step of evaluation, labelled alike. */
export const asValidation = (program: Program): Program => relabelled(program, () => 'validation')

function relabelled(program: Program, phaseOf: (equation: Equation) => Phase): Program {
  const weights = program.inputs.map((input) => input.name!)
  return {
    ...program,
    equations: program.equations.map((equation) => {
      const layer = layerOf(equation.path, weights)
      return { ...equation, path: [phaseOf(equation), layer].filter(Boolean).join('/') }
    }),
  }
}

/** optimizer/dense_1/kernel → dense_1 */
function layerOf(path: string, weights: readonly string[]): string {
  const [, own] = /^(?:optimizer|regularization)\/(.*)$/.exec(path) ?? []
  const weight = weights.find((name) => own === name || own?.startsWith(`${name}/`))
  return weight === undefined ? path : weight.slice(0, Math.max(0, weight.lastIndexOf('/')))
}

/** backward/dense_1 → backward, dense_1. Of what has no path the phase is not known. */
export function phaseAndLayer(path: string): { readonly phase: Phase | undefined; readonly layer: string } {
  const [head, ...rest] = path.split('/')
  return phases.has(head!)
    ? { phase: head as Phase, layer: rest.join('/') }
    : { phase: undefined, layer: path }
}
