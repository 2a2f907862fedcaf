import { afterAll, afterEach } from 'vitest'

// A test fails when anything prints to the console that the test does not expect.
// A test that expects a message takes it: `const warn = vi.spyOn(console, 'warn').mockReturnValue()`
// and then looks at `warn.mock.calls`. Vitest takes such spies away before the next test (`restoreMocks`).

const methods = ['debug', 'info', 'log', 'warn', 'error', 'trace'] as const
const printed: string[] = []

for (const method of methods) {
  console[method] = (...data: unknown[]) => {
    printed.push(`console.${method}: ${data.map(String).join(' ')}`)
  }
}

function expectSilence(): void {
  const lines = printed.splice(0)
  if (lines.length > 0) throw new Error(`Unexpected output on the console:\n${lines.join('\n')}`)
}

afterEach(expectSilence)
afterAll(expectSilence)
