import type { Backend, DeviceTensor, HostArray } from '../backend.ts'
import { FnError } from '../errors.ts'
import type { ValueSource, Variable } from '../functional/variable.ts'

interface Held {
  readonly tensor: DeviceTensor
  /** The version of the variable that it is a copy of, or from which it has moved on. */
  readonly version: number
  /** Whether the device has a newer value than the host. */
  readonly ahead: boolean
}

/** The values of variables on a device. */
export class DeviceState implements ValueSource {
  readonly #backend: Backend
  /**
   * Nothing where a run has taken the memory over. The key stays: a Map that loses keys and gets them back makes a new table
   * now and then, and the old one keeps it, and so all that follow, alive until all memory is searched.
   */
  readonly #held = new Map<Variable, Held | undefined>()

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** The value on the device, which is brought there if it is not, or if the host has given it a new one. */
  tensor(variable: Variable): DeviceTensor {
    // Another model has trained it.
    if (variable.source !== undefined && variable.source !== this) variable.source.fetch(variable)
    const held = this.#held.get(variable)
    if (held !== undefined && held.version === variable.version) return held.tensor
    held?.tensor.dispose()
    const tensor = this.#backend.upload(variable.value)
    this.#held.set(variable, { tensor, version: variable.version, ahead: false })
    return tensor
  }

  /** Forgets tensors whose memory a run takes over. @returns how to have them back, if the run fails */
  donate(variables: readonly Variable[]): () => void {
    const before = variables.map((variable) => this.#held.get(variable))
    for (const variable of variables) this.#held.set(variable, undefined)
    return () => {
      variables.forEach((variable, i) => {
        this.#held.set(variable, before[i])
      })
    }
  }

  /** Keeps what a run has made of a variable. */
  keep(variable: Variable, tensor: DeviceTensor): void {
    this.#held.set(variable, { tensor, version: variable.version, ahead: true })
    variable.follow(this)
  }

  /** Brings new values of these variables, or of all, to the host. */
  async pull(variables: Iterable<Variable> = this.#held.keys()): Promise<void> {
    for (const variable of [...variables]) {
      const held = this.#newer(variable)
      if (held !== undefined) this.#settle(variable, held, await this.#backend.download(held.tensor))
    }
  }

  /** Brings the new value of a variable to the host without waiting. */
  fetch(variable: Variable): void {
    const label = `Weight "${variable.name}"`
    if (this.#held.has(variable) && this.#held.get(variable) === undefined)
      throw new FnError(
        `${label} cannot be read in the middle of a step. Read it in a callback, or after fit.`,
      )
    const held = this.#newer(variable)
    if (held === undefined) return
    const { name, downloadSync } = this.#backend
    if (downloadSync === undefined)
      throw new FnError(
        `${label} is newer on ${name}, which cannot be read without waiting. Read it in a callback, or after fit.`,
      )
    this.#settle(variable, held, this.#backend.downloadSync!(held.tensor))
  }

  /** Whether values can be brought to the host without waiting. */
  get isReadable(): boolean {
    return this.#backend.downloadSync !== undefined
  }

  #newer(variable: Variable): Held | undefined {
    const held = this.#held.get(variable)
    return held?.ahead && held.version === variable.version ? held : undefined
  }

  #settle(variable: Variable, held: Held, value: HostArray): void {
    variable.assign(value)
    this.#held.set(variable, { ...held, version: variable.version, ahead: false })
  }

  dispose(): void {
    for (const held of this.#held.values()) held?.tensor.dispose()
    this.#held.clear()
  }
}
