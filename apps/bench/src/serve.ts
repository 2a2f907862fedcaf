import { createInterface } from 'node:readline'
import { engines, type Phase } from './engine.ts'
import { workloadNamed } from './workloads/index.ts'

// A contender in a process of its own: node serve.ts <engine> <workload>. Each line that comes, a phase and a number, asks
// for so many times, and is answered by a line with the milliseconds of each, and the most memory that the process has
// used, and what it uses now. What it can not do it answers without times.

const [engine, workload] = process.argv.slice(2)
const jobs = await engines[engine!]!(workloadNamed(workload!))
for await (const line of createInterface({ input: process.stdin })) {
  const [phase, count] = line.split(':') as [Phase, string]
  const job = jobs[phase]
  const times: number[] = []
  for (let left = job === undefined ? 0 : Number(count); left > 0; left--) {
    const start = performance.now()
    await job!()
    times.push(performance.now() - start)
  }
  const peakMb = process.resourceUsage().maxRSS / 1024
  const rssMb = process.memoryUsage.rss() / 2 ** 20
  process.stdout.write(`${JSON.stringify({ times, peakMb, rssMb })}\n`)
}
process.exit()
