import { FnError } from '@fn/core'
import { allocate, type Family, offsets } from '../tensor.ts'

export const source: Family<'source'> = {
  constant(_, { data }, { outputs: [type] }) {
    const out = allocate(type!)
    if (data.length === 1) out.data.fill(data[0]!)
    else out.data.set(data)
    return [out]
  },

  iota(_, { axis }, { outputs: [type] }) {
    const out = allocate(type!)
    const index = offsets(
      out.shape,
      out.shape.map((_, at) => (at === axis ? 1 : 0)),
    )
    out.data.set(index)
    return [out]
  },

  random() {
    throw new FnError('Expected random values among the inputs: the reference backend draws none itself.')
  },

  dimSize: ([x], { axis }) => [{ shape: [], dtype: 'int32', data: Int32Array.of(x!.shape[axis]!) }],
}
