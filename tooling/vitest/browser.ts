import { existsSync } from 'node:fs'
import { playwright } from '@vitest/browser-playwright'
import type { TestProjectInlineConfiguration } from 'vitest/config'
import { emulated } from './graphics.ts'

/** The browser, as it is installed: Playwright's own is never downloaded. */
export const chromium = [
  process.env.FN_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== undefined && existsSync(path))

const gpu = emulated
  ? ['--use-webgpu-adapter=swiftshader', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']
  : ['--enable-gpu', '--ignore-gpu-blocklist', '--enable-features=Vulkan']

/**
 * The tests of a workspace that run in a page of headless Chromium, `test/browser/*.test.ts`, as a project of their own.
 *
 * @param name the name of the package
 * @param folder where it lies
 */
export const browserProject = (name: string, folder: string): TestProjectInlineConfiguration => ({
  extends: true,
  root: folder,
  // The conditions of a project come after @fn/source.
  resolve: { conditions: ['module', 'browser', 'development|production'] },
  server: {
    // A page has threads of WebAssembly only where it is isolated from other origins.
    headers: {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
    },
  },
  test: {
    include: ['test/browser/**/*.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          executablePath: chromium!,
          args: ['--no-sandbox', '--enable-unsafe-webgpu', ...gpu],
        },
      }),
      instances: [{ browser: 'chromium', name: `${name} (browser)` }],
    },
  },
})
