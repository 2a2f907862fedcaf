import { type Dim, type Equation, maxDims } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { shapeTensor } from '../graph/shapes.ts'
import type { Operand } from '../operand/operand.ts'
import { sideBySide } from '../operand/part.ts'
import { repeated, reshaped, transposed } from '../operand/views.ts'
import { permute } from '../permutation.ts'

/** Beyond the end of every axis; exact as a number. */
const FAR = Number.MAX_SAFE_INTEGER

export const move = (emission: Emission): Family<'move'> => {
  const { graph } = emission

  /** Slice of some axes: from, to (exclusive) and by how much. */
  const sliced = (
    x: Operand,
    equation: Equation,
    cuts: readonly {
      readonly axis: number
      readonly start: Dim
      readonly end: Dim
      readonly step: number
    }[],
  ): readonly Operand[] => {
    if (cuts.length === 0) return [x]
    const { shape, dtype } = equation.outputs[0]!
    const layout = emission.layoutFor([x], equation)
    // A negative number would count from the end: of an axis that is too short nothing is left.
    const bound = (dim: Dim): Dim => (typeof dim === 'number' ? dim : maxDims(dim, 0))
    const lists = [
      cuts.map(({ start }) => bound(start)),
      cuts.map(({ end }) => bound(end)),
      cuts.map(({ axis }) => layout.indexOf(axis)),
      cuts.map(({ step }) => step),
    ].map((list) => shapeTensor(graph, list))
    const tensor = graph.one('Slice', [x.as(layout), ...lists], { shape: permute(shape, layout), dtype })
    return emission.computed(equation, tensor, layout)
  }

  return {
    reshape: ([x], { shape }, { path }) => [reshaped(x!, shape, path)],
    transpose: ([x], { permutation }, { path }) => [transposed(x!, permutation, path)],
    broadcast: ([x], { shape }, { path }) => [repeated(x!, shape, path)],
    slice([x], { starts, ends, strides }, equation) {
      const cuts = starts.flatMap((start, axis) => {
        const [end, step] = [ends[axis] ?? null, strides[axis]!]
        const whole = start === 0 && step === 1 && (end === null || end === x!.shape[axis])
        return whole ? [] : [{ axis, start, end: end ?? FAR, step }]
      })
      return sliced(x!, equation, cuts)
    },
    pad([x], { low, high, value }, equation) {
      const { shape, dtype } = equation.outputs[0]!
      const layout = emission.layoutFor([x!], equation)
      const amounts = shapeTensor(graph, [...permute(low, layout), ...permute(high, layout)])
      const inputs = [x!.as(layout), amounts, graph.scalar(value, dtype)]
      return emission.computed(
        equation,
        graph.one('Pad', inputs, { shape: permute(shape, layout), dtype }),
        layout,
      )
    },
    concat(inputs, { axis }, equation) {
      if (inputs.length === 1) return inputs
      const whole = sideBySide(inputs, axis, equation.outputs[0]!, equation.path)
      if (whole !== undefined) return [whole]
      const { shape, dtype } = equation.outputs[0]!
      const layout = emission.layoutFor(inputs, equation)
      const parts = inputs.map((input) => input.as(layout))
      const type = { shape: permute(shape, layout), dtype }
      return emission.computed(
        equation,
        graph.one('Concat', parts, type, { axis: layout.indexOf(axis) }),
        layout,
      )
    },
    // From the last element down to before the first.
    reverse: ([x], { axes }, equation) =>
      sliced(
        x!,
        equation,
        axes.map((axis) => ({ axis, start: -1, end: -FAR, step: -1 })),
      ),
  }
}
