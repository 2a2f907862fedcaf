import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import type { ExportOptions } from './commands/export.ts'
import type { InspectOptions } from './commands/inspect.ts'
import { type InputShape, parseInputShape } from './export/signature.ts'
import type { LoadOptions } from './models/load-model.ts'
import type { Report } from './report/report.ts'
import { Terminal } from './report/terminal.ts'
import { engineChoices } from './run/engines.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

const MODEL = [
  'MODEL',
  'a .keras file, - for one on stdin, or a .js or .ts module that exports a model',
] as const

/** The commands, each of which loads what it needs when it is called. @param done gets what a command reports */
export function programOf(done: (report: Report, terminal: Terminal) => void): Command {
  const program = new Command('fn')
    .description('Export, inspect, verify and time models of Keras and fn, without Python.')
    .version(version, '-V, --version')
    .option('--json', 'print the result as JSON')
    .option('-q, --quiet', 'print no progress, and nothing of what was written')
    .option('--no-color', 'print no colours; so does NO_COLOR=1')
    .option('--debug', 'print where an error came from')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()

  const run =
    <A extends readonly unknown[]>(command: (terminal: Terminal, ...args: A) => Promise<Report>) =>
    async (...args: A): Promise<void> => {
      const terminal = new Terminal(program.opts())
      done(await command(terminal, ...args), terminal)
    }

  program
    .command('export')
    .summary('write a model as an ONNX file, checked against the model')
    .description(
      'Writes a model as an ONNX file. Before it is written, the file runs in ONNX Runtime, and what it answers is compared with what the model itself answers.',
    )
    .argument(...MODEL)
    .option('-o, --output <FILE>', 'where to write it, - for stdout (default: the name of the model, .onnx)')
    .option('--opset <N>', 'version of the ONNX operators', wholeNumber)
    .option('--batch <N|dynamic>', 'samples at once: a number, or any number', batchOf)
    .option(
      '--input <NAME:SHAPE>',
      'sizes of an input, as in image:1,224,224,3; may be repeated',
      collect,
      [],
    )
    .option('--outputs <LAYERS>', 'end at these layers instead: LAYER[:NODE[:TENSOR]],…', listOf)
    .option('--triton <DIR>', 'write DIR/NAME/1/model.onnx and its config.pbtxt for Triton')
    .option('--max-batch <N>', 'with --triton, the most samples that are put together', wholeNumber, 32)
    .option('--inputs <FILE>', 'compare on these inputs too: .npz, .npy or .json')
    .option(
      '--tolerance <T>',
      'the largest difference allowed, as a part of the largest value',
      positive,
      1e-4,
    )
    .option(
      '--against <ENGINE>',
      `what computes the answers of the model: ${engineChoices.join(', ')}`,
      engineOf,
      'auto',
    )
    .option('--no-verify', 'write it without comparing')
    .option('--custom <MODULE>', 'exports the layers that the file names and fn does not know')
    .addHelpText(
      'after',
      examples(
        'fn export classifier.keras -o classifier.onnx',
        'fn export classifier.keras --batch 1 --inputs digits.npz',
        'fn export ./model.ts#encoder --input tokens:batch,128 --outputs encoder_1',
        'fn export classifier.keras --triton /srv/models',
        'fn export classifier.keras -o - | ssh server "cat > classifier.onnx"',
      ),
    )
    .action(
      run(async (terminal, source: string, options: ExportOptions) => {
        const { exportCommand } = await import('./commands/export.ts')
        return exportCommand(source, options, terminal)
      }),
    )

  program
    .command('inspect')
    .summary('show what is in an ONNX or Keras file')
    .description('Shows the inputs, outputs, operators or layers, sizes and metadata of a file.')
    .argument('FILE', 'an ONNX file, or a model as for export; - for either on stdin')
    .option('--custom <MODULE>', 'exports the layers that the file names and fn does not know')
    .addHelpText(
      'after',
      examples(
        'fn inspect classifier.onnx',
        'fn inspect classifier.keras --json',
        'cat classifier.onnx | fn inspect -',
      ),
    )
    .action(
      run(async (_terminal, file: string, options: InspectOptions) => {
        const { inspectCommand } = await import('./commands/inspect.ts')
        return inspectCommand(file, options)
      }),
    )

  program
    .command('summary')
    .summary('show the layers of a model as a table')
    .argument(...MODEL)
    .option('--custom <MODULE>', 'exports the layers that the file names and fn does not know')
    .addHelpText('after', examples('fn summary classifier.keras', 'fn summary ./model.ts'))
    .action(
      run(async (_terminal, source: string, options: LoadOptions) => {
        const { summaryCommand } = await import('./commands/summary.ts')
        return summaryCommand(source, options)
      }),
    )

  return program
}

const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Expected a whole number above 0.')
}

function positive(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && number >= 0 && Number.isFinite(number)) return number
  throw new InvalidArgumentError('Expected a number of at least 0.')
}

const batchOf = (text: string): ExportOptions['batch'] => (text === 'dynamic' ? text : wholeNumber(text))

const listOf = (text: string): readonly string[] => text.split(',').map((part) => part.trim())

const collect = (text: string, before: readonly InputShape[]): readonly InputShape[] => [
  ...before,
  parseInputShape(text),
]

function engineOf(text: string): ExportOptions['against'] {
  const found = engineChoices.find((choice) => choice === text)
  if (found !== undefined) return found
  throw new InvalidArgumentError(`Expected one of ${engineChoices.join(', ')}.`)
}
