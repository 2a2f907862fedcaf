import { FnError, isConcrete } from '@fn/core'
import type { Emission, Family } from '../emission.ts'
import { counting, reshape, sizeTensor } from '../graph/shapes.ts'
import { known, Splat } from '../operand/known.ts'
import { Computed } from '../operand/operand.ts'
import { repeated, reshaped } from '../operand/views.ts'

export const source = (emission: Emission): Family<'source'> => {
  // What depends on nothing is made before all loops.
  const graph = emission.graph.root
  return {
    constant: (_inputs, { data, shape, dtype }) => [known(graph, data, shape, dtype)],
    // Counted along its axis, and repeated along the others.
    iota(_inputs, { shape, axis, dtype }, { path }) {
      const size = shape[axis]!
      const counted =
        typeof size === 'number'
          ? known(
              graph,
              Array.from({ length: size }, (_, at) => at),
              [size],
              dtype,
            )
          : new Computed(graph, { shape: [size], dtype }, graph.cast(counting(graph, size, 'int32'), dtype))
      const alone = shape.map((dim, at) => (at === axis ? dim : 1))
      return [repeated(reshaped(counted, alone, path), shape, path)]
    },
    random(_inputs, { shape, distribution }) {
      if (!isConcrete(shape))
        throw new FnError('Random values of a symbolic shape can not be written as ONNX.')
      const op = distribution === 'uniform' ? 'RandomUniform' : 'RandomNormal'
      return [
        new Computed(
          graph,
          { shape, dtype: 'float32' },
          graph.one(op, [], { shape, dtype: 'float32' }, { shape }),
        ),
      ]
    },
    dimSize([x], { axis }) {
      const dim = x!.shape[axis]!
      if (typeof dim === 'number') return [new Splat(graph, dim, [], 'int32')]
      const size = graph.cast(reshape(graph, sizeTensor(graph, dim), []), 'int32')
      return [new Computed(graph, { shape: [], dtype: 'int32' }, size)]
    },
  }
}
