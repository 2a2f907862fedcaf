import { reference } from '@fn/backend-reference'
import { prove } from '@fn/vitest'

prove(await reference())
