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

/** What hosts have besides timers. */
interface Tasks {
  setImmediate?(task: () => void): void
  readonly MessageChannel?: new () => {
    readonly port1: { onmessage: (() => void) | null }
    readonly port2: { postMessage(message: unknown): void }
  }
}

/**
 * Lets timers, sockets and the page have their turn. A timer would not come back before a millisecond has passed, in a
 * page before four.
 */
export function pause(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as Tasks
  return new Promise((resolve) => {
    if (setImmediate !== undefined) setImmediate(resolve)
    else if (MessageChannel !== undefined) {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(undefined)
    } else setTimeout(resolve, 0)
  })
}

/** Milliseconds of a clock that only runs forward. */
export const now = (): number => performance.now()
