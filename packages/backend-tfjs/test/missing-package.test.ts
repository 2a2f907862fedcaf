import { tfjs } from '@fn/backend-tfjs'
import { expect, it, vi } from 'vitest'

vi.mock('webgpu', () => {
  throw new Error('not installed')
})

it('says which package WebGPU in Node needs', async () => {
  await expect(tfjs('webgpu')).rejects.toThrow(
    'tfjs: in Node the engine "webgpu" needs the package webgpu: npm install webgpu.',
  )
})
