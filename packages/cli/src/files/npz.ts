import { zipSync } from 'fflate'
import type { Arrays } from '../run/runnable.ts'
import { formatNpy } from './npy.ts'

/** Arrays as an .npz file: `np.load(file)['dense_1/kernel']`. */
export const formatNpz = (arrays: Arrays): Uint8Array =>
  zipSync(
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, formatNpy(array)])),
    // The same bytes for the same arrays, at any time.
    { level: 0, mtime: new Date(1980, 0, 1) },
  )
