import { FnError, type HostArray, sameShape } from '@fn/core'

type Named = Readonly<Record<string, HostArray>>

/** How far answers are from those that are exact. */
export interface Deviation {
  /** The largest difference. */
  readonly largest: number
  /** The mean of all differences. */
  readonly mean: number
  /** ‖found − exact‖ / ‖exact‖ */
  readonly relative: number
  /** The share of samples whose largest number along the last axis is the same one. */
  readonly agreement: number
}

export interface AccuracyLossOptions {
  /** The file to measure against: a model in float32. */
  readonly exact: Uint8Array
  /** The same model in fewer bits. */
  readonly approximate: Uint8Array
  /** What both are run on, batch by batch: data as they will meet it. */
  readonly batches: Iterable<Named>
  /** Makes an engine ready to run a file. */
  readonly open: (file: Uint8Array) => Promise<(inputs: Named) => Promise<Named>>
}

/**
 * What a model loses with float16 or int8: for each of its outputs, how far the answers of one file are from those of
 * another.
 *
 * @throws FnError where the files answer in different shapes
 * @example
 * const exact = toOnnx(classifier)
 * const approximate = toOnnx(classifier, { quantize: 'int8' })
 * const { digit } = await accuracyLoss({ exact, approximate, batches: [{ image }], open })
 * console.log(digit.agreement)
 */
export async function accuracyLoss({
  exact,
  approximate,
  batches,
  open,
}: AccuracyLossOptions): Promise<Readonly<Record<string, Deviation>>> {
  const [runExact, runApproximate] = [await open(exact), await open(approximate)]
  const sums = new Map<string, Sums>()
  for (const batch of batches) {
    const [expected, found] = [await runExact(batch), await runApproximate(batch)]
    for (const [name, array] of Object.entries(expected)) {
      const own = sums.get(name) ?? new Sums()
      own.add(name, array, found[name])
      sums.set(name, own)
    }
  }
  return Object.fromEntries([...sums].map(([name, own]) => [name, own.deviation]))
}

class Sums {
  #largest = 0
  #total = 0
  #squares = 0
  #exactSquares = 0
  #count = 0
  #rows = 0
  #agreeing = 0

  add(name: string, exact: HostArray, found: HostArray | undefined): void {
    if (found === undefined || !sameShape(exact.shape, found.shape)) {
      throw new FnError(
        `Output "${name}": expected the shape [${exact.shape}]. Received: ${found ? `[${found.shape}]` : 'nothing'}.`,
      )
    }
    const [a, b] = [exact.data, found.data]
    for (let at = 0; at < a.length; at++) {
      const difference = Math.abs(a[at]! - b[at]!)
      this.#largest = Math.max(this.#largest, difference)
      this.#total += difference
      this.#squares += difference ** 2
      this.#exactSquares += a[at]! ** 2
    }
    this.#count += a.length
    const width = exact.shape.at(-1) ?? 1
    for (let start = 0; start < a.length; start += width) {
      this.#rows++
      if (placeOfLargest(a, start, width) === placeOfLargest(b, start, width)) this.#agreeing++
    }
  }

  get deviation(): Deviation {
    return {
      largest: this.#largest,
      mean: this.#count === 0 ? 0 : this.#total / this.#count,
      relative: this.#squares === 0 ? 0 : Math.sqrt(this.#squares / this.#exactSquares),
      agreement: this.#rows === 0 ? 1 : this.#agreeing / this.#rows,
    }
  }
}

function placeOfLargest(data: ArrayLike<number>, start: number, width: number): number {
  let best = 0
  for (let at = 1; at < width; at++) if (data[start + at]! > data[start + best]!) best = at
  return best
}
