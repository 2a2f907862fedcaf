import type { PoolAttributes, Shape } from '@fn/core'
import { type Taps, tapsOf } from '../taps.ts'
import { allocate, type Family, type Tensor } from '../tensor.ts'

const taps = (size: Shape, attrs: PoolAttributes): Taps =>
  tapsOf(size, { ...attrs, dilations: attrs.window.map(() => 1) })

const spatial = (x: Tensor): Shape => x.shape.slice(1, -1)

/** f for each sample, touch of the window and channel, with where they lie in the input x and in the output y. */
function slide(
  x: Tensor,
  y: Tensor,
  { input, output }: Taps,
  f: (xAt: number, yAt: number, tap: number) => void,
): void {
  const channels = x.shape.at(-1)!
  const [xSize, ySize] = [x.data.length / x.shape[0]!, y.data.length / y.shape[0]!]
  for (let n = 0; n < x.shape[0]!; n++) {
    for (let t = 0; t < input.length; t++) {
      const [xAt, yAt] = [n * xSize + input[t]! * channels, n * ySize + output[t]! * channels]
      for (let c = 0; c < channels; c++) f(xAt + c, yAt + c, t)
    }
  }
}

/** How many elements of the window at each place lie on no padding. */
function countsOf({ output }: Taps, places: number): Float64Array {
  const counts = new Float64Array(places)
  for (const place of output) counts[place]!++
  return counts
}

export const window: Family<'window'> = {
  maxPool([x], attrs, { outputs: [type] }) {
    const y = allocate(type!)
    y.data.fill(-Infinity)
    slide(x!, y, taps(spatial(x!), attrs), (from, to) => {
      y.data[to] = Math.max(y.data[to]!, x!.data[from]!)
    })
    return [y]
  },

  maxPoolGrad([x, y, g], attrs, { outputs: [type] }) {
    const dx = allocate(type!)
    const best = new Int32Array(y!.data.length).fill(-1)
    slide(x!, y!, taps(spatial(x!), attrs), (from, to) => {
      if (best[to] === -1 || x!.data[from]! > x!.data[best[to]!]!) best[to] = from
    })
    best.forEach((from, to) => {
      if (from >= 0) dx.data[from]! += g!.data[to]!
    })
    return [dx]
  },

  avgPool([x], attrs, { outputs: [type] }) {
    const y = allocate(type!)
    const all = taps(spatial(x!), attrs)
    const counts = countsOf(all, y.data.length)
    slide(x!, y, all, (from, to, t) => {
      y.data[to]! += x!.data[from]! / counts[all.output[t]!]!
    })
    return [y]
  },

  avgPoolGrad([g], attrs, { outputs: [type] }) {
    const dx = allocate(type!)
    const all = taps(attrs.inputSize, attrs)
    const counts = countsOf(all, g!.data.length)
    slide(dx, g!, all, (from, to, t) => {
      dx.data[from]! += g!.data[to]! / counts[all.output[t]!]!
    })
    return [dx]
  },
}
