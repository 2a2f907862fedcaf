import { type CompileConfig, compileOptionsFrom, type Model } from '@fn/core'
import { KerasFileError } from './errors.ts'
import type { LoadOptions } from './keras-file.ts'

/** Compiles a model as a file says. @throws KerasFileError where it says nothing */
export function compileAs(
  model: Model,
  config: CompileConfig | null | undefined,
  { backend, customObjects }: LoadOptions,
  seed?: number,
): void {
  // A model that was never compiled has none, or an empty one.
  if (backend === undefined || config?.optimizer === undefined) {
    throw new KerasFileError(
      'The model was not compiled when it was saved. Load it without a backend, and compile it.',
    )
  }
  model.compile({
    ...compileOptionsFrom(config, customObjects && { customObjects }),
    backend,
    ...(seed !== undefined && { seed }),
  })
}

/** How a model was compiled, as the text of a JSON object that has the optimizer under `key`. */
export function compileText(key: 'optimizer' | 'optimizer_config', config: CompileConfig): string {
  const { optimizer, ...rest } = config
  // Keras refuses whole numbers as the momentum, and JSON has them where JavaScript has a number.
  const floats = JSON.stringify(optimizer).replace(/:(-?\d+)(?=[,}])/g, ':$1.0')
  return `{"${key}":${floats},${JSON.stringify(rest).slice(1)}`
}
