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
  'time-distributed': 55_050,
  headline: 5_200_610,
  'shared-lstm': 82_305,
  'layer-nodes': 36_992,
  inception: 140_160,
  residual: 84,
  'shared-vision': 53_057,
  'visual-qa': 64_254,
  'video-qa': 89_790,
}

/** And at the size that the guide has, where that is another one. */
const parametersAtFullSize: Readonly<Record<string, number>> = {
  'visual-qa': 165_077_800,
  'video-qa': 169_436_968,
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
      expect(readFileSync(join(folder, 'model.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/)
      expect(report.parameters).toBe(parameters[name])
      expect(report.parametersAtFullSize).toBe(parametersAtFullSize[name])
    },
    60_000,
  )
})
