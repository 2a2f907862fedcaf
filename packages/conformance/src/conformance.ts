import type { Backend } from '@fn/core'
import type { Check, Finding, Part } from './check.ts'
import { type Choice, suite } from './suite.ts'

/** A check that is known to fail, since the engine below the backend is wrong. */
export interface KnownFailure {
  /** The name of the check. */
  readonly check: string
  /** What the engine does wrong, with its issue where there is one. */
  readonly reason: string
  /** The engine and its version: `onnxruntime-web 1.30.0`. */
  readonly engine: string
}

/** What came of one check. */
export interface Outcome extends Finding {
  readonly backend: string
  readonly check: Pick<Check, 'name' | 'part' | 'subject'>
  readonly knownFailure?: KnownFailure
}

export interface ConformanceOptions<Context = unknown> extends Choice {
  /** Of the test runner: vitest, node:test, … */
  readonly describe: (name: string, body: () => void) => unknown
  /** Of the test runner. */
  readonly it: (name: string, body: (context: Context) => Promise<void>) => unknown
  readonly backend: Backend
  /** One that passes after all fails, so that the list stays true. */
  readonly knownFailures?: readonly KnownFailure[]
  /** Is told what came of every check that was not skipped, with what the runner hands to a test. */
  readonly record?: (outcome: Outcome, context: Context) => void
}

const titles: Readonly<Record<Part, string>> = {
  operations: 'agrees with the reference on',
  layers: 'agrees with Keras on',
  training: 'trains as Keras does:',
  contract: 'keeps the contract:',
  random: 'agrees with the reference on what is drawn:',
}

/**
 * Lets a backend prove itself: every op forward and backward against the exact reference and finite differences, every
 * layer, loss, optimizer and training run against real Keras, the contract of `Backend`, and programs and models drawn at random.
 * What is skipped follows from `backend.capabilities` alone; leaks are looked for where it has a `memory`.
 *
 * @throws Error where a known failure names no check
 * @example
 * import { describe, it } from 'node:test'
 * conformance({ describe, it, backend: await myBackend() })
 */
export function conformance<Context>({
  describe,
  it,
  backend,
  knownFailures = [],
  record,
  ...choice
}: ConformanceOptions<Context>): void {
  const checks = suite(backend, choice)
  // Of a part of the suite only what is in it can be looked for.
  const all = choice.quick || choice.parts ? undefined : new Set(checks.map(({ name }) => name))
  for (const { check } of knownFailures) {
    if (all?.has(check) === false)
      throw new Error(`${backend.name}: the known failure "${check}" is no check of the suite.`)
  }
  const known = new Map(knownFailures.map((failure) => [failure.check, failure]))

  describe(backend.name, () => {
    for (const [part, title] of Object.entries(titles)) {
      const own = checks.filter((check) => check.part === part)
      if (own.length === 0) continue
      describe(title, () => {
        for (const check of own) {
          const failure = known.get(check.name)
          const name = failure ? `${check.name} (known failure: ${failure.reason})` : check.name
          it(name, async (context) => {
            const finding = await findingOf(check)
            if (finding.lacking !== undefined) {
              skip(context, finding.lacking)
              return
            }
            record?.(
              {
                ...finding,
                backend: backend.name,
                check: { name: check.name, part: check.part, subject: check.subject },
                ...(failure ? { knownFailure: failure } : {}),
              },
              context,
            )
            expectVerdict(finding, failure)
          })
        }
      })
    }
  })
}

/** What a check finds; that a backend throws is a finding too. */
export async function findingOf(check: Check): Promise<Finding> {
  try {
    return await check.run()
  } catch (error) {
    return { error: Infinity, problems: [error instanceof Error ? error.message : String(error)] }
  }
}

/** As vitest and node:test do it. A runner that can not has the check pass. */
function skip(context: unknown, reason: string): void {
  ;(context as { skip?(reason: string): void } | undefined)?.skip?.(reason)
}

function expectVerdict({ problems }: Finding, failure: KnownFailure | undefined): void {
  if (failure === undefined && problems.length > 0) throw new Error(problems.join('\n'))
  if (failure !== undefined && problems.length === 0) {
    throw new Error(
      `Passes on this version, known to fail on ${failure.engine}: take it off the known failures.`,
    )
  }
}
