import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Recorder } from '../runtime/kernel-times.ts'

/** ONNX Runtime writes what it has timed into a file, in a folder of its own that is gone when it has been read. */
export const record: Recorder = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fn-profile-'))
  return {
    options: { enableProfiling: true, profileFilePrefix: join(folder, 'session') },
    async *lines() {
      for (const file of await readdir(folder)) {
        yield* createInterface({ input: createReadStream(join(folder, file)), crlfDelay: Infinity })
      }
    },
    discard: () => rm(folder, { recursive: true, force: true }),
  }
}
