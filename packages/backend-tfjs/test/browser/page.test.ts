import { webglDevice, webgpuDevice } from '@fn/vitest'
import { expect, it } from 'vitest'

it('is a page that is isolated from other origins, with a GPU', async () => {
  expect(crossOriginIsolated).toBe(true)
  expect(await webgpuDevice()).not.toBe('')
  expect(webglDevice()).not.toBe('')
})
