import { FnError } from '@fn/core'

/** A file that can not be read or written as a Keras file: damaged, hostile, or with something that fn lacks. */
export class KerasFileError extends FnError {
  override readonly name = 'KerasFileError'
}

/** Whatever goes wrong in `attempt` as a KerasFileError; what follows from a damaged file is no other error. */
export function explained<T>(attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    if (error instanceof KerasFileError) throw error
    const message = error instanceof FnError ? error.message : `The file is damaged: ${String(error)}.`
    throw new KerasFileError(message, { cause: error })
  }
}
