import { type Backend, inferenceProgram, modelFromConfig, parse, print, toConfig } from '@fn/core'
import { compareArrays } from '../compare-arrays.ts'
import { predictions } from './model-runs.ts'
import type { DrawnModel } from './random-model.ts'

/** What is wrong with the model that comes of a config: it is to have the same paths, and to predict the same bits. */
export async function problemsOfCopy(drawn: DrawnModel, backend: Backend): Promise<readonly string[]> {
  const { model } = drawn
  const config = JSON.stringify(toConfig(model))
  const copy = modelFromConfig(JSON.parse(config))
  const [paths, again] = [model, copy].map(({ weights }) => weights.map(({ path }) => path)) as [
    string[],
    string[],
  ]
  if (new Set(paths).size < paths.length)
    return [`Expected paths that differ. Received: ${paths.join(', ')}.`]
  if (paths.join() !== again.join())
    return [`From its config: expected the weights ${paths.join(', ')}. Received: ${again.join(', ')}.`]
  if (JSON.stringify(toConfig(copy)) !== config)
    return ['From its config: expected a model of the same config. Received: another.']
  const text = print(inferenceProgram(model).program, { whole: true })
  if (print(parse(text), { whole: true }) !== text)
    return ['Expected the text of its program to be that of the program parsed from it. Received: another.']
  copy.summary({ print: () => {} })
  const predicted = await predictions({ ...drawn, model: copy }, backend)
  return (await predictions(drawn, backend)).flatMap(([name, array], at) => {
    const [nameAgain, arrayAgain] = predicted[at]!
    const { mismatch } = compareArrays(array, arrayAgain, 0)
    return mismatch === undefined && name === nameAgain ? [] : [`From its config, ${nameAgain}: ${mismatch}`]
  })
}
