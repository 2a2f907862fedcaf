import { saveModel } from '@fn/keras'
import { line } from './models.ts'

// Saves models to a path until it is killed.
const path = process.argv[2]!
for (;;) {
  await saveModel(line(), path)
  process.stdout.write('.')
}
