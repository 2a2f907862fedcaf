import { concrete, type DType, sizeOf } from '@fn/core'
import { nonzero, ofRank, partner, positive, type Step, small } from './step.ts'

const smoothUnary: Step = (s, pick) => {
  const op = pick.of([
    'tanh',
    'neg',
    'sin',
    'cos',
    'sigmoid',
    'exp',
    'expm1',
    'log',
    'log1p',
    'sqrt',
    'erf',
  ] as const)
  const x = s.any(pick)
  if (op === 'exp' || op === 'expm1') return [s[op](small(s, x))]
  if (op === 'log' || op === 'sqrt' || op === 'log1p') return [s[op](positive(s, x))]
  return [s[op](x)]
}

/** Ops with kinks, or steps: where slopes are wanted, at a distance from them. */
const kinkedUnary: Step = (s, pick) => {
  const op = pick.of(['abs', 'sign', 'floor', 'ceil', 'round'] as const)
  const takesIntegers = op === 'abs' || op === 'sign'
  const x = s.any(pick, takesIntegers && pick.maybe(25) ? 'int32' : 'float32')
  if (s.smooth && !(takesIntegers && s.isFarFromZero(x))) return []
  return [s[op](x)]
}

const arithmetic: Step = (s, pick) => {
  const op = pick.of(['add', 'mul', 'sub', 'div', 'max', 'min', 'pow'] as const)
  const x = s.any(pick)
  const number = pick.maybe(15) ? pick.of([2, 0.5, -1.5, 0, 1, -1, 3]) : undefined
  const flipped = pick.maybe(30)
  if (number !== undefined) {
    if (op === 'div') return [flipped ? s.div(number, nonzero(s, x)) : s.div(x, number === 0 ? 2 : number)]
    if (op === 'pow')
      return [s.pow(number % 1 === 0 && number > 0 && !s.smooth ? small(s, x) : positive(s, x), number)]
    if ((op === 'max' || op === 'min') && !s.isFarFromZero(s.sub(x, number))) return []
    return [flipped ? s[op](number, x) : s[op](x, number)]
  }
  const y = pick.maybe(5) ? x : partner(s, pick, x)
  const [left, right] = flipped ? [y, x] : [x, y]
  if (op === 'div') return [s.div(left, nonzero(s, right))]
  if (op === 'pow') return [s.pow(positive(s, left), small(s, right))]
  if ((op === 'max' || op === 'min') && !s.isFarFromZero(s.sub(left, right))) return []
  return [s[op](left, right)]
}

const integers: Step = (s, pick) => {
  const op = pick.of(['add', 'sub', 'mul', 'max', 'min', 'div', 'pow', 'neg'] as const)
  const x = s.any(pick, 'int32')
  if (op === 'neg') return [s.neg(x)]
  const y = pick.maybe(30) ? pick.of([2, 1, 3, -1, 0]) : partner(s, pick, x)
  // Nothing is agreed on divisors of 0 and on negative exponents.
  if (op === 'div') return [s.div(x, typeof y === 'number' ? y || 2 : s.max(s.abs(y), 1))]
  if (op === 'pow')
    return [s.pow(s.max(s.min(x, 9), -9), typeof y === 'number' ? Math.abs(y) : s.max(s.min(y, 3), 0))]
  return [s[op](x, y)]
}

const comparison: Step = (s, pick) => {
  const op = pick.of(['less', 'lessEqual', 'equal'] as const)
  const dtype: DType = op === 'equal' ? pick.of(['int32', 'bool', 'float32']) : pick.of(['float32', 'int32'])
  const x = s.any(pick, dtype)
  const y =
    dtype !== 'bool' && pick.maybe(30)
      ? pick.of([0, 1, -0.5].slice(0, dtype === 'int32' ? 2 : 3))
      : partner(s, pick, x)
  if (dtype === 'float32' && !s.isFarFromZero(s.sub(x, y))) return []
  return [s[op](x, y)]
}

const truth: Step = (s, pick) => {
  const op = pick.of(['and', 'or', 'not'] as const)
  const x = s.any(pick, 'bool')
  return [op === 'not' ? s.not(x) : s[op](x, partner(s, pick, x))]
}

const select: Step = (s, pick) => {
  const dtype: DType = pick.of(['float32', 'float32', 'int32', 'bool'])
  const x = s.any(pick, dtype)
  const y = dtype !== 'bool' && pick.maybe(20) ? pick.of([0, 1]) : partner(s, pick, x)
  const shaped = typeof y === 'number' ? x : s.select(s.constant([1], [], 'bool'), x, y)
  const condition = partner(s, pick, shaped, 'bool')
  return [pick.maybe(30) ? s.select(condition, y, x) : s.select(condition, x, y)]
}

