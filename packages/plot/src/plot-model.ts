import type { Model } from '@fn/core'
import { instance } from '@viz-js/viz'
import { type PlotOptions, toDot, writeDot } from './dot.ts'
import { dress } from './svg.ts'

/** As wide as the fonts of systems get, so that text stays in its box in all of them. */
const WIDE = 'Verdana'

let graphviz: ReturnType<typeof instance> | undefined

/**
 * A picture of a model: Graphviz DOT, and an SVG in which it is laid out.
 *
 * @param options what the boxes show, and whether nested models are opened
 * @returns `dot` to draw with other tools, `svg` to look at
 * @throws ConfigError for what is no model, or an option that makes no sense
 * @example
 * const { svg } = await plotModel(classifier, { expandNested: true })
 * writeFileSync('classifier.svg', svg)
 */
export async function plotModel(
  model: Model,
  options: PlotOptions = {},
): Promise<{ readonly dot: string; readonly svg: string }> {
  const dot = toDot(model, options)
  graphviz ??= instance()
  const svg = (await graphviz).renderString(writeDot(model, options, WIDE), { format: 'svg', engine: 'dot' })
  return { dot, svg: dress(svg, model, WIDE) }
}
