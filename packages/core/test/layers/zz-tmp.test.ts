import { layerCase, layerCaseNames } from '@fn/cases'
import { input, layerFromConfig, model, toConfig } from '@fn/core'
import { loadFixture } from '@fn/golden'
import { writeFileSync } from 'node:fs'
import { it, expect } from 'vitest'
it('x', () => {
  const out: unknown[] = []
  const diffs = new Map<string, string>()
  for (const name of layerCaseNames()) {
    const f = loadFixture('layers', name)
    const layer = layerFromConfig({ class_name: f.class_name, config: f.config })
    const xs = f.inputs.map(({ shape }) => input({ shape: shape.slice(1) }))
    const y = layer.apply(xs.length === 1 ? xs[0]! : xs)
    const config = JSON.parse(JSON.stringify(toConfig(model({ inputs: xs, outputs: y as never }))))
    const entry = config.config.layers.find((l: any) => l.class_name === f.class_name)
    out.push([name, entry, f.config])
    for (const [k, v] of Object.entries(entry.config)) if (JSON.stringify(v) !== JSON.stringify((f.config as any)[k])) diffs.set(`${f.class_name}.${k}`, `${JSON.stringify(v)} | ${JSON.stringify((f.config as any)[k])}`)
    for (const k of Object.keys(f.config)) if (!(k in entry.config)) diffs.set(`${f.class_name}.${k} missing`, JSON.stringify((f.config as any)[k]))
  }
  writeFileSync('/tmp/cfg.json', JSON.stringify(out))
  for (const [k, v] of diffs) process.stdout.write(`${k}: ${v}\n`)
})
