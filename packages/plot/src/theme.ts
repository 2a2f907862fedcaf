import type { Role } from './diagram.ts'

/** A quiet fill, and a border of the same hue. */
export interface Colours {
  readonly fill: string
  readonly border: string
}

export const boxColours = {
  input: { fill: '#e7f0fa', border: '#6f9bc8' },
  nested: { fill: '#fbeae4', border: '#d08a72' },
  weights: { fill: '#fdf3dc', border: '#cfa347' },
  merging: { fill: '#efe9f8', border: '#a188c9' },
  plain: { fill: '#eff2f5', border: '#9aa5b1' },
} satisfies { [R in Role]: Colours }

/** By depth in turn, so that a frame stands out from the frame around it. */
export const frameColours = [
  { fill: '#f8fafb', border: '#b9c4ce' },
  { fill: '#eef2f5', border: '#a5b2be' },
] as const satisfies readonly Colours[]

export const ink = {
  strong: '#1f2933',
  soft: '#52606d',
  /** What lies on the page itself: 4.3 : 1 on white, and on the dark of a page at night (#0d1117). */
  page: '#6e7b88',
} as const
