import { createReference } from '@fn/backend-reference'
import { type Backend, UnsupportedOpError } from '@fn/core'
import type { Finding } from '../check.ts'

/**
 * What a run finds that says only on its way what ops it needs, as training does. Where it is refused, the reference with
 * the capabilities of the backend has to be refused too: else it is the backend that refuses what it claims.
 */
export async function unlessLacking(
  backend: Backend,
  run: (backend: Backend) => Promise<Finding>,
): Promise<Finding> {
  try {
    return await run(backend)
  } catch (error) {
    if (!(error instanceof UnsupportedOpError)) throw error
    const { name, capabilities } = backend
    try {
      await run({ ...createReference(), name, capabilities })
    } catch (refusal) {
      if (refusal instanceof UnsupportedOpError) return { error: 0, problems: [], lacking: refusal.message }
    }
    throw error
  }
}
