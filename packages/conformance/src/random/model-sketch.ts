import { type DType, input, type Layer, layers, type Model, model, type SymbolicTensor } from '@fn/core'
import type { Choices } from './choices.ts'

export type Sizes = readonly number[]

/** Names for a model and those inside of it: dense1, dense2, … Those that core gives by itself are like dense_1. */
export class Names {
  readonly #counts = new Map<string, number>()

  next(stem: string): string {
    const count = (this.#counts.get(stem) ?? 0) + 1
    this.#counts.set(stem, count)
    return `${stem}${count}`
  }
}

type Factories = typeof layers
export type LayerKind = keyof Factories

/** A graph of layers while it grows, and the code that makes the same. */
export class ModelSketch {
  readonly lines: string[] = []
  readonly names: Names
  readonly depth: number
  /** Layers that can be called again, and what they were called on. */
  readonly layers: { readonly layer: Layer<unknown>; readonly on: readonly SymbolicTensor[] }[] = []
  readonly inputs: SymbolicTensor[] = []
  readonly #tensors: SymbolicTensor[] = []
  readonly #variables = new Map<SymbolicTensor, string>()

  constructor(names: Names, depth = 0) {
    this.names = names
    this.depth = depth
  }

  /** The tensors of float32, the newest first. */
  get tensors(): readonly SymbolicTensor[] {
    return this.#tensors.toReversed()
  }

  /** A new input of the model. */
  fresh(shape: Sizes, dtype: DType = 'float32'): SymbolicTensor {
    const name = this.names.next('input')
    const options = { shape, name, ...(dtype === 'float32' ? {} : { dtype }) }
    const tensor = input(options)
    this.inputs.push(tensor)
    if (dtype === 'float32') this.#tensors.push(tensor)
    this.#variables.set(tensor, name)
    this.lines.push(`const ${name} = input(${written(options)})`)
    return tensor
  }

  /** A tensor, or a new input, whose samples have a shape that is accepted. */
  any(pick: Choices, accepts: (sizes: Sizes) => boolean, make: () => Sizes): SymbolicTensor {
    const known = this.tensors.filter((tensor) => accepts(sizesOf(tensor)))
    return known.length > 0 && pick.maybe(85)
      ? known[Math.min(pick.below(known.length), pick.below(known.length))]!
      : this.fresh(make())
  }

  like(pick: Choices, { shape, dtype }: SymbolicTensor): SymbolicTensor {
    const sizes = shape.slice(1) as Sizes
    if (dtype !== 'float32') {
      const known = this.inputs.filter(
        (tensor) => tensor.dtype === dtype && sizesOf(tensor).join() === sizes.join(),
      )
      return known[0] ?? this.fresh(sizes, dtype)
    }
    return this.any(
      pick,
      (own) => own.join() === sizes.join(),
      () => sizes,
    )
  }

  /** A layer, and its line. */
  make<Kind extends LayerKind>(
    kind: Kind,
    options: Parameters<Factories[Kind]>[0] & object = {},
  ): ReturnType<Factories[Kind]> {
    const all = { ...options, name: this.names.next(kind) }
    const layer = (layers[kind] as (options: object) => ReturnType<Factories[Kind]>)(all)
    this.lines.push(`const ${all.name} = layers.${kind}(${written(all)})`)
    return layer
  }

  /** A layer around another one, and its line. */
  wrap(
    kind: 'bidirectional' | 'timeDistributed',
    layer: Layer<unknown>,
    options: object = {},
  ): Layer<unknown> {
    const all = { ...options, name: this.names.next(kind) }
    this.lines.push(`const ${all.name} = layers.${kind}(${layer.name}, ${written(all)})`)
    return (layers[kind] as (layer: Layer<unknown>, options: object) => Layer<unknown>)(layer, all)
  }

