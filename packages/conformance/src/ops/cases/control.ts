import { Builder, gradient, type Steps, type Value } from '@fn/core'
import { caseProgram } from '../case-program.ts'
import { bool, type CaseInput, type Draft, draft, float, int } from '../op-case.ts'
import { binaryCases } from './binary.ts'
import { chooseCases } from './choose.ts'
import { compositeCases } from './composites.ts'
import { contractCases } from './contract.ts'
import { indexingCases } from './indexing.ts'
import { moveCases } from './move.ts'
import { reduceCases } from './reduce.ts'
import { unaryCases } from './unary.ts'
import { windowCases } from './window.ts'

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

/**
 * The first case of an op or composite that has an operand, in a loop of three steps and in two ways: with nothing that is
 * carried, where it can be done for all steps at once; and with a float32 operand times a carry, where it has to stay in
 * the loop.
 */
function looped(op: string, drafts: readonly Draft[]): readonly Draft[] {
  const given = drafts.map((make) => make(op)).find(({ inputs }) => inputs.length > 0)!
  const stacked = given.inputs.map(
    ({ shape, dtype, domain }): CaseInput => ({
      shape: [3, ...shape],
      dtype,
      domain: typeof domain === 'string' ? domain : [...domain, ...domain, ...domain],
    }),
  )
  const written = (b: Builder, elements: readonly Value[]): readonly Value[] => {
    const program = caseProgram(given)
    return program.outputs.map(b.inline(program, elements))
  }
  const one = float([], [1])
  const scaled = given.inputs.findIndex(({ dtype }) => dtype === 'float32')
  const gradient = given.gradient && 'by rule'
  const together = draft(
    `${op} at every step`,
    stacked,
    (b, xs) =>
      b.scan([], xs, (step, _, elements) => ({ carries: [], outputs: written(step, elements) })).outputs,
    { gradient },
  )
  const inTurn = draft(
    `${op} at every step, after the one before`,
    [...stacked, one],
    (b, xs) =>
      b.scan([xs.at(-1)!], xs.slice(0, -1), (step, [scale], elements) => ({
        carries: [step.mul(scale!, 1.5)],
        outputs: written(
          step,
          elements.map((x, at) => (at === scaled ? step.mul(x, scale!) : x)),
        ),
      })).outputs,
    { gradient },
  )
  return scaled >= 0 ? [together, inTurn] : [together]
}

const everyOp = {
  ...unaryCases,
  ...binaryCases,
  ...chooseCases,
  ...reduceCases,
  ...contractCases,
  ...windowCases,
  ...moveCases,
  ...indexingCases,
  ...compositeCases,
}

/** hₜ₊₁ = hₜ + Σ xₜ, and yₜ = hₜ xₜ */
const adding = (b: Builder, x: Value, h: Value, reverse = false): readonly Value[] => {
  const { carries, outputs } = b.scan(
    [h],
    [x],
    (step, [before], [element]) => ({
      carries: [step.add(before!, step.reduceSum(element!))],
      outputs: [step.mul(before!, element!), element!],
    }),
    { reverse },
  )
  return [...carries, ...outputs]
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
    draft('no steps, which leave the carries', [float([0, 3]), float([])], (b, [x, h]) => adding(b, x!, h!)),
    draft('no steps of a recurrent layer', [float([0, 2, 3]), ...weights.slice(1)], (b, inputs) => {
      const { carries, outputs } = recurrence(b, inputs)
      return [...carries, ...outputs]
    }),
    draft('elements of nothing', [float([3, 0]), float([1])], (b, [x, h]) => adding(b, x!, h!)),
    draft('one step, backwards', [float([1, 2]), float([2])], (b, [x, h]) => adding(b, x!, h!, true)),
    draft('steps of scalars, odd in number', [float([17]), float([])], (b, [x, h]) => adding(b, x!, h!)),
    draft('elements and a carry of rank 4', [float([2, 1, 2, 1, 3]), float([1, 2, 1, 1])], (b, [x, h]) =>
      adding(b, x!, h!, true),
    ),
    draft('a sequence and the carry from one value', [float([2, 2])], (b, [x]) =>
      adding(b, x!, b.reduceSum(x!, [0])),
    ),
    draft(
      'a carry of bool, and outputs of int32 and bool',
      [float([4, 3], 'integers')],
      (b, [x]) => {
        const { carries, outputs } = b.scan(
          [b.constant([0], [3], 'bool')],
          [x!],
          (step, [seen], [element]) => {
            const next = step.or(seen!, step.less(1, element!))
            return { carries: [next], outputs: [seen!, step.cast(next, 'int32')] }
          },
        )
        return [...carries, ...outputs]
      },
      { gradient: false },
    ),
    draft(
      'a carry that no step changes, and one that is another',
      [float([3, 2]), float([2]), float([2])],
      (b, [x, p, q]) => {
        const { carries, outputs } = b.scan([p!, q!], [x!], (_step, [left, right], [element]) => ({
          carries: [right!, left!],
          outputs: [left!, element!],
        }))
        return [...carries, ...outputs]
      },
    ),
    draft(
      'what is not finite stays in its step, until it is carried on',
      [float([4, 2], [1, 2, NaN, 3, Infinity, 4, 5, 6]), float([])],
      (b, [x, h]) => adding(b, x!, h!),
      { gradient: false },
    ),
    ...Object.entries(everyOp).flatMap(([op, drafts]) => looped(op, drafts)),
  ],
  stopGradient: [
    // By definition its slope is not that of the numbers it gives.
    draft('x times its own value', [float([2, 3])], (b, [x]) => b.mul(x!, b.stopGradient(x!)), {
      gradient: false,
    }),
    draft('int32', [int([4])], (b, [x]) => b.stopGradient(x!), { gradient: false }),
    draft('no elements', [float([2, 0])], (b, [x]) => b.stopGradient(x!), { gradient: false }),
    draft('bool of rank 5', [bool([1, 2, 1, 2, 3])], (b, [x]) => b.stopGradient(x!), { gradient: false }),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
