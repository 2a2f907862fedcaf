import { reference } from '@fn/backend-reference'
import { conformance } from '@fn/conformance'
import { describe, it } from 'vitest'

conformance({ describe, it, backend: await reference() })
