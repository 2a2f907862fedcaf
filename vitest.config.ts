import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { browserProject, chromium } from './tooling/vitest/browser.ts'
import { hasVulkan, vulkanEnvironment } from './tooling/vitest/graphics.ts'

const root = import.meta.dirname

/** Every workspace is a project, named as its package. */
const workspaces = ['packages', 'apps', 'tooling']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))

const nameOf = (folder: string): string =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name as string

const inBrowser = workspaces.filter((folder) => existsSync(join(folder, 'test/browser')))
if (chromium === undefined) {
  console.warn(
    `Left out, no Chromium found: ${inBrowser.map((folder) => `${nameOf(folder)} (browser)`).join(', ')}. ` +
      'Run them with `apt-get install chromium`, or name a Chromium or Chrome in FN_CHROMIUM.',
  )
}
const ON_GPU = 'test/matrix/*-webgpu.test.ts'
if (!hasVulkan) {
  console.warn(
    `Left out, no adapter of WebGPU found: ${ON_GPU}. Debian's packages chromium and libvulkan1 bring an emulated one.`,
  )
}

export default defineConfig({
  // Tests run on the source of every package, never on a build.
  resolve: { conditions: ['@fn/source'] },
  ssr: { resolve: { conditions: ['@fn/source'] } },
  test: {
    // Processes rather than threads: native and WebAssembly engines do not share one.
    pool: 'forks',
    execArgv: [
      ...['--import', join(root, 'tooling/vitest/typescript-in-workers.mjs')],
      ...['--conditions', '@fn/source'],
    ],
    maxWorkers: 2,
    passWithNoTests: true,
    restoreMocks: true,
    testTimeout: 20_000,
    setupFiles: ['quiet-console.ts', 'one-seed.ts'].map((file) => join(root, 'tooling/vitest', file)),
    env: vulkanEnvironment,
    projects: [
      ...workspaces.map(
        (folder): TestProjectConfiguration => ({
          extends: true,
          root: folder,
          test: {
            name: nameOf(folder),
            include: ['test/**/*.test.ts'],
            exclude: ['test/browser/**', ...(hasVulkan ? [] : [ON_GPU])],
          },
        }),
      ),
      ...(chromium === undefined ? [] : inBrowser.map((folder) => browserProject(nameOf(folder), folder))),
    ],
  },
})
