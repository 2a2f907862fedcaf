import { tfjs } from '@fn/backend-tfjs'
import { conformance } from '@fn/conformance'
import { describe, it } from 'vitest'

for (const name of ['cpu', 'wasm'] as const) conformance({ describe, it, backend: await tfjs(name) })
