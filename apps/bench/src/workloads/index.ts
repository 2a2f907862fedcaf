import type { Workload } from '../workload.ts'
import { cnn } from './cnn.ts'
import { headline } from './headline.ts'
import { inception } from './inception.ts'
import { mlp } from './mlp.ts'
import { resnet } from './resnet.ts'
import { transformer } from './transformer.ts'
import { tweets } from './tweets.ts'

export const workloads: readonly Workload[] = [mlp, cnn, headline, tweets, inception, transformer, resnet]

/** @throws Error for a name that is none */
export function workloadNamed(name: string): Workload {
  const found = workloads.find((workload) => workload.name === name)
  if (found !== undefined) return found
  const names = workloads.map((workload) => workload.name).join(', ')
  throw new Error(`Expected a workload, one of ${names}. Received: ${name}.`)
}
