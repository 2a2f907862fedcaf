import type { Capabilities } from '../backend.ts'
import { type Unsupported, UnsupportedOpError } from '../errors.ts'
import type { OpName } from '../program/ops/index.ts'
import type { Equation, Program } from '../program/types.ts'
import { inline } from './inline.ts'
import { rewrite } from './rewrite.ts'
import { simplify } from './simplify.ts'
import { unroll } from './unroll.ts'

/** The equations of a program and of the bodies of its loops, with the paths of their layers. */
function* allEquations(
  program: Program,
  around = '',
): Iterable<{ readonly equation: Equation; readonly path: string }> {
  for (const equation of program.equations) {
    const path = [around, equation.path].filter(Boolean).join('/')
    yield { equation, path }
    if (equation.op === 'scan') yield* allEquations(equation.attrs.body, path)
  }
}

/** Loops are left where they could not be unrolled. */
const lacking = (op: OpName): string =>
  op === 'scan' ? 'the backend lacks loops, and the number of steps is a symbol' : 'the backend lacks this op'

/**
 * Fits a program to an engine: composites that it does not claim are inlined, loops are unrolled if it has none, and
 * what is left is checked against its capabilities.
 *
 * @throws UnsupportedOpError with everything that is missing, before anything runs.
 * @example
 * const executable = await backend.compile(legalize(program, backend))
 */
export function legalize(
  program: Program,
  { name, capabilities }: { readonly name: string; readonly capabilities: Capabilities },
): Program {
  const inlined = inline(
    program,
    (call) => !capabilities.composites.has(call.name) || capabilities.claims?.(call) === false,
  )
  const legal = simplify(
    rewrite(capabilities.ops.has('scan') ? inlined : unroll(inlined), (_b, { op }, inputs) =>
      op === 'stopGradient' ? inputs : undefined,
    ),
  )
  // The steps of a loop that was unrolled lack the same: it is said once.
  const missing = new Map<string, Unsupported>()
  for (const { equation, path } of allEquations(legal)) {
    const { op, outputs } = equation
    const dtype = [...equation.inputs, ...outputs]
      .map((value) => value.dtype)
      .find((it) => !capabilities.dtypes.has(it))
    const reason =
      op !== 'call' && !capabilities.ops.has(op)
        ? lacking(op)
        : dtype !== undefined
          ? `the backend lacks ${dtype}`
          : capabilities.refuses?.(equation)
    if (reason === undefined) continue
    const unsupported: Unsupported = { op, dtype: dtype ?? outputs[0]!.dtype, path, reason }
    missing.set(JSON.stringify(unsupported), unsupported)
  }
  if (missing.size > 0) throw new UnsupportedOpError(name, [...missing.values()])
  return legal
}
