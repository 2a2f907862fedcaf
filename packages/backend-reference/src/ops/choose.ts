import { concrete } from '@fn/core'
import { allocate, broadcastOffsets, type Family, map } from '../tensor.ts'

export const choose: Family<'choose'> = {
  select([condition, x, y], _attrs, { outputs: [type] }) {
    const out = allocate(type!)
    const [ofCondition, ofX, ofY] = [condition, x, y].map((tensor) =>
      broadcastOffsets(tensor!.shape, concrete(type!.shape)),
    )
    for (let i = 0; i < out.data.length; i++) {
      const holds = condition!.data[ofCondition![i]!] === 1
      out.data[i] = holds ? x!.data[ofX![i]!]! : y!.data[ofY![i]!]!
    }
    return [out]
  },

  cast: ([x], { dtype }) => [
    map(x!, dtype, dtype === 'bool' ? (v) => Number(v !== 0) : dtype === 'int32' ? Math.trunc : (v) => v),
  ],
}
