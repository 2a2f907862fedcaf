import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { BenchOptions } from './commands/bench.ts'
import type { ExportOptions } from './commands/export.ts'
import type { InspectOptions } from './commands/inspect.ts'
import type { PlotOptions } from './commands/plot.ts'
import type { VerifyOptions } from './commands/verify.ts'
import { type InputShape, parseInputShape } from './export/signature.ts'
import type { LoadOptions } from './models/load-model.ts'
import type { Report } from './report/report.ts'
import { Terminal } from './report/terminal.ts'
import { engineChoices } from './run/engine-choice.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string
}

const MODEL = [
  'MODEL',
  'a .keras, .h5 or model.json file, - for stdin, or a .js or .ts module that exports a model',
] as const

const ONNX_OR_MODEL = 'an ONNX file, or a model as for export; - for either on stdin'

const CUSTOM = ['--custom <MODULE>', 'exports the layers that the file names and fn does not know'] as const

const INPUT = [
  '--input <NAME:SHAPE>',
  'sizes of an input, as in image:1,224,224,3; may be repeated',
  collect,
] as const

const TOLERANCE = [
  '--tolerance <T>',
  'the largest difference allowed, as a part of the largest value',
  positive,
  1e-4,
] as const

const AGAINST = [
  '--against <ENGINE>',
  `what computes the answers of a model: ${engineChoices.join(', ')}`,
  oneOf(engineChoices),
  'auto',
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
    .option(
      '-o, --output <FILE>',
      'where to write it, - for stdout (default: the name of the model file, .onnx)',
    )
    .option('--opset <N>', 'version of the ONNX operators', wholeNumber)
    .option('--batch <N|dynamic>', 'samples at once: a number, or any number', batchOf)
    .option(...INPUT)
    .option('--outputs <LAYERS>', 'end at these layers instead: LAYER[:NODE[:TENSOR]],…', listOf)
    .addOption(new Option('--fp16', 'weights and what can bear it in float16').conflicts('quantize'))
    .option('--quantize <int8>', 'weights in 8 bits, with a scale for each channel', oneOf(['int8'] as const))
    .option('--external-data', 'weights in a file of their own, FILE.data; so it is beyond 2 GB anyway')
    .addOption(
      new Option(
        '--training',
        'a step of the training of a compiled model instead, and the state that it begins with in FILE.state.npz',
      ).conflicts(['outputs', 'inputs', 'fp16', 'quantize', 'triton']),
    )
    .addOption(
      new Option(
        '--triton <DIR>',
        'write DIR/NAME/1/model.onnx and its config.pbtxt for Triton instead',
      ).conflicts('output'),
    )
    .option('--max-batch <N>', 'with --triton, the most samples that are put together', wholeNumber, 32)
    .option('--inputs <FILE>', 'compare on these inputs too: .npz, .npy or .json')
    .option(
      '--tolerance <T>',
      'the largest difference allowed, as a part of the largest value (default: 0.0001; 0.02 with --fp16, 0.25 with --quantize)',
      positive,
    )
    .option(...AGAINST)
    .option('--no-verify', 'write it without comparing')
    .option(...CUSTOM)
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
    .option(...CUSTOM)
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
    .option(...CUSTOM)
    .addHelpText('after', examples('fn summary classifier.keras', 'fn summary ./model.ts'))
    .action(
      run(async (_terminal, source: string, options: LoadOptions) => {
        const { summaryCommand } = await import('./commands/summary.ts')
        return summaryCommand(source, options)
      }),
    )

  program
    .command('plot')
    .summary('draw a model')
    .description('Draws a model as SVG, or as Graphviz DOT.')
    .argument(...MODEL)
    .requiredOption('-o, --output <FILE>', 'a .svg or .dot file to write, - for stdout')
    .option('--format <FORMAT>', 'svg or dot, whatever the name of the file', oneOf(['svg', 'dot'] as const))
    .option('--expand-nested', 'open nested models and wrappers', false)
    .option('--direction <TB|LR>', 'inputs at the top, or at the left', oneOf(['TB', 'LR'] as const), 'TB')
    .option('--weights', 'show the weights with their shapes', false)
    .option('--dtypes', 'show dtypes', false)
    .option(...CUSTOM)
    .addHelpText(
      'after',
      examples(
        'fn plot classifier.keras -o classifier.svg',
        'fn plot ./model.ts -o - --format dot | dot -Tpdf > model.pdf',
      ),
    )
    .action(
      run(async (_terminal, source: string, options: PlotOptions) => {
        const { plotCommand } = await import('./commands/plot.ts')
        return plotCommand(source, options)
      }),
    )

  program
    .command('verify')
    .summary('compare what two models or files answer')
    .description(
      'Runs two models or ONNX files on the same inputs, and shows how far their answers lie apart.',
    )
    .argument('A', ONNX_OR_MODEL)
    .argument('B', 'what is compared with it')
    .option(...INPUT)
    .option('--inputs <FILE>', 'run on these inputs instead of random ones: .npz, .npy or .json')
    .option(...TOLERANCE)
    .option(...AGAINST)
    .option(...CUSTOM)
    .addHelpText(
      'after',
      examples(
        'fn verify classifier.keras classifier.onnx',
        'fn verify old.onnx new.onnx --inputs digits.npz --tolerance 1e-3',
      ),
    )
    .action(
      run(async (terminal, one: string, other: string, options: VerifyOptions) => {
        const { verifyCommand } = await import('./commands/verify.ts')
        return verifyCommand(one, other, options, terminal)
      }),
    )

  program
    .command('bench')
    .summary('time an ONNX file')
    .description(
      'Times an ONNX file in ONNX Runtime: how long one run takes, and how many samples a second that is.',
    )
    .argument('FILE', ONNX_OR_MODEL)
    .option(
      '--batch <N,…>',
      'samples at once, where the file leaves that open (default: 1,8,32)',
      wholeNumbers,
    )
    .option('--provider <NAME,…>', 'execution providers, as in cpu,webgpu', listOf, ['cpu'])
    .option('--time <SECONDS>', 'how long each is timed', positive, 1)
    .option('--threads <N>', 'threads of ONNX Runtime (default: one for each core)', wholeNumber)
    .option(...INPUT)
    .option(...CUSTOM)
    .addHelpText(
      'after',
      examples(
        'fn bench classifier.onnx',
        'fn bench classifier.onnx --batch 1,64 --provider cpu,webgpu --json',
      ),
    )
    .action(
      run(async (terminal, source: string, options: BenchOptions) => {
        const { benchCommand } = await import('./commands/bench.ts')
        return benchCommand(source, options, terminal)
      }),
    )

  program
    .command('convert')
    .summary('write a model as another kind of file')
    .description(
      'Writes a model as a .keras or .h5 file, which Keras 3 loads, with its optimizer and losses where it has them, or as a model.json with its weights, which tfjs-layers loads.',
    )
    .argument('IN', MODEL[1])
    .argument(
      'OUT',
      'a .keras, .h5 or model.json file to write, a folder for model.json, - for a .keras file on stdout',
    )
    .option(...CUSTOM)
    .addHelpText(
      'after',
      examples(
        'fn convert old.h5 new.keras',
        'fn convert classifier.keras public/classifier/model.json',
        'fn convert public/classifier/model.json classifier.h5',
        'fn convert ./model.ts model.keras',
      ),
    )
    .action(
      run(async (terminal, source: string, output: string, options: LoadOptions) => {
        const { convertCommand } = await import('./commands/convert.ts')
        return convertCommand(source, output, options, terminal)
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

function collect(text: string, before: readonly InputShape[] = []): readonly InputShape[] {
  return [...before, parseInputShape(text)]
}

function wholeNumbers(text: string): readonly number[] {
  return listOf(text).map(wholeNumber)
}

/** A parser of one of these words. */
function oneOf<T extends string>(choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text)
    if (found !== undefined) return found
    throw new InvalidArgumentError(`Expected one of ${choices.join(', ')}.`)
  }
}
