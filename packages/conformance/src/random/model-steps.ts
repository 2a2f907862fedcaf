import { type Model, ops, type SymbolicTensor } from '@fn/core'
import type { Choices } from './choices.ts'
import { ModelSketch, type Sizes, sizesOf } from './model-sketch.ts'

/** Calls a layer or an operation, or a few. */
type ModelStep = (s: ModelSketch, pick: Choices) => void

const MOST = 60
const sizeOf = (sizes: Sizes): number => sizes.reduce((product, size) => product * size, 1)
const ofRank =
  (...ranks: readonly number[]) =>
  (sizes: Sizes): boolean =>
    ranks.includes(sizes.length)

const smooth = ['tanh', 'sigmoid', 'linear', 'softplus', 'gelu', 'silu', 'softmax', 'relu', 'elu'] as const

const features = (pick: Choices): Sizes => pick.of([[3], [2], [4, 2], [2, 3, 2]])
const sequence = (pick: Choices): Sizes =>
  pick.of([
    [4, 2],
    [3, 1],
    [5, 3],
  ])
const image = (pick: Choices): Sizes =>
  pick.of([
    [4, 4, 1],
    [5, 3, 2],
    [4, 5, 3],
  ])

const dense: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  s.call(
    s.make('dense', {
      units: pick.of([2, 1, 3, 4]),
      activation: pick.of(['linear', ...smooth]),
      useBias: !pick.maybe(20),
    }),
    [x],
  )
}

const activation: ModelStep = (s, pick) => {
  s.call(s.make('activation', { activation: pick.of(smooth) }), [
    s.any(pick, ofRank(1, 2, 3), () => features(pick)),
  ])
}

const conv: ModelStep = (s, pick) => {
  const flat = pick.maybe(50)
  const x = flat ? s.any(pick, ofRank(2), () => sequence(pick)) : s.any(pick, ofRank(3), () => image(pick))
  const spatial = sizesOf(x).slice(0, -1)
  const kernelSize = spatial.map((size) => Math.min(pick.of([2, 3, 1]), size))
  const dilated = pick.maybe(20) && kernelSize.every((size, axis) => 2 * size - 1 <= spatial[axis]!)
  const channels = sizesOf(x).at(-1)!
  const groups = pick.maybe(20) ? channels : 1
  const options = {
    filters: groups * pick.of([1, 2]),
    kernelSize,
    padding: pick.of(['valid', 'same'] as const),
    activation: pick.of(['linear', 'tanh', 'relu'] as const),
    ...(dilated ? { dilationRate: 2 } : { strides: pick.of([1, 2]) }),
    ...(groups > 1 ? { groups } : {}),
  }
  s.call(
    flat
      ? s.make('conv1d', pick.maybe(25) ? { ...options, padding: 'causal' } : options)
      : s.make('conv2d', options),
    [x],
  )
}

const pool: ModelStep = (s, pick) => {
  const flat = pick.maybe(50)
  const x = flat ? s.any(pick, ofRank(2), () => sequence(pick)) : s.any(pick, ofRank(3), () => image(pick))
  const spatial = sizesOf(x).slice(0, -1)
  if (pick.maybe(35)) {
    const kind = flat
      ? pick.of(['globalAveragePooling1d', 'globalMaxPooling1d'] as const)
      : pick.of(['globalAveragePooling2d', 'globalMaxPooling2d'] as const)
    s.call(s.make(kind, pick.maybe(30) ? { keepdims: true } : {}), [x])
    return
  }
  const kind = flat
    ? pick.of(['maxPooling1d', 'averagePooling1d'] as const)
    : pick.of(['maxPooling2d', 'averagePooling2d'] as const)
  s.call(
    s.make(kind, {
      poolSize: spatial.map((size) => Math.min(pick.of([2, 3]), size)),
      padding: pick.of(['valid', 'same'] as const),
      ...(pick.maybe(40) ? { strides: pick.of([1, 2]) } : {}),
    }),
    [x],
  )
}

const reshape: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const sizes = sizesOf(x)
  const count = sizeOf(sizes)
  switch (pick.of(['flatten', 'reshape', 'permute', 'repeatVector'] as const)) {
    case 'flatten':
      s.call(s.make('flatten'), [x])
      return
    case 'reshape': {
      const rows = pick.of([2, 1, 3, 4].filter((divisor) => count % divisor === 0))
      s.call(
        s.make('reshape', {
          targetShape: pick.of([[rows, count / rows], [count], [1, rows, count / rows], [rows, -1]]),
        }),
        [x],
      )
      return
    }
    case 'permute':
      s.call(s.make('permute', { dims: pick.shuffled(sizes.map((_, axis) => axis + 1)) }), [x])
      return
    default:
      if (sizes.length === 1) s.call(s.make('repeatVector', { n: pick.of([2, 3]) }), [x])
  }
}

/** Two or three tensors of one shape, also the same one twice. */
function alike(s: ModelSketch, pick: Choices): readonly SymbolicTensor[] {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  return [x, ...Array.from({ length: pick.of([1, 1, 2]) }, () => s.like(pick, x))]
}

const merge: ModelStep = (s, pick) => {
  s.call(s.make(pick.of(['add', 'multiply', 'average', 'maximum', 'minimum'] as const)), alike(s, pick))
}

const difference: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2), () => features(pick))
  s.call(s.make('subtract'), [x, s.like(pick, x)])
}

