import { Generator } from '@fn/core'
import { expect, it } from 'vitest'
import { crc32 } from '../src/crc32.ts'

/** Bit by bit, as the polynomial says. */
function slowly(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return ~sum >>> 0
}

it('is the checksum of zip files, wherever the bytes begin and end', () => {
  // The check value that the standards give.
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  const random = new Generator(3)
  const bytes = Uint8Array.from({ length: 300 }, () => random.next())
  for (let start = 0; start < 9; start++) {
    for (let end = start; end < start + 40; end++) {
      const part = bytes.subarray(start, end)
      expect(crc32(part)).toBe(slowly(part))
    }
  }
})
