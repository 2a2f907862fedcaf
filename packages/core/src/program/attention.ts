import type { Builder } from './builder.ts'
import type { Composite } from './composites.ts'
import type { Value } from './types.ts'

/** What takes the place of the score of a step that does not count. */
export const NEGLIGIBLE = -1e9

/**
 * How much each step of the queries [batch, steps, heads, d] takes of each of the values, by the keys of these
 * [batch, steps′, heads, d]: softmax(scale Q Kᵀ), of shape [batch, heads, steps, steps′], as is `counts`, whose false have no share.
 */
export function attentionShares(
  b: Builder,
  query: Value,
  key: Value,
  counts: Value | undefined,
  scale: number,
): Value {
  const scores = b.dot(b.mul(query, scale), key, {
    contract: [[3], [3]],
    batch: [
      [0, 2],
      [0, 2],
    ],
  })
  return b.softmax(counts ? b.select(counts, scores, b.scalar(NEGLIGIBLE)) : scores)
}

/** What the queries get of the values [batch, steps′, heads, d] by their shares: [batch, steps, heads, d]. */
export function attended(b: Builder, shares: Value, value: Value): Value {
  const mixed = b.dot(shares, value, {
    contract: [[3], [1]],
    batch: [
      [0, 1],
      [0, 2],
    ],
  })
  return b.transpose(mixed, [0, 2, 1, 3])
}

/** attention(Q, K, V[, counts]) = softmax(scale Q Kᵀ) V, for each head (Vaswani et al., 2017). */
export const attention: Composite = {
  body: (b, [query, key, value, counts], { scale }) =>
    attended(b, attentionShares(b, query!, key!, counts, scale as number), value!),
}
