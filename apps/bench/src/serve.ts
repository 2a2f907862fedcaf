import { createInterface } from 'node:readline'
import { engines } from './engine.ts'
import { workloadNamed } from './workloads/index.ts'

// A contender in a process of its own: node serve.ts <engine> <workload>. Each line that comes asks for so many steps,
// and is answered by a line with the milliseconds of each, and the most memory that the process has used.

const [engine, workload] = process.argv.slice(2)
const step = await engines[engine!]!(workloadNamed(workload!))
for await (const line of createInterface({ input: process.stdin })) {
  const times: number[] = []
  for (let left = Number(line); left > 0; left--) {
    const start = performance.now()
    await step()
    times.push(performance.now() - start)
  }
  const peakMb = process.resourceUsage().maxRSS / 1024
  process.stdout.write(`${JSON.stringify({ times, peakMb })}\n`)
}
process.exit()
