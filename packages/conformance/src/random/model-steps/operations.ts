import { ops } from '@fn/core'
import { sizesOf } from '../model-sketch.ts'
import { features, MOST, type ModelStep, ofRank, sizeOf } from './model-step.ts'

/** Raw operations on tensors. */
const operation: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const rank = sizesOf(x).length
  switch (
    pick.of([
      'add',
      'multiply',
      'subtract',
      'unary',
      'sum',
      'mean',
      'expand',
      'number',
      'flip',
      'stack',
      'matmul',
      'where',
    ] as const)
  ) {
    case 'add':
    case 'multiply':
    case 'subtract': {
      const name = pick.of(['add', 'multiply', 'subtract', 'maximum'] as const)
      const y = s.like(pick, x)
      s.add(ops[name](x, y), `ops.${name}($0, $1)`, [x, y])
      return
    }
    case 'unary': {
      const name = pick.of([
        'tanh',
        'sin',
        'square',
        'negative',
        'sigmoid',
        'silu',
        'softplus',
        'abs',
        'softsign',
      ] as const)
      s.add(ops[name](x), `ops.${name}($0)`, [x])
      return
    }
    case 'sum':
    case 'mean': {
      const name = pick.of(['sum', 'mean', 'max'] as const)
      const axis = 1 + pick.below(rank)
      const keepdims = rank === 1 || pick.maybe(40)
      s.add(ops[name](x, { axis, keepdims }), `ops.${name}($0, { axis: ${axis}, keepdims: ${keepdims} })`, [
        x,
      ])
      return
    }
    case 'expand':
      if (rank < 3) s.add(ops.expandDims(x, -1), 'ops.expandDims($0, -1)', [x])
      return
    case 'number': {
      const number = pick.of([0.5, 2, -1])
      s.add(ops.multiply(number, x), `ops.multiply(${number}, $0)`, [x])
      return
    }
    case 'flip':
      s.add(ops.flip(x, rank), `ops.flip($0, ${rank})`, [x])
      return
    case 'stack': {
      if (rank === 3 || 2 * sizeOf(sizesOf(x)) > MOST) return
      const y = s.like(pick, x)
      s.add(ops.stack([x, y], { axis: 1 }), 'ops.stack([$0, $1], { axis: 1 })', [x, y])
      return
    }
    case 'matmul': {
      if (rank !== 2) return
      const y = ops.swapaxes(x, 1, 2)
      s.add(y, 'ops.swapaxes($0, 1, 2)', [x])
      s.add(ops.matmul(x, y), 'ops.matmul($0, $1)', [x, y])
      return
    }
    default:
      s.add(
        ops.where(ops.greater(x, 0.1), x, ops.multiply(x, 0.25)),
        'ops.where(ops.greater($0, 0.1), $0, ops.multiply($0, 0.25))',
        [x],
      )
  }
}

export const operations = { operation }
