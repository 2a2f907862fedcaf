import { tfjs } from '@fn/backend-tfjs'
import { prove } from '@fn/vitest/prove'

prove(await tfjs('cpu'))
