import type { Backend, DeviceTensor, Executable, HostArray } from '../backend.ts'
import { ConfigError } from '../errors.ts'
import { asValidation, withPhases } from '../profile/phases.ts'
import { Profile } from '../profile/profile.ts'
import { concrete, sizeOf } from '../program/dims.ts'
import type { RandomAttributes } from '../program/ops/source.ts'
import type { Program } from '../program/types.ts'
import { verify } from '../program/verify.ts'
import { Generator } from '../random/philox.ts'
import { legalize } from '../transforms/legalize.ts'
import { DeviceState } from './device-state.ts'
import type { StepProgram } from './step.ts'

/** A step program, fitted to the backend once, and ready to run while the session lives. */
interface Prepared extends StepProgram {
  readonly legal: Program
  /** The reads whose memory the writes take over. */
  readonly donate: readonly number[]
  executable?: Executable
}

/** Runs the step programs of one model on one backend, and keeps its state there between runs. */
export class Session {
  readonly state: DeviceState
  readonly #backend: Backend
  readonly #seed: number
  readonly #prepared = new Map<string, Prepared>()
  #isProfiled = false
  /** How many random tensors have been drawn. */
  draws = 0

  constructor(backend: Backend, seed: number) {
    this.#backend = backend
    this.#seed = seed
    this.state = new DeviceState(backend)
  }

  /**
   * Runs the step that `key` names, which is made at its first run.
   *
   * @returns what the program computes besides new state
   * @throws UnsupportedOpError where the backend lacks something
   */
  async run(
    key: string,
    make: () => StepProgram,
    feeds: readonly HostArray[],
  ): Promise<readonly HostArray[]> {
    const step = this.#prepare(key, make)
    const { reads, writes, draws } = step
    step.executable ??= await this.#compile(step)
    const given = reads.map((variable) => this.state.tensor(variable))
    const fed = [...feeds, ...draws.map((draw) => this.#draw(draw))].map((array) =>
      this.#backend.upload(array, { lasting: true }),
    )
    let outputs: readonly DeviceTensor[]
    const restore = this.state.donate(writes)
    try {
      outputs = await step.executable.run([...given, ...fed])
    } catch (error) {
      // The state is still that of the last completed step.
      restore()
      throw error
    } finally {
      for (const tensor of fed) tensor.dispose()
    }
    writes.forEach((variable, at) => {
      this.state.keep(variable, outputs[at]!)
    })
    const results = outputs.slice(writes.length)
    try {
      return await Promise.all(results.map((tensor) => this.#backend.download(tensor)))
    } finally {
      for (const tensor of results) tensor.dispose()
    }
  }

  #compile({ legal, donate, ahead }: Prepared): Promise<Executable> {
    if (!this.#isProfiled) return this.#backend.compile(legal, { donate })
    const labelled =
      ahead === undefined ? asValidation(legal) : withPhases(legal, legal.outputs.slice(0, ahead))
    return this.#backend.compile(labelled, { donate, profile: true })
  }

  /** @throws ConfigError where the backend takes no times */
  expectProfiles(): void {
    const { name, capabilities } = this.#backend
    if (capabilities.profiles) return
    throw new ConfigError(
      `fit: expected a backend that tells the time of its kernels for { profile: true }. Received: ${name}, which does not.`,
    )
  }

  /** From now on times are taken, until the session is released. */
  beginProfile(): void {
    this.#disposeExecutables()
    this.#isProfiled = true
  }

  /** Where the time has gone since `beginProfile`. */
  async profile(): Promise<Profile> {
    const recorded = [...this.#prepared.values()].flatMap(({ executable, ahead }) =>
      executable === undefined ? [] : [{ executable, trains: ahead !== undefined }],
    )
    return new Profile(
      this.#backend.name,
      await Promise.all(
        recorded.map(async ({ executable, trains }) => ({ timings: await executable.profile!(), trains })),
      ),
    )
  }

  #prepare(key: string, make: () => StepProgram): Prepared {
    const known = this.#prepared.get(key)
    if (known !== undefined) return known
    const step = make()
    const written = new Set(step.writes)
    const donate = step.reads.flatMap((variable, at) => (written.has(variable) ? [at] : []))
    const prepared: Prepared = { ...step, donate, legal: verify(legalize(step.program, this.#backend)) }
    this.#prepared.set(key, prepared)
    return prepared
  }

  /** Another draw at each call; the same ones in every session of the same seed. */
  #draw({ distribution, stream, shape }: RandomAttributes): HostArray {
    const sizes = concrete(shape)
    const data = new Generator(this.#seed, [this.draws++, stream])[distribution](sizeOf(sizes))
    return { shape: sizes, dtype: 'float32', data: Float32Array.from(data) }
  }

  /** Frees everything on the device; the next run brings it back. The newest values must have been pulled. */
  release(): void {
    this.state.dispose()
    this.#disposeExecutables()
    this.#isProfiled = false
  }

  #disposeExecutables(): void {
    for (const prepared of this.#prepared.values()) {
      prepared.executable?.dispose()
      delete prepared.executable
    }
  }
}
