import { type CompileConfig, compileOptionsFrom, type Model } from '@fn/core'
import { KerasFileError } from './errors.ts'
import type { LoadOptions } from './keras-file.ts'
import { heard } from './warnings.ts'

/**
 * Compiles a model as a file says, as far as that is understood.
 *
 * @param problems takes what is not understood
 * @throws KerasFileError where the file says nothing
 */
export function compileAs(
  model: Model,
  config: CompileConfig | null | undefined,
  { backend, customObjects }: LoadOptions,
  problems: string[],
  seed?: number,
): void {
  // A model that was never compiled has none, or an empty one.
  if (backend === undefined || config?.optimizer === undefined) {
    throw new KerasFileError(
      'The model was not compiled when it was saved. Load it without a backend, and compile it.',
    )
  }
  model.compile({
    ...compileOptionsFrom(config, customObjects && { customObjects }, (problem) => problems.push(problem)),
    backend,
    ...(seed !== undefined && { seed }),
  })
}

/** The state of an optimizer that does not fit is left out: it starts anew. */
export function readState(problems: string[], read: () => void): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof KerasFileError)) throw error
    problems.push(`optimizer state: ${error.message} It starts anew.`)
  }
}

/** One warning of all that a file says of training and that is not understood. */
export function warnOf(problems: readonly string[], options: LoadOptions): void {
  if (problems.length > 0)
    heard(options).onWarning(
      `The model is loaded, but not all of its training is understood:\n${problems.join('\n')}`,
    )
}

/** How a model was compiled, as the text of a JSON object that has the optimizer under `key`. */
export function compileText(key: 'optimizer' | 'optimizer_config', config: CompileConfig): string {
  const { optimizer, ...rest } = config
  // Keras refuses whole numbers as the momentum, and JSON has them where JavaScript has a number.
  const floats = JSON.stringify(optimizer).replace(/:(-?\d+)(?=[,}])/g, ':$1.0')
  return `{"${key}":${floats},${JSON.stringify(rest).slice(1)}`
}
