import type { Builder } from '../program/builder.ts'
import type { Value } from '../program/types.ts'

/** y = f(x), of the same shape as x. */
export type Activation = (b: Builder, x: Value) => Value

const SELU_ALPHA = 1.6732632423543772
const SELU_SCALE = 1.0507009873554805

const silu: Activation = (b, x) => b.mul(x, b.sigmoid(x))

const hardSigmoid: Activation = (b, x) => b.div(b.clip(b.add(x, 3), 0, 6), 6)

const hardSilu: Activation = (b, x) => b.mul(x, hardSigmoid(b, x))

/** All activations by name. softmax and logSoftmax work along the last axis, the others element by element. */
export const activations = {
  linear: (_b, x) => x,
  relu: (b, x) => b.relu(x),
  /** min(max(x, 0), 6) */
  relu6: (b, x) => b.clip(x, 0, 6),
  sigmoid: (b, x) => b.sigmoid(x),
  tanh: (b, x) => b.tanh(x),
  softmax: (b, x) => b.softmax(x),
  logSoftmax: (b, x) => b.logSoftmax(x),
  softplus: (b, x) => b.softplus(x),
  /** x / (1 + |x|) */
  softsign: (b, x) => b.div(x, b.add(b.abs(x), 1)),
  exponential: (b, x) => b.exp(x),
  /** x where x > 0, else eˣ − 1 (Clevert et al., 2015) */
  elu: (b, x) => b.call('elu', [x], { alpha: 1 }),
  /** λx where x > 0, else λα(eˣ − 1) (Klambauer et al., 2017) */
  selu: (b, x) => b.mul(b.call('elu', [x], { alpha: SELU_ALPHA }), SELU_SCALE),
  /** x where x > 0, else 0.2x */
  leakyRelu: (b, x) => b.call('leakyRelu', [x], { alpha: 0.2 }),
  /** x · Φ(x) (Hendrycks and Gimpel, 2016) */
  gelu: (b, x) => b.call('gelu', [x], { approximate: false }),
  /** x · σ(x) */
  silu,
  /** min(max(x + 3, 0), 6) / 6 */
  hardSigmoid,
  /** min(max(0.2x + 0.5, 0), 1): what `hard_sigmoid` means in files of Keras 1 and 2 */
  legacyHardSigmoid: (b, x) => b.clip(b.add(b.mul(x, 0.2), 0.5), 0, 1),
  /** x · min(max(x + 3, 0), 6) / 6 (Howard et al., 2019) */
  hardSilu,
  /** Another name of hardSilu. */
  hardSwish: hardSilu,
  /** Another name of silu. */
  swish: silu,
} satisfies Record<string, Activation>

export type ActivationName = keyof typeof activations
