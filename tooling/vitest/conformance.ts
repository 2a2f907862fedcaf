import { parseArgs } from 'node:util'
import { createVitest } from 'vitest/node'
import MatrixReporter from './matrix-reporter.ts'

const usage = `npm run conformance -- [ENGINE …] [--quick] [--write]

Lets every engine pass the conformance suite, and prints the matrix.

ENGINE    only test files whose name contains one of these: tfjs-wasm, onnxruntime, browser
--quick   the quick form for engines that are slow to test
--write   also into docs/conformance.md`

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false, short: 'h' },
  },
  allowPositionals: true,
})

if (values.help) {
  console.log(usage)
} else {
  const filters = positionals.length > 0 ? positionals : ['test/matrix/', 'test/browser/']
  const vitest = await createVitest('test', {
    watch: false,
    reporters: [new MatrixReporter(values.write ? 'docs/conformance.md' : undefined)],
  })
  vitest.provide('wholeMatrix', !values.quick)
  await vitest.start(filters)
  await vitest.close()
}
