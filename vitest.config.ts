import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const root = import.meta.dirname

/** Every workspace is a project, named as its package. */
const workspaces = ['packages', 'apps', 'tooling']
  .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
  .filter((folder) => existsSync(join(folder, 'package.json')))

export default defineConfig({
  // Tests run on the source of every package, never on a build.
  resolve: { conditions: ['@fn/source'] },
  ssr: { resolve: { conditions: ['@fn/source'] } },
  test: {
    // Processes rather than threads: native and WebAssembly engines do not share one.
    pool: 'forks',
    maxWorkers: 2,
    passWithNoTests: true,
    restoreMocks: true,
    testTimeout: 20_000,
    provide: { wholeMatrix: false },
    setupFiles: [join(root, 'tooling/vitest/quiet-console.ts')],
    projects: workspaces.map((folder) => ({
      extends: true as const,
      root: folder,
      test: {
        name: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name as string,
        include: ['test/**/*.test.ts'],
      },
    })),
  },
})
