import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tfjs } from '@fn/backend-tfjs'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../src/harness/run-program.ts'
import { programs } from '../src/programs.ts'

const out = join(import.meta.dirname, '../out/quick')

/** The sizes that real Keras counts for the exported models, at the sizes at which they are exported. */
const parameters: Readonly<Record<string, number>> = {
  dense: 55_050,
  'callable-model': 55_050,
  inception: 140_160,
  residual: 84,
  'shared-vision': 53_057,
}

describe('programs', () => {
  it.each(programs.map((program) => [program.name, program] as const))(
    '%s runs, and ONNX Runtime agrees with it',
    async (name, program) => {
      const lines: string[] = []
      const context = {
        backend: await tfjs('wasm'),
        quick: true,
        print: (line: string) => lines.push(...line.split('\n')),
        verbose: 'silent',
      } as const
      const folder = join(out, name)
      const report = await runProgram(program, context, folder)
      expect(report.shortfalls).toEqual([])
      expect(report.maxDifference).toBeLessThanOrEqual(1e-4)
      expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toEqual(report)
      expect(existsSync(join(folder, 'model.onnx'))).toBe(true)
      expect(report.parameters).toBe(parameters[name])
    },
    60_000,
  )
})
