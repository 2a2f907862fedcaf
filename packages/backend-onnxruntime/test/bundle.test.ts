import { join } from 'node:path'
import { build } from 'vite'
import { expect, it } from 'vitest'

it('brings no module of Node into a page', { timeout: 60_000 }, async () => {
  const root = join(import.meta.dirname, '..')
  const built = await build({
    root,
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['@fn/source', 'module', 'browser'] },
    worker: { format: 'es' },
    build: {
      write: false,
      minify: false,
      lib: { entry: 'src/index.ts', formats: ['es'] },
      rollupOptions: { external: [/^onnxruntime-web/, /^node:/, /^onnxruntime-node/] },
    },
  })
  const chunks = [built].flat().flatMap((part) => ('output' in part ? part.output : []))
  const imported = chunks.flatMap((chunk) =>
    chunk.type === 'chunk' ? [...chunk.imports, ...chunk.dynamicImports] : [],
  )
  expect(imported.filter((name) => name.includes('onnxruntime-web')).sort()).toEqual([
    'onnxruntime-web/wasm',
    'onnxruntime-web/webgpu',
  ])
  expect(imported.filter((name) => /^node:|onnxruntime-node/.test(name))).toEqual([])
})
