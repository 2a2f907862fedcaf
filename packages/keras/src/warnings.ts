export type OnWarning = (message: string) => void

/** Where warnings go by default: a library that drops something says so. */
// biome-ignore lint/suspicious/noConsole: the caller can take them with onWarning
const print: OnWarning = (message) => console.warn(message)

/** The options with a place for warnings. */
export const heard = <T extends { readonly onWarning?: OnWarning }>(
  options: T,
): T & { readonly onWarning: OnWarning } => ({ ...options, onWarning: options.onWarning ?? print })
