import { CommanderError } from 'commander'
import { UsageError } from './errors.ts'
import { programOf } from './program.ts'
import { Terminal } from './report/terminal.ts'

const OK = 0
const FAILED = 1
const USAGE = 2

/**
 * Runs the command line.
 *
 * @param args what follows `fn`
 * @returns the exit code: 0, or 1 for what failed or was found wrong, or 2 for what makes no sense
 * @example
 * process.exitCode = await main(['summary', 'classifier.keras'])
 */
export async function main(args: readonly string[]): Promise<number> {
  if (!process.stdout.listeners('error').includes(endReading)) process.stdout.on('error', endReading)
  let failed = false
  const program = programOf((report, terminal) => {
    terminal.report(report)
    failed = report.failure !== undefined
    if (report.failure !== undefined) terminal.complain(report.failure)
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return failed ? FAILED : OK
  } catch (error) {
    if (error instanceof CommanderError) return usage(error, args)
    new Terminal(program.opts()).error(error)
    return error instanceof UsageError ? USAGE : FAILED
  }
}

/** Whoever reads may stop reading: `fn inspect model.onnx | head`. */
function endReading(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit(OK)
}

/** What commander found wrong; help and version are no errors, unless help came for want of a command. */
function usage({ code, exitCode, message }: CommanderError, args: readonly string[]): number {
  if (exitCode === 0) return OK
  if (code === 'commander.help') return USAGE
  const terminal = new Terminal({ json: args.includes('--json'), color: !args.includes('--no-color') })
  terminal.error(new UsageError(message.replace(/^error: /, '')))
  return USAGE
}
