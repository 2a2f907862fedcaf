import { join } from 'node:path'
import { messageOf } from '@fn/core'
import { backends } from './harness/backends.ts'
import { requestOf, UsageError } from './harness/command-line.ts'
import { type Report, runProgram } from './harness/run-program.ts'
import { programs } from './programs.ts'

// npm run example -- NAME… | all [--backend wasm|cpu|onnxruntime|reference] [--quick]

const out = join(import.meta.dirname, '../out')

async function main(): Promise<number> {
  const request = requestOf(process.argv.slice(2), programs)
  const backend = await backends[request.backend]()
  const failed: string[] = []
  for (const program of request.programs) {
    console.log(`\n━━ ${program.name}: ${program.title}\n`)
    try {
      const context = { backend, quick: request.quick, print: console.log, verbose: 'auto' } as const
      const report = await runProgram(program, context, join(out, program.name))
      console.log(`\n${lineOf(report)}`)
      for (const shortfall of report.shortfalls) console.error(`${program.name}: ${shortfall}`)
      if (report.shortfalls.length > 0) failed.push(program.name)
    } catch (error) {
      console.error(`${program.name}: ${messageOf(error)}`)
      failed.push(program.name)
    }
  }
  await backend.dispose()
  console.log(`\nModels, pictures and reports are in ${out}`)
  if (failed.length > 0) console.error(`Not as it should be: ${failed.join(', ')}.`)
  return failed.length > 0 ? 1 : 0
}

function lineOf({ name, parameters, accuracy, seconds, maxDifference }: Report): string {
  const right = accuracy === undefined ? '' : ` ${(100 * accuracy).toFixed(2)} % right,`
  return `${name}: ${parameters.toLocaleString('en-US')} parameters,${right} ${seconds.toFixed(1)} s, ${maxDifference.toExponential(2)} from ONNX Runtime at most`
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
