import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readInputs } from '../src/files/inputs.ts'
import { formatNpz } from '../src/files/npz.ts'
import type { InputSpec } from '../src/run/runnable.ts'

const folder = mkdtempSync(join(tmpdir(), 'fn-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const tokens: InputSpec = { name: 'tokens', shape: ['batch', 'time'], dtype: 'int32' }
const extra: InputSpec = { name: 'extra', shape: ['batch', 4], dtype: 'float32' }

// np.savez_compressed(file, tokens=np.arange(6, dtype=np.int64).reshape(2, 3),
//   extra=np.asfortranarray(np.array([[1, 2, 3, 4], [5, 6, 7, -0.5]], dtype='>f8')))
const npz = Buffer.from(
  'UEsDBC0AAAAIAAAAIQBZm9p9//////////8KABQAdG9rZW5zLm5weQEAEACwAAAAAAAAAFYAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaRjoKxpo6CrUKZAMuBihghNJMUJoZSrNAaVYoDQBQSwMELQAAAAgAAAAhAFfr8or//////////wkAFABleHRyYS5ucHkBABAAwAAAAAAAAABeAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6XZqGuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKJpo6CrUK5AMu+w8MYOAgAqUZoLQElOaA0jJQWgBC738AoQFQSwECLQMtAAAACAAAACEAWZvafVYAAACwAAAACgAAAAAAAAAAAAAAgAEAAAAAdG9rZW5zLm5weVBLAQItAy0AAAAIAAAAIQBX6/KKXgAAAMAAAAAJAAAAAAAAAAAAAACAAZIAAABleHRyYS5ucHlQSwUGAAAAAAIAAgBvAAAAKwEAAAAA',
  'base64',
)

it('reads arrays of NumPy, whatever the order of their bytes and axes', async () => {
  expect(await readInputs(file('inputs.npz', npz), [tokens, extra])).toEqual({
    tokens: { shape: [2, 3], dtype: 'int32', data: Int32Array.of(0, 1, 2, 3, 4, 5) },
    extra: { shape: [2, 4], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4, 5, 6, 7, -0.5) },
  })
})

it('reads what it writes', async () => {
  const arrays = {
    'dense_1/kernel': { shape: [2, 3], dtype: 'float32', data: Float32Array.of(1, -2, 3, 0.5, 1e-30, 1e30) },
    step: { shape: [], dtype: 'int32', data: Int32Array.of(-7) },
    mask: { shape: [3], dtype: 'bool', data: Uint8Array.of(1, 0, 1) },
  } as const
  const specs = Object.entries(arrays).map(([name, { shape, dtype }]): InputSpec => ({ name, shape, dtype }))
  expect(await readInputs(file('arrays.npz', formatNpz(arrays)), specs)).toEqual(arrays)
})

it('reads nested lists, by name or, for one input, alone', async () => {
  expect(await readInputs(file('lists.json', '[[1, 2, 3, 4]]'), [extra])).toEqual({
    extra: { shape: [1, 4], dtype: 'float32', data: Float32Array.of(1, 2, 3, 4) },
  })
  const mask: InputSpec = { name: 'mask', shape: ['batch'], dtype: 'bool' }
  expect(await readInputs(file('named.json', '{"mask": [true, false]}'), [mask])).toEqual({
    mask: { shape: [2], dtype: 'bool', data: Uint8Array.of(1, 0) },
  })
})

it('refuses what does not fit', async () => {
  const path = file('inputs.json', '{"tokens": [[1, 2]], "extra": [[1, 2, 3, 4], [1, 2, 3, 4]]}')
  await expect(readInputs(path, [tokens, extra])).rejects.toThrow(
    'expected [batch, 4] for input "extra". Received: [2, 4].',
  )
  await expect(readInputs(file('broken.npz', npz.subarray(0, 200)), [tokens])).rejects.toThrow(
    'expected an .npz file. Received something else, or a damaged one.',
  )
})
