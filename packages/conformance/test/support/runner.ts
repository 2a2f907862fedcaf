/** A test that was registered with a runner. */
export interface Registered {
  /** The names of what is around it, and its own. */
  readonly path: readonly string[]
  /** Runs it as the runner would: `failed` with its error, `skipped` with its reason, or `passed`. */
  run(): Promise<Verdict>
}

export type Verdict =
  | { readonly verdict: 'passed' }
  | { readonly verdict: 'skipped'; readonly reason: string }
  | { readonly verdict: 'failed'; readonly reason: string }

class Skipped extends Error {}

/** How a runner hands a test its context, and what `skip` does there. */
export interface Runner<Context> {
  readonly tests: readonly Registered[]
  describe(name: string, body: () => void): unknown
  it(name: string, body: (context: Context) => Promise<void>): unknown
}

interface Skips {
  skip(reason?: string): void
}

/** A runner whose `skip` ends the test there and then, as vitest's does. */
export const likeVitest = (): Runner<Skips & { readonly task: { readonly name: string } }> =>
  makeRunner((name, skipped) => ({
    task: { name },
    skip(reason = '') {
      skipped(reason)
      throw new Skipped()
    },
  }))

/** A runner whose `skip` only notes it, and whose context is a class that needs to know itself, as in node:test. */
export const likeNodeTest = (): Runner<Skips & { readonly name: string }> =>
  makeRunner((name, skipped) => new NodeTestContext(name, skipped))

class NodeTestContext implements Skips {
  readonly #skipped: (reason: string) => void
  constructor(
    readonly name: string,
    skipped: (reason: string) => void,
  ) {
    this.#skipped = skipped
  }

  skip(reason = ''): void {
    this.#skipped(reason)
  }
}

/** A runner that hands nothing to a test. */
export const bare = (): Runner<undefined> => makeRunner(() => undefined)

function makeRunner<Context>(
  contextOf: (name: string, skipped: (reason: string) => void) => Context,
): Runner<Context> {
  const tests: Registered[] = []
  const around: string[] = []
  return {
    tests,
    describe(name, body) {
      around.push(name)
      body()
      around.pop()
      return Promise.resolve()
    },
    it(name, body) {
      const run = async (): Promise<Verdict> => {
        let skipped: string | undefined
        const context = contextOf(name, (reason) => {
          skipped = reason
        })
        try {
          await body(context)
        } catch (error) {
          if (!(error instanceof Skipped)) return { verdict: 'failed', reason: (error as Error).message }
        }
        return skipped === undefined ? { verdict: 'passed' } : { verdict: 'skipped', reason: skipped }
      }
      tests.push({ path: [...around, name], run })
      return Promise.resolve()
    },
  }
}
