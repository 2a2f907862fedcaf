import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Outcome, Part } from '@fn/conformance'
import type { Reporter, TestCase } from 'vitest/node'

const root = join(import.meta.dirname, '../..')

interface Row {
  readonly engine: string
  readonly form: 'whole' | 'quick'
  device: string
  readonly outcomes: Outcome[]
  /** Milliseconds of all its checks. */
  spent: number
}

const parts: readonly Part[] = ['operations', 'layers', 'training', 'contract', 'random']

/**
 * Prints what came of every engine, and writes it to out/conformance.json and into a Markdown file, between the marks
 * `<!-- matrix -->` and `<!-- /matrix -->`.
 */
export default class MatrixReporter implements Reporter {
  readonly #rows = new Map<string, Row>()
  readonly #page: string | undefined

  /** @param page the Markdown file, from the root of the repository; none if left out */
  constructor(page?: string) {
    this.#page = page
  }

  onTestCaseResult(test: TestCase): void {
    const { conformance: outcome, device, form = 'whole' } = test.meta()
    if (outcome === undefined) return
    // An engine that is there in Node and in the browser is two.
    const place = test.project.config.browser.enabled ? 'browser' : 'Node'
    const engine = `${outcome.backend} (${place})`
    const row = this.#rows.get(engine) ?? { engine, form, device: 'processor', outcomes: [], spent: 0 }
    this.#rows.set(engine, row)
    if (device !== undefined) row.device = device
    row.outcomes.push(outcome)
    row.spent += test.diagnostic()?.duration ?? 0
  }

  onTestRunEnd(): void {
    const rows = [...this.#rows.values()].sort((a, b) => a.engine.localeCompare(b.engine))
    if (rows.length === 0) return
    const text = [verdicts(rows), worst(rows), failures(rows)].filter(Boolean).join('\n\n')
    console.log(`\n${text}\n`)
    mkdirSync(join(root, 'out'), { recursive: true })
    const kept = rows.map(({ engine, device, outcomes, spent }) => ({
      engine,
      device,
      seconds: spent / 1000,
      outcomes,
    }))
    writeFileSync(join(root, 'out/conformance.json'), `${JSON.stringify(kept)}\n`)
    if (this.#page === undefined) return
    const path = join(root, this.#page)
    const page = readFileSync(path, 'utf8')
    const [before, after] = [page.split(BEGIN)[0]!, page.split(END)[1]!]
    writeFileSync(path, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`)
  }
}

const [BEGIN, END] = ['<!-- matrix -->', '<!-- /matrix -->']

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** For each engine, how many checks of each part pass, of how many. */
const verdicts = (rows: readonly Row[]): string =>
  table(
    ['engine', 'runs on', 'suite', ...parts, 'known failures', 'seconds'],
    rows.map(({ engine, form, device, outcomes, spent }) => [
      engine,
      device,
      form,
      ...parts.map((part) => {
        const own = outcomes.filter(({ check, knownFailure }) => check.part === part && !knownFailure)
        const passed = own.filter(({ problems }) => problems.length === 0)
        return own.length === 0
          ? '–'
          : passed.length === own.length
            ? `${passed.length}`
            : `**${passed.length} of ${own.length}**`
      }),
      `${outcomes.filter(({ knownFailure }) => knownFailure).length}`,
      (spent / 1000).toFixed(0),
    ]),
  )

/** The worst error seen, for each op and layer, on each engine; what is known to fail is listed below it. */
function worst(rows: readonly Row[]): string {
  const subjects = [
    ...new Map(
      rows.flatMap(({ outcomes }) =>
        outcomes
          .filter(({ check }) => check.part !== 'contract')
          .map(({ check }) => [`${check.part} ${check.subject}`, check] as const),
      ),
    ).values(),
  ]
  return table(
    ['worst error', ...rows.map(({ engine }) => engine)],
    subjects.map(({ part, subject }) => [
      subject,
      ...rows.map(({ outcomes }) => {
        const own = outcomes.filter(
          ({ check, knownFailure }) => check.part === part && check.subject === subject && !knownFailure,
        )
        if (own.length === 0) return '–'
        const error = Math.max(...own.map((outcome) => outcome.error))
        return error === 0 ? '0' : error.toExponential(0)
      }),
    ]),
  )
}

/** What fails, and what is known to. */
const failures = (rows: readonly Row[]): string =>
  rows
    .flatMap(({ engine, outcomes }) =>
      outcomes
        .filter(({ problems }) => problems.length > 0)
        .map(({ check, problems, knownFailure }) =>
          knownFailure
            ? `- ${engine}, ${check.name}: ${knownFailure.reason} (${knownFailure.engine})`
            : `- **${engine}, ${check.name}**: ${problems[0]}`,
        ),
    )
    .join('\n')
