import { Builder, gradient, type Steps, type Value } from '@fn/core'
import { bool, type Draft, draft, float, int } from '../op-case.ts'

/** hₜ₊₁ = tanh(xₜ·W + hₜ·U + b), all of it in the loop. */
function recurrence(b: Builder, [x, h, w, u, bias]: readonly Value[], reverse = false): Steps {
  return b.scan(
    [h!],
    [x!],
    (step, [before], [element]) => {
      const projected = step.add(step.matmul(element!, step.outside(w!)), step.outside(bias!))
      const next = step.tanh(step.add(projected, step.matmul(before!, step.outside(u!))))
      return { carries: [next], outputs: [next, step.mul(step.exp(element!), 2)] }
    },
    { reverse },
  )
}

const weights = [float([4, 2, 3]), float([2, 2]), float([3, 2]), float([2, 2]), float([2])]

export const controlCases = {
  scan: [
    draft('running sums and products', [float([5, 3]), float([3])], (b, [x, start]) => {
      const { carries, outputs } = b.scan(
        [start!, b.onesLike(start!)],
        [x!],
        (step, [sum, product], [element]) => {
          const next = [step.add(sum!, element!), step.mul(product!, element!)]
          return { carries: next, outputs: next }
        },
      )
      return [...carries, ...outputs]
    }),
    ...[false, true].map((reverse) =>
      draft(`a recurrent layer${reverse ? ', backwards' : ''}`, weights, (b, inputs) => {
        const { carries, outputs } = recurrence(b, inputs, reverse)
        return [...carries, ...outputs]
      }),
    ),
    draft('only the last carry of a recurrent layer', weights, (b, inputs) => recurrence(b, inputs).carries),
    draft(
      'two sequences, a carry that is kept where a truth value says so',
      [float([4, 3]), bool([4, 3]), float([3])],
      (b, [x, keep, h]) =>
        b.scan([h!], [x!, keep!], (step, [before], [element, kept]) => {
          const next = step.select(kept!, before!, step.sin(step.add(before!, element!)))
          return { carries: [next], outputs: [step.sub(next, before!)] }
        }).outputs,
    ),
    draft('a carry of int32', [float([3, 2])], (b, [x]) => {
      const { carries, outputs } = b.scan(
        [b.constant([0], [], 'int32')],
        [x!],
        (step, [count], [element]) => ({
          carries: [step.add(count!, 1)],
          outputs: [step.mul(element!, step.cast(count!, 'float32'))],
        }),
      )
      return [...carries, ...outputs]
    }),
    draft(
      'no carry, and what all steps share',
      [float([3, 2]), float([2])],
      (b, [x, shared]) =>
        b.scan([], [x!], (step, _carries, [element]) => ({
          carries: [],
          outputs: [step.mul(element!, step.outside(shared!)), step.outside(shared!)],
        })).outputs,
    ),
    draft(
      'one step',
      [float([1, 2]), float([2])],
      (b, [x, h]) =>
        b.scan([h!], [x!], (step, [before], [element]) => {
          const next = step.mul(before!, element!)
          return { carries: [next], outputs: [next] }
        }).outputs,
    ),
    draft(
      'a loop in a loop',
      [float([3, 2, 2]), float([2])],
      (b, [x, h]) =>
        b.scan([h!], [x!], (step, [before], [rows]) => {
          const inner = step.scan([before!], [rows!], (deep, [sum], [row]) => {
            const next = deep.tanh(deep.add(sum!, deep.mul(row!, deep.outside(before!))))
            return { carries: [next], outputs: [] }
          })
          return { carries: inner.carries, outputs: [step.mul(inner.carries[0]!, 3)] }
        }).outputs,
    ),
    draft('the slope of a scan, differentiated again', [float([3, 2]), float([2])], (b, [x, h]) => {
      const cube = new Builder()
      const [sequence, start] = [cube.input(x!, 'x'), cube.input(h!, 'h')]
      const { carries } = cube.scan([start], [sequence], (step, [before], [element]) => ({
        carries: [step.sin(step.mul(before!, element!))],
        outputs: [],
      }))
      const slope = gradient(cube.build({ loss: cube.reduceSum(carries[0]!) }), 'loss', ['x'])
      const here = b.inline(slope, [x!, h!])
      return [here(slope.outputs[1]!)]
    }),
  ],
  stopGradient: [
    // By definition its slope is not that of the numbers it gives.
    draft('x times its own value', [float([2, 3])], (b, [x]) => b.mul(x!, b.stopGradient(x!)), {
      gradient: false,
    }),
    draft('int32', [int([4])], (b, [x]) => b.stopGradient(x!), { gradient: false }),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
