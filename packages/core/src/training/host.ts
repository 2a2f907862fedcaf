/** The part of a Node process that training uses where there is one. */
interface ProcessLike {
  readonly stdout?: { readonly isTTY?: boolean; readonly columns?: number; write(text: string): boolean }
  on?(event: 'SIGINT', listener: () => void): void
  off?(event: 'SIGINT', listener: () => void): void
}

const hostProcess = (globalThis as { readonly process?: ProcessLike }).process

/** A terminal that can rewrite its last line. */
export interface Terminal {
  readonly columns: number
  write(text: string): void
}

/** The terminal of this process; undefined in a browser, and where the output goes to a file. */
export function terminal(): Terminal | undefined {
  const stdout = hostProcess?.stdout
  if (!stdout?.isTTY) return undefined
  return { columns: stdout.columns ?? 80, write: (text) => void stdout.write(text) }
}

/**
 * Calls `onInterrupt` at the first Ctrl-C instead of ending the process; a second one ends it as ever.
 *
 * @returns what takes the listener away again
 */
export function onInterrupt(listener: () => void): () => void {
  const once = (): void => {
    hostProcess?.off?.('SIGINT', once)
    listener()
  }
  hostProcess?.on?.('SIGINT', once)
  return () => hostProcess?.off?.('SIGINT', once)
}

/** Lets timers, sockets and the page have their turn. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))

/** Milliseconds of a clock that only runs forward. */
export const now = (): number => performance.now()
