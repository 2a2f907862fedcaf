/** What answers are compared with: the reference, tfjs, or the one of them that the size of the model asks for. */
export type EngineChoice = 'auto' | 'reference' | 'wasm'

export const engineChoices: readonly EngineChoice[] = ['auto', 'reference', 'wasm']
