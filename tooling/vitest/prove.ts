import { type Choice, conformance, type KnownFailure, type Outcome, type Part } from '@fn/conformance'
import type { Backend } from '@fn/core'
import { describe, inject, it } from 'vitest'

export { webglDevice, webgpuDevice } from './device.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether engines that are slow to test have to pass the whole suite too. */
    readonly wholeMatrix?: boolean
  }
  interface TaskMeta {
    conformance?: Outcome
    /** What the engine says of what it runs on. */
    device?: string
    /** Which form of the suite it is passing. */
    form?: 'whole' | 'quick'
  }
}

interface Proof extends Choice {
  readonly knownFailures?: readonly KnownFailure[]
  /** An engine that is slow to test: it passes the quick form, and the whole suite where the matrix is asked for. */
  readonly slow?: boolean
  /** The parts of its quick form; all if left out. */
  readonly quickParts?: readonly Part[]
  /** What it runs on, where that is not the processor. */
  readonly device?: string
}

/**
 * Lets a backend pass the suite in this test file, and tells the reporter of the matrix what came of each check.
 *
 * @example
 * prove(await tfjs('wasm'))
 */
export function prove(backend: Backend, { slow = false, quickParts, device, ...proof }: Proof = {}): void {
  const quick = slow && !inject('wholeMatrix')
  conformance({
    describe,
    it: (name: string, body: (context: Context) => Promise<void>) =>
      it(name, (context) => body(context), TIMEOUT),
    backend,
    quick,
    ...(quick && quickParts ? { parts: quickParts } : {}),
    record(outcome, { task }) {
      task.meta.conformance = outcome
      task.meta.form = quick ? 'quick' : 'whole'
      if (device !== undefined) task.meta.device = device
    },
    ...proof,
  })
}

interface Context {
  readonly task: { readonly meta: { conformance?: Outcome; device?: string; form?: 'whole' | 'quick' } }
}

/** Milliseconds for one check: whole runs of training are slow on an emulated GPU. */
const TIMEOUT = 120_000
