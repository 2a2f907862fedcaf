import { Builder, messageOf } from '@fn/core'
import { programToOnnx, withEmptySequence } from '@fn/onnx'
import type { InferenceSession, Tensor } from 'onnxruntime-common'
import type { Ort } from './local.ts'
import type { Opened } from './profiled.ts'

// onnxruntime-node copies every output after a run, also those that it was handed memory for and has written there. It copies
// them in their order, and stops with an error at what is no tensor: a run that asks for such a one first copies none.

/** The output that is no tensor, and the node that makes it. */
export const NOTHING = 'outputs/nothing'

/** The error that ends such a run when all is done; nothing where runs end otherwise, or leave their outputs elsewhere. */
export async function endOfRuns(
  ort: Ort,
  options: InferenceSession.SessionOptions,
): Promise<string | undefined> {
  const b = new Builder()
  const file = programToOnnx(b.build({ y: b.neg(b.input({ shape: [1], dtype: 'float32' }, 'x')) }))
  const [x, y] = [1, 0].map((value) => new ort.Tensor('float32', Float32Array.of(value), [1]))
  let session: InferenceSession | undefined
  try {
    session = await ort.InferenceSession.create(withEmptySequence(file, NOTHING), options)
    await session.run({ x: x! }, { [NOTHING]: null, y: y! })
    return undefined
  } catch (error) {
    return y!.data[0] === -1 ? messageOf(error) : undefined
  } finally {
    await session?.release()
  }
}

/** A session, and runs of it that copy no output if they are handed memory for all. */
export async function openInPlace(
  create: (file: Uint8Array) => Promise<InferenceSession>,
  file: Uint8Array,
  end: string | undefined,
): Promise<Opened> {
  const session = await create(end === undefined ? file : withEmptySequence(file, NOTHING))
  const inputNames = session.inputNames
  const outputNames = session.outputNames.filter((name) => name !== NOTHING)
  return {
    inputNames,
    outputNames,
    async run(inputs, outputs) {
      const feeds = byName(inputNames, inputs)
      if (end === undefined || outputs.includes(null)) {
        const results = await session.run(feeds, byName(outputNames, outputs))
        return outputNames.map((name, at) => outputs[at] ?? results[name]!)
      }
      try {
        await session.run(feeds, byName(outputNames, outputs, { [NOTHING]: null }))
      } catch (error) {
        if (messageOf(error) !== end) throw error
      }
      return outputs as readonly Tensor[]
    },
    release: () => session.release(),
  }
}

function byName<V>(
  names: readonly string[],
  values: readonly V[],
  record: Record<string, V> = {},
): Readonly<Record<string, V>> {
  for (let at = 0; at < names.length; at++) record[names[at]!] = values[at]!
  return record
}
