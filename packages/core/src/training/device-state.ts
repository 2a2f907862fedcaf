import type { Backend, DeviceTensor } from '../backend.ts'
import type { Variable } from '../functional/variable.ts'

interface Held {
  readonly tensor: DeviceTensor
  /** The version of the variable that it is a copy of, or from which it has moved on. */
  readonly version: number
  /** Whether the device has a newer value than the host. */
  readonly ahead: boolean
}

/** The values of variables on a device. */
export class DeviceState {
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
    const held = this.#held.get(variable)
    if (held !== undefined && held.version === variable.version) return held.tensor
    held?.tensor.dispose()
    const tensor = this.#backend.upload(variable.value)
    this.#held.set(variable, { tensor, version: variable.version, ahead: false })
    return tensor
  }

  /** Forgets tensors whose memory a run has taken over. */
  donate(variables: readonly Variable[]): void {
    for (const variable of variables) this.#held.set(variable, undefined)
  }

  /** Keeps what a run has made of a variable. */
  keep(variable: Variable, tensor: DeviceTensor): void {
    this.#held.set(variable, { tensor, version: variable.version, ahead: true })
  }

  /** Brings new values of these variables, or of all, to the host. */
  async pull(variables: Iterable<Variable> = this.#held.keys()): Promise<void> {
    for (const variable of [...variables]) {
      const held = this.#held.get(variable)
      if (held === undefined || !held.ahead || held.version !== variable.version) continue
      variable.assign(await this.#backend.download(held.tensor))
      this.#held.set(variable, { ...held, version: variable.version, ahead: false })
    }
  }

  dispose(): void {
    for (const held of this.#held.values()) held?.tensor.dispose()
    this.#held.clear()
  }
}
