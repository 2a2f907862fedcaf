#!/usr/bin/env node
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const args = process.argv.slice(2)
const built = new URL('../dist/index.js', import.meta.url)
if (existsSync(built)) {
  const { main } = await import(built.href)
  process.exitCode = await main(args)
} else {
  // A checkout in which nothing was built yet: its source.
  const source = fileURLToPath(new URL('../src/fn.ts', import.meta.url))
  const loader = ['--import', import.meta.resolve('tsx'), '--conditions=@fn/source']
  const { status } = spawnSync(process.execPath, [...loader, source, ...args], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}
