import { FnError, isConcrete } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { reshape, sizeTensor } from '../graph/shapes.ts'
import { known, Splat } from '../operand/known.ts'
import { Computed, type Operand } from '../operand/operand.ts'
import { repeated, reshaped } from '../operand/views.ts'

export const source = (emission: Emission): Family<'source'> => {
  const { graph } = emission
  return {
    constant: (_inputs, { data, shape, dtype }) => [known(graph, data, shape, dtype)],
    // Counted along its axis, and repeated along the others.
    iota(_inputs, { shape, axis, dtype }, { path }) {
      const size = shape[axis]!
      let counted: Operand
      if (typeof size === 'number')
        counted = known(
          graph,
          Array.from({ length: size }, (_, at) => at),
          [size],
          dtype,
        )
      else {
        const limit = graph.cast(reshape(graph, sizeTensor(graph, size), []), 'int32')
        const range = graph.one('Range', [graph.scalar(0, 'int32'), limit, graph.scalar(1, 'int32')], {
          shape: [size],
          dtype: 'int32',
        })
        counted = new Computed(graph, { shape: [size], dtype }, graph.cast(range, dtype))
      }
      const alone = shape.map((dim, at) => (at === axis ? dim : 1))
      return [repeated(graph, reshaped(graph, counted, alone, path), shape, path)]
    },
    random(_inputs, { shape, distribution }, equation) {
      if (!isConcrete(shape))
        throw new FnError('Random values of a symbolic shape can not be written as ONNX.')
      const op = distribution === 'uniform' ? 'RandomUniform' : 'RandomNormal'
      return emission.computed(equation, graph.one(op, [], { shape, dtype: 'float32' }, { shape }))
    },
    dimSize([x], { axis }, equation) {
      const dim = x!.shape[axis]!
      if (typeof dim === 'number') return [new Splat(graph, dim, [], 'int32')]
      return emission.computed(equation, graph.cast(reshape(graph, sizeTensor(graph, dim), []), 'int32'))
    },
  }
}
