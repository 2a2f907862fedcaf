import { contendersFor } from './contender.ts'
import { mlp } from './workloads/mlp.ts'

const ENGINES = ['fn onnxruntime cpu', 'fn tfjs wasm']
/** By then V8 has given back what it took to compile the modules of tfjs, some 40 MB. */
const WARM_UP = 1000
const EVERY = 400
const STEPS = 3000

/** Prints how much memory the process of each engine uses while it trains mlp. */
export async function printMemory(): Promise<void> {
  const marks = Array.from({ length: (STEPS - WARM_UP) / EVERY + 1 }, (_, at) => WARM_UP + at * EVERY)
  console.log(`\nmemory: mlp, ${mlp.title}; MB of the process after so many steps\n`)
  console.log(`| engine | ${marks.join(' | ')} | growth |`)
  console.log(`|---|${'---:|'.repeat(marks.length + 1)}`)
  for (const engine of ENGINES) {
    const [contender] = contendersFor(mlp, [engine])
    const used: number[] = []
    for (const [at, mark] of marks.entries()) {
      const { rssMb } = await contender!.repeat('train', mark - (marks[at - 1] ?? 0))
      used.push(rssMb!)
    }
    contender!.end()
    const growth = 100 * (used.at(-1)! / used[0]! - 1)
    const cells = used.map((mb) => mb.toFixed(0))
    console.log(`| ${engine} | ${cells.join(' | ')} | ${growth.toFixed(1)} % |`)
  }
}
