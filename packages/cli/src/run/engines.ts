import {
  type Backend,
  type Equation,
  legalize,
  type Program,
  scanLength,
  sizeOf,
  UnsupportedOpError,
  type Value,
} from '@fn/core'
import type { EngineChoice } from './engine-choice.ts'

/**
 * The most multiplications that the reference is asked for: some two seconds of plain TypeScript. What is larger goes to
 * tfjs on WebAssembly, which is as independent of ONNX Runtime, in float32 instead of float64.
 */
const MOST_FOR_REFERENCE = 2e8

/** The backend for a program of concrete shapes. */
export const engineFor =
  (choice: EngineChoice) =>
  async (program: Program): Promise<Backend> => {
    if (choice !== 'reference' && (choice === 'wasm' || workOf(program) > MOST_FOR_REFERENCE)) {
      const { tfjs } = await import('@fn/backend-tfjs')
      const wasm = await tfjs('wasm')
      if (choice === 'wasm' || runs(program, wasm)) return wasm
    }
    const { reference } = await import('@fn/backend-reference')
    return reference()
  }

function runs(program: Program, backend: Backend): boolean {
  try {
    legalize(program, backend)
    return true
  } catch (error) {
    if (error instanceof UnsupportedOpError) return false
    throw error
  }
}

/** How many numbers are multiplied or made, roughly. */
function workOf({ equations }: Program): number {
  return equations.reduce((work, equation) => work + workOfOne(equation), 0)
}

function workOfOne(equation: Equation): number {
  const { op, attrs, inputs, outputs } = equation
  const size = ({ shape }: Value): number => sizeOf(shape as readonly number[])
  const made = outputs.reduce((sum, output) => sum + size(output), 0)
  switch (op) {
    case 'call':
      return workOf(attrs.body)
    case 'scan':
      return workOf(attrs.body) * Number(scanLength(inputs, attrs))
    case 'dot':
      return made * attrs.contract[0].reduce((depth, axis) => depth * Number(inputs[0]!.shape[axis]), 1)
    // Each number of y meets the kernel of its filter.
    case 'conv':
      return (made * size(inputs[1]!)) / Number(inputs[1]!.shape.at(-1))
    case 'convTranspose':
      return (size(inputs[0]!) * size(inputs[1]!)) / Number(inputs[1]!.shape.at(-1))
    default:
      return made
  }
}