const concatenate: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const own = sizesOf(x)
  const axis = pick.below(own.length)
  const y = s.any(
    pick,
    (sizes) => sizes.length === own.length && sizes.every((size, at) => at === axis || size === own[at]),
    () => own.map((size, at) => (at === axis ? pick.of([1, 2]) : size)),
  )
  if (sizeOf(own) + sizeOf(sizesOf(y)) > MOST) return
  s.call(
    s.make('concatenate', axis === own.length - 1 ? {} : { axis: axis + 1 }),
    pick.maybe(20) ? [x, y, x] : [x, y],
  )
}

const product: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2), () => features(pick))
  s.call(s.make('dot', { axes: sizesOf(x).length, normalize: pick.maybe(25) }), [x, s.like(pick, x)])
}

const normalize: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  s.call(
    pick.maybe(50)
      ? s.make('batchNormalization', pick.maybe(30) ? { scale: false, momentum: 0.5 } : {})
      : s.make('layerNormalization', pick.maybe(30) ? { center: false } : {}),
    [x],
  )
}

const drop: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(1, 2, 3), () => features(pick))
  const rate = pick.of([0.25, 0.5])
  if (sizesOf(x).length === 2 && pick.maybe(30)) s.call(s.make('spatialDropout1d', { rate }), [x])
  else s.call(s.make('dropout', { rate }), [x])
}

/** Words as numbers below this one. */
export const WORDS = 5

const embedding: ModelStep = (s, pick) => {
  const x = s.like(pick, { shape: [null, pick.of([3, 4])], dtype: 'int32' } as unknown as SymbolicTensor)
  s.call(s.make('embedding', { inputDim: WORDS, outputDim: pick.of([2, 3]), maskZero: pick.maybe(40) }), [x])
}

const recurrentKinds = ['lstm', 'gru', 'simpleRnn'] as const

const recurrent: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2), () => sequence(pick))
  const options = {
    units: pick.of([2, 1, 3]),
    returnSequences: pick.maybe(50),
    ...(pick.maybe(20) ? { goBackwards: true } : {}),
    ...(pick.maybe(20) ? { returnState: true } : {}),
  }
  s.call(s.make(pick.of(recurrentKinds), options), [x])
}

const bidirectional: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2), () => sequence(pick))
  const layer = s.make(pick.of(recurrentKinds), { units: pick.of([2, 1]), returnSequences: pick.maybe(50) })
  s.call(s.wrap('bidirectional', layer, { mergeMode: pick.of(['concat', 'sum', 'mul', 'ave'] as const) }), [
    x,
  ])
}

const timeDistributed: ModelStep = (s, pick) => {
  const x = s.any(pick, ofRank(2, 3), () => sequence(pick))
  const sizes = sizesOf(x).slice(1)
  if (s.depth === 0 && pick.maybe(40)) {
    const inner = nested(s, pick, [sizes])
    if (isPlain(inner, sizes)) s.call(s.wrap('timeDistributed', inner), [x])
    return
  }
  const inner =
    sizes.length === 2 && pick.maybe(50)
      ? s.make('flatten')
      : s.make('dense', { units: pick.of([2, 3]), activation: pick.of(smooth) })
  s.call(s.wrap('timeDistributed', inner), [x])
}

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

/** A layer once more, or a model, on something else. */
const shared: ModelStep = (s, pick) => {
  if (s.layers.length === 0) return
  const { layer, on } = pick.of(s.layers.toReversed())
  const given = on.map((tensor) => s.like(pick, tensor))
  s.call(layer, given)
}

/** A model to be called inside of this one, with inputs for samples of these shapes among others. */
function nested(s: ModelSketch, pick: Choices, shapes: readonly Sizes[]): Model {
  const inner = new ModelSketch(s.names, s.depth + 1)
  for (const shape of shapes) inner.fresh(shape)
  const kinds = pick.shuffled(Object.keys(inside) as (keyof typeof inside)[]).slice(0, 1 + pick.below(3))
  for (const kind of kinds) inside[kind](inner, pick)
  const made = inner.model(pick, s.names.next('inner'))
  s.lines.push(...inner.lines)
  return made
}

/** Whether a model takes samples of one shape and gives one tensor. */
const isPlain = ({ inputPorts, outputPorts }: Model, sizes: Sizes): boolean =>
  inputPorts.length === 1 &&
  outputPorts.length === 1 &&
  sizesOf(inputPorts[0]!.tensor).join() === sizes.join()

const modelInModel: ModelStep = (s, pick) => {
  if (s.depth > 1) return
  const on = [s.any(pick, ofRank(1, 2, 3), () => features(pick))]
  if (pick.maybe(30)) on.push(s.any(pick, ofRank(1, 2), () => features(pick)))
  const made = nested(s, pick, on.map(sizesOf))
  const given = made.inputPorts.map(({ tensor }) => s.like(pick, tensor))
  s.call(made, given)
  if (pick.maybe(40))
    s.call(
      made,
      made.inputPorts.map(({ tensor }) => s.like(pick, tensor)),
    )
}

const inside = {
  dense,
  activation,
  merge,
  conv,
  normalize,
  recurrent,
  operation,
  reshape,
  concatenate,
  shared,
  drop,
}

export const modelSteps = {
  nothing: () => {},
  dense,
  activation,
  conv,
  pool,
  reshape,
  merge,
  difference,
  concatenate,
  product,
  normalize,
  drop,
  embedding,
  recurrent,
  bidirectional,
  timeDistributed,
  operation,
  shared,
  modelInModel,
} satisfies Record<string, ModelStep>

export type ModelStepName = keyof typeof modelSteps
export const modelStepNames = Object.keys(modelSteps) as readonly ModelStepName[]
