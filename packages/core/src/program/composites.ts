import { attention } from './attention.ts'
import type { Builder } from './builder.ts'
import type { CallAttributes } from './ops/control.ts'
import type { GradientRule } from './ops/op.ts'
import type { Value } from './types.ts'

/** A piece of program with a name: what it means in primitives, for whoever has no native kernel for it. */
export interface Composite {
  body(b: Builder, inputs: readonly Value[], options: CallAttributes['options']): Value
  /** Where a shorter gradient than that of the body exists. */
  readonly gradient?: GradientRule<CallAttributes>
}

const last = (x: Value): number => x.shape.length - 1

/** step(x) = 1 where x > 0, else 0. Flat: nothing flows back. */
const step: Composite = {
  body: (b, [x]) => b.cast(b.less(0, x!), x!.dtype),
  gradient: () => [null],
}

/** relu(x) = max(x, 0). Its slope at 0 is 0. */
const relu: Composite = {
  body: (b, [x]) => b.max(x!, 0),
  gradient: (b, { outputs: [y], g }) => [b.mul(g, b.call('step', [y!]))],
}

/** softmax(x)ᵢ = exp(xᵢ − max x) / Σⱼ exp(xⱼ − max x), along the last axis. */
const softmax: Composite = {
  body(b, [x]) {
    const powers = b.exp(b.sub(x!, b.stopGradient(b.reduceMax(x!, [last(x!)], true))))
    return b.div(powers, b.reduceSum(powers, [last(x!)], true))
  },
  // dx = y ⊙ (g − Σ g ⊙ y)
  gradient: (b, { outputs: [y], g }) => [b.mul(y!, b.sub(g, b.reduceSum(b.mul(g, y!), [last(y!)], true)))],
}

/** logSoftmax(x) = x − max x − ln Σ exp(x − max x), along the last axis. */
const logSoftmax: Composite = {
  body(b, [x]) {
    const shifted = b.sub(x!, b.stopGradient(b.reduceMax(x!, [last(x!)], true)))
    return b.sub(shifted, b.log(b.reduceSum(b.exp(shifted), [last(x!)], true)))
  },
  // dx = g − exp(y) Σ g
  gradient: (b, { outputs: [y], g }) => [b.sub(g, b.mul(b.exp(y!), b.reduceSum(g, [last(y!)], true)))],
}

/** softplus(x) = ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|) */
const softplus: Composite = {
  body: (b, [x]) => b.add(b.max(x!, 0), b.log1p(b.exp(b.neg(b.abs(x!))))),
  gradient: (b, { inputs: [x], g }) => [b.mul(g, b.sigmoid(x!))],
}

/** elu(x) = x where x > 0, else α(eˣ − 1), of which some kernels keep few digits near 0. */
const elu: Composite = {
  body: (b, [x], { alpha }) => b.select(b.less(0, x!), x!, b.mul(b.expm1(b.min(x!, 0)), alpha as number)),
  gradient: (b, { inputs: [x], attrs, g }) => [
    b.mul(g, b.select(b.less(0, x!), b.scalar(1), b.mul(b.exp(b.min(x!, 0)), attrs.options.alpha as number))),
  ],
}

/** leakyRelu(x) = x where x > 0, else αx */
const leakyRelu: Composite = {
  body: (b, [x], { alpha }) => b.select(b.less(0, x!), x!, b.mul(x!, alpha as number)),
}

/** gelu(x) = x · ½(1 + erf(x / √2)), or its tanh approximation (Hendrycks and Gimpel, 2016). */
const gelu: Composite = {
  body(b, [x], { approximate }) {
    if (!approximate) return b.mul(b.mul(x!, 0.5), b.add(b.erf(b.mul(x!, Math.SQRT1_2)), 1))
    const inner = b.mul(b.add(x!, b.mul(b.pow(x!, 3), 0.044715)), Math.sqrt(2 / Math.PI))
    return b.mul(b.mul(x!, 0.5), b.add(b.tanh(inner), 1))
  },
}

/**
 * batchNormInference(x, γ, β, μ, σ²) = γ(x − μ) / √(σ² + ε) + β over the last axis, as Keras computes it when it
 * does not train.
 */
const batchNormInference: Composite = {
  body(b, [x, gamma, beta, mean, variance], { epsilon }) {
    const scale = b.div(gamma!, b.sqrt(b.add(variance!, epsilon as number)))
    return b.add(b.mul(x!, scale), b.sub(beta!, b.mul(mean!, scale)))
  },
}

/** x̂ = (x − μ) r along the last axis, and r = 1 / √(σ² + ε) */
function standardized(b: Builder, x: Value, epsilon: number): { normal: Value; r: Value } {
  const centered = b.sub(x, b.mean(x, [last(x)], true))
  const variance = b.mean(b.square(centered), [last(x)], true)
  const r = b.div(1, b.sqrt(b.add(variance, epsilon)))
  return { normal: b.mul(centered, r), r }
}

/** layerNorm(x, γ, β) = γ x̂ + β, along the last axis (Ba, Kiros and Hinton, 2016). */
const layerNorm: Composite = {
  body(b, [x, gamma, beta], { epsilon }) {
    return b.add(b.mul(standardized(b, x!, epsilon as number).normal, gamma!), beta!)
  },
  // With h = g γ: dx = r (h − mean h − x̂ mean(h x̂)), dγ = Σ g x̂, dβ = Σ g
  gradient(b, { inputs: [x, gamma, beta], attrs, g }) {
    const { normal, r } = standardized(b, x!, attrs.options.epsilon as number)
    const h = b.mul(g, gamma!)
    const mean = (value: Value): Value => b.mean(value, [last(value)], true)
    const dx = b.mul(r, b.sub(b.sub(h, mean(h)), b.mul(normal, mean(b.mul(h, normal)))))
    return [dx, b.sumTo(b.mul(g, normal), gamma!.shape), b.sumTo(g, beta!.shape)]
  },
}

/** rmsNorm(x, γ) = γ x / √(mean x² + ε), along the last axis (Zhang and Sennrich, 2019). */
const rmsNorm: Composite = {
  body(b, [x, gamma], { epsilon }) {
    const mean = b.mean(b.square(x!), [last(x!)], true)
    return b.mul(b.div(x!, b.sqrt(b.add(mean, epsilon as number))), gamma!)
  },
}

/** All composites by name. A backend claims a name; for every other backend `legalize` inlines the body. */
export const composites: Readonly<Record<string, Composite>> = {
  step,
  relu,
  softmax,
  logSoftmax,
  softplus,
  elu,
  leakyRelu,
  gelu,
  batchNormInference,
  layerNorm,
  rmsNorm,
  attention,
}
