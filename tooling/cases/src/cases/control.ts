import { type Draft, draft, float, int } from '../op-case.ts'

export const controlCases = {
  stopGradient: [
    // By definition its slope is not that of the numbers it gives.
    draft('x times its own value', [float([2, 3])], (b, [x]) => b.mul(x!, b.stopGradient(x!)), {
      gradient: false,
    }),
    draft('int32', [int([4])], (b, [x]) => b.stopGradient(x!), { gradient: false }),
  ],
} satisfies Record<string, readonly [Draft, ...Draft[]]>