const cast: Step = (s, pick) => {
  const from: DType = pick.of(['int32', 'bool', 'float32'])
  const to = pick.of((['float32', 'int32', 'bool'] as const).filter((dtype) => dtype !== from))
  if (from === 'float32' && s.smooth) return []
  return [s.cast(s.any(pick, from), to)]
}

const composite: Step = (s, pick) => {
  const name = pick.of([
    'softplus',
    'gelu',
    'softmax',
    'logSoftmax',
    'relu',
    'elu',
    'leakyRelu',
    'step',
    'layerNorm',
    'rmsNorm',
    'batchNormInference',
    'attention',
    'own',
  ] as const)
  switch (name) {
    case 'softplus':
      return [s.softplus(s.any(pick))]
    case 'gelu':
      return [s.call('gelu', [s.any(pick)], { approximate: pick.maybe(50) })]
    case 'softmax':
    case 'logSoftmax':
      return [s.call(name, [s.any(pick, 'float32', ofRank(1), () => shapeWithAxis(pick.below(4)))])]
    case 'layerNorm':
    case 'batchNormInference': {
      const x = s.any(pick, 'float32', ofRank(1), () => shapeWithAxis(pick.below(4)))
      const own = x.shape.slice(-1)
      const [gamma, beta] = [s.fresh(own, 'float32', 'positive'), s.fresh(own)]
      return name === 'layerNorm'
        ? [s.call(name, [x, gamma, beta], { epsilon: 0.01 })]
        : [
            s.call(name, [x, gamma, beta, s.fresh(own), s.fresh(own, 'float32', 'positive')], {
              epsilon: 0.01,
            }),
          ]
    }
    case 'rmsNorm': {
      const x = s.any(pick, 'float32', ofRank(1), () => shapeWithAxis(pick.below(4)))
      return [s.call(name, [x, s.fresh(x.shape.slice(-1))], { epsilon: 0.01 })]
    }
    case 'attention': {
      const [batch, steps, others, heads, size] = Array.from({ length: 5 }, () => 1 + pick.below(3))
      const query = s.fresh([batch!, steps!, heads!, size!])
      const [key, value] = [s.fresh([batch!, others!, heads!, size!]), s.fresh([batch!, others!, heads!, 2])]
      return [s.call(name, [query, key, value], { scale: 0.5 })]
    }
    case 'own': {
      const x = s.any(pick)
      const y = partner(s, pick, x)
      return s.composite('own', [x], { scale: 2 }, (b) => {
        const sum = b.add(b.outside(x), b.outside(y))
        return [b.tanh(sum), b.mul(sum, 2)]
      })
    }
    default: {
      const x = s.any(pick)
      return s.isFarFromZero(x)
        ? [s.call(name, [x], { elu: { alpha: 0.5 }, leakyRelu: { alpha: 0.25 }, relu: {}, step: {} }[name])]
        : []
    }
  }
}

const shapeWithAxis = (which: number): number[] => [[3], [2, 3], [2, 1, 4], [1, 3, 2, 2]][which]!

/** Whose value is used, and whose slope is not. */
const stopped: Step = (s, pick) =>
  s.smooth ? [] : [s.stopGradient(s.any(pick, pick.of(['float32', 'int32', 'bool'])))]

const constant: Step = (s, pick) => {
  const dtype: DType = pick.of(['float32', 'int32', 'bool'])
  const shape = pick.of([[], [2], [2, 3], [1, 3, 2], [0, 2]])
  const numbers =
    dtype === 'bool' ? [1, 0, 0, 1, 1] : dtype === 'int32' ? [2, 0, -3, 1, 4] : [0.5, -1.25, 2, 0, 1.75]
  const count = pick.maybe(50) ? 1 : sizeOf(concrete(shape))
  return [
    s.constant(
      Array.from({ length: count }, () => pick.of(numbers)),
      shape,
      dtype,
    ),
  ]
}

const iota: Step = (s, pick) => {
  const shape = pick.of([[3], [2, 3], [2, 1, 3], [2, 2, 2, 2]])
  return [s.iota(shape, pick.below(shape.length), pick.of(['int32', 'float32']))]
}

const dimSize: Step = (s, pick) => {
  const x = s.any(pick, 'float32', ofRank(1), () => [2, 3])
  return [s.dimSize(x, pick.below(x.shape.length))]
}

export const elementwise = {
  smoothUnary,
  kinkedUnary,
  arithmetic,
  integers,
  comparison,
  truth,
  select,
  cast,
  composite,
  stopped,
  constant,
  iota,
  dimSize,
}
