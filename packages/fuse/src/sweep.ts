import { FunctionWriter, type Local, moduleOf } from './assembler.ts'

const BYTES_AT_ONCE = 16

/** Beside it a sum keeps multiples of 2⁻¹⁰¹ alone, whose products with the factors of means over steps are normal. */
const BESIDE = 2 ** -77

/** The nearest multiple of 2⁻¹⁰¹: numbers below 2⁻⁷⁷ lose digits, and −0 its sign. */
export const rounded = (w: FunctionWriter, x: Local): Local => w.sub(w.add(x, BESIDE), BESIDE)

/**
 * A module of WebAssembly whose function `0` takes an address, and rounds the float32 of so many bytes there to multiples of
 * 2⁻¹⁰¹. It imports a memory `m` of the module ``.
 *
 * Means over steps, as optimizers keep them, fade when nothing is added any more: to 0 then, and not into numbers below the
 * normal ones. As they do that slowly, it is enough that each has its turn now and then.
 *
 * @param bytes a multiple of 16
 */
export function writeSweep(bytes: number): Uint8Array<ArrayBuffer> {
  const w = new FunctionWriter(1)
  const pointer = w.parameter(0)
  w.loop(w.place, 0, bytes, BYTES_AT_ONCE, () => {
    const at = { place: w.place, single: false }
    w.store(pointer, rounded(w, w.load(pointer, at)), at)
  })
  return moduleOf([w], false)
}
