import { createReference } from '@fn/backend-reference'
import { type Backend, input, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import { median } from './statistics.ts'

const DEPTHS = [100, 300, 1000, 3000]
const TIMES = 3
const UNITS = 8

/** A chain of dense layers. */
function chain(depth: number): Model {
  const x = input({ shape: [UNITS] })
  let y: SymbolicTensor = x
  for (let at = 0; at < depth; at++) y = layers.dense({ units: UNITS, activation: 'relu' })(y)
  return model({ inputs: x, outputs: y }) as Model
}

/** Milliseconds until the step of training would be handed to an engine: traced, differentiated, simplified, legalized. */
async function compileTime(made: Model): Promise<number> {
  let end = 0
  const backend: Backend = {
    ...createReference(),
    async compile() {
      end = performance.now()
      throw new Error('This is as far as it goes.')
    },
  }
  made.compile({ backend, optimizer: 'adam', loss: 'mse' })
  const rows = { shape: [4, UNITS], data: new Float32Array(4 * UNITS) }
  const start = performance.now()
  await made.trainOnBatch(rows, rows).catch(() => {})
  return end - start
}

/** Prints what a model of many layers costs before anything is computed. */
export async function printGrowth(): Promise<void> {
  await compileTime(chain(DEPTHS[0]!))
  console.log('\ngraph: a chain of dense layers, trained with Adam\n')
  console.log('| layers | define, ms | trace and differentiate, ms | both a layer, µs |')
  console.log('|---:|---:|---:|---:|')
  for (const depth of DEPTHS) {
    const [define, compile]: [number[], number[]] = [[], []]
    for (let time = 0; time < TIMES; time++) {
      const start = performance.now()
      const made = chain(depth)
      define.push(performance.now() - start)
      compile.push(await compileTime(made))
    }
    const [defined, compiled] = [median(define), median(compile)]
    const each = (1000 * (defined + compiled)) / depth
    console.log(`| ${depth} | ${defined.toFixed(0)} | ${compiled.toFixed(0)} | ${each.toFixed(0)} |`)
  }
}
