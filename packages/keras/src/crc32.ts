/** The remainders of bytes, of a polynomial over GF(2): x³² + x²⁶ + … + 1, lowest bit first. */
const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0)
  return remainder
})

/** Table k: the remainder of a byte with k bytes of 0 behind it. With all eight a step takes eight bytes at once. */
const TABLES: Uint32Array[] = [REMAINDERS]
for (let k = 1; k < 8; k++)
  TABLES.push(TABLES[k - 1]!.map((remainder) => (remainder >>> 8) ^ REMAINDERS[remainder & 0xff]!))

/** The checksum of zip files. */
export function crc32(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let sum = 0xffffffff
  let at = 0
  for (; at + 8 <= bytes.length; at += 8) {
    const low = sum ^ view.getUint32(at, true)
    const high = view.getUint32(at + 4, true)
    sum =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[high & 0xff]! ^
      t2[(high >>> 8) & 0xff]! ^
      t1[(high >>> 16) & 0xff]! ^
      t0[high >>> 24]!
  }
  for (; at < bytes.length; at++) sum = (sum >>> 8) ^ REMAINDERS[(sum ^ bytes[at]!) & 0xff]!
  return (sum ^ 0xffffffff) >>> 0
}