  /** Calls a layer, and remembers that it can be called again. */
  call(layer: Layer<unknown>, on: readonly SymbolicTensor[]): readonly SymbolicTensor[] {
    const given = layer.arity === 1 || on.length === 1 ? on[0]! : on
    const result = layer.apply(given) as object
    const made = layer.inboundNodes.at(-1)!.outputs
    if (!this.layers.some((known) => known.layer === layer)) this.layers.push({ layer, on })
    const text = on.map((tensor) => this.#variables.get(tensor)).join(', ')
    const keys = made.includes(result as SymbolicTensor) ? undefined : Object.keys(result)
    this.#add(made, `${layer.name}(${Array.isArray(given) ? `[${text}]` : text})`, (variables) =>
      keys === undefined
        ? variables[0]!
        : Array.isArray(result)
          ? `[${variables.join(', ')}]`
          : `{ ${variables.map((variable, at) => `${keys[at]}: ${variable}`).join(', ')} }`,
    )
    return made
  }

  /** Puts tensors that were made by raw operations on record; `code` may name tensors as `$0`, `$1`, … */
  add(tensor: SymbolicTensor, code: string, on: readonly SymbolicTensor[]): void {
    this.#add(
      [tensor],
      code.replace(/\$(\d)/g, (_, at: string) => this.#variables.get(on[Number(at)]!)!),
    )
  }

  #add(
    tensors: readonly SymbolicTensor[],
    code: string,
    pattern = (variables: readonly string[]): string => variables[0]!,
  ): void {
    const variables = tensors.map((tensor) => {
      const variable = this.names.next('t')
      this.#variables.set(tensor, variable)
      this.#tensors.push(tensor)
      return variable
    })
    this.lines.push(`const ${pattern(variables)} = ${code}`)
  }

  /** A model of some of the tensors, and of the inputs that they depend on. */
  model(pick: Choices, name: string): Model {
    const candidates = this.tensors.filter((tensor) => !this.inputs.includes(tensor))
    if (candidates.length === 0) {
      const x = this.tensors[0] ?? this.fresh([2])
      candidates.push(...this.call(this.make('dense', { units: 2 }), [x]))
    }
    const unread = candidates.filter((tensor) => !candidates.some(({ node }) => node.takes.includes(tensor)))
    const outputs = pick.maybe(50)
      ? unread.slice(0, 3)
      : [...new Set([candidates[0]!, ...pick.some(candidates.slice(1, 5), 25)])]
    const needed = ancestorsOf(outputs)
    const inputs = this.inputs.filter((tensor) => needed.has(tensor))
    const parts = {
      inputs: inForm(pick, inputs, 'x'),
      outputs: inForm(pick, outputs, 'y'),
    }
    const made = model({ ...parts, name }) as unknown as Model
    const form = (tensors: readonly SymbolicTensor[], structure: object, letter: string): string => {
      const variables = tensors.map((tensor) => this.#variables.get(tensor)!)
      if (tensors.includes(structure as SymbolicTensor)) return variables[0]!
      return Array.isArray(structure)
        ? `[${variables.join(', ')}]`
        : `{ ${variables.map((variable, at) => `${letter}${at}: ${variable}`).join(', ')} }`
    }
    this.lines.push(
      `const ${name} = model({ inputs: ${form(inputs, parts.inputs, 'x')}, outputs: ${form(outputs, parts.outputs, 'y')}, name: '${name}' })`,
    )
    return made
  }
}

/** One tensor, a list or a record. */
function inForm(pick: Choices, tensors: readonly SymbolicTensor[], letter: string) {
  if (tensors.length === 1 && pick.maybe(70)) return tensors[0]!
  return pick.maybe(30)
    ? Object.fromEntries(tensors.map((tensor, at) => [`${letter}${at}`, tensor]))
    : tensors
}

function ancestorsOf(tensors: readonly SymbolicTensor[]): ReadonlySet<SymbolicTensor> {
  const seen = new Set<SymbolicTensor>()
  const visit = (tensor: SymbolicTensor): void => {
    if (seen.has(tensor)) return
    seen.add(tensor)
    for (const taken of tensor.node.takes) visit(taken)
    for (const mask of tensor.node.masks)
      if (mask !== undefined) for (const taken of mask.node.takes) visit(taken)
  }
  for (const tensor of tensors) visit(tensor)
  return seen
}

/** The shape of a sample. */
export const sizesOf = ({ shape }: SymbolicTensor): Sizes => shape.slice(1) as Sizes

/** Options as code. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, own]) => `${key}: ${written(own)}`)
      .join(', ')} }`
  return typeof value === 'string' ? `'${value}'` : String(value)
}
