import { KerasFileError } from './errors.ts'

// Texts of HDF5 lie in global heaps: a header of 16 bytes, then objects, each with a header of 16 bytes of its own, filled up
// to 8. In a damaged one the HDF5 library may never come to the end, so they are gone through before it sees them.

/** GCOL, version 1, three bytes of 0. */
const SIGNATURE = [0x47, 0x43, 0x4f, 0x4c, 1, 0, 0, 0]
const HEADER = 16

/** @throws KerasFileError for a file with a global heap in which objects do not follow on each other */
export function expectSoundHeaps(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  expectWidths(bytes)
  for (let at = bytes.indexOf(SIGNATURE[0]!); at >= 0; at = bytes.indexOf(SIGNATURE[0]!, at + 1)) {
    if (SIGNATURE.every((byte, index) => bytes[at + index] === byte)) expectSound(view, at)
  }
}

/** That places and sizes have 8 bytes in this file, as everywhere. */
function expectWidths(bytes: Uint8Array): void {
  const first = bytes[8]! < 2 ? 13 : 9
  if (bytes[first] !== 8 || bytes[first + 1] !== 8)
    throw new KerasFileError('The HDF5 file is damaged: expected places and sizes of 8 bytes.')
}

const damaged = (): KerasFileError =>
  new KerasFileError('The HDF5 file is damaged: a heap of texts does not hold together.')

function expectSound(view: DataView, start: number): void {
  const size = sizeAt(view, start + 8)
  const end = start + size
  if (size < HEADER || end > view.byteLength) throw damaged()
  for (let at = start + HEADER; at + HEADER <= end; ) {
    const isFree = view.getUint16(at, true) === 0
    const length = sizeAt(view, at + 8)
    // The length of free space counts its header, that of an object does not.
    const step = isFree ? length : HEADER + Math.ceil(length / 8) * 8
    if (step < HEADER || at + step > end) throw damaged()
    at += step
  }
}

function sizeAt(view: DataView, at: number): number {
  if (at + 8 > view.byteLength) throw damaged()
  return Number(view.getBigUint64(at, true))
}
