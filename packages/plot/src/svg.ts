import type { Model } from '@fn/core'
import { xmlText } from './xml-text.ts'

const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

/** What Graphviz drew, to be read aloud, put into a page, and shown in the font of the system. */
export function dress(svg: string, model: Model, font: string): string {
  const [, width, height, viewBox] = /<svg width="([\d.]+)pt" height="([\d.]+)pt"\s+viewBox="([^"]*)"/.exec(
    svg,
  )!
  const names = (ports: Model['outputPorts']): string => ports.map(({ name }) => name).join(', ')
  const title = xmlText(`Model ${model.name}`)
  const about = xmlText(
    `${model.layers.length} layers with ${model.countParams().toLocaleString('en-US')} parameters, from ${names(model.inputPorts)} to ${names(model.outputPorts)}.`,
  )
  const titles: string[] = []
  const drawing = svg
    .slice(0, svg.lastIndexOf('</g>'))
    .slice(svg.indexOf('>', svg.indexOf('<svg')) + 1)
    .replaceAll(` font-family="${font}"`, '')
    .replace(/<g id="clust\d+" class="cluster">[\s\S]*?<\/g>/g, (frame) => lift(frame, titles))
  return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-label="${title}" width="${width}" height="${height}" viewBox="${viewBox}" font-family="${FONTS}" style="max-width:100%;height:auto">
<title>${title}</title>
<desc>${about}</desc>${drawing}<g class="titles">
${titles.join('')}</g>
</g>
</svg>
`
}

/** Takes the title of a frame out of it, to be drawn above the edges with a margin in the colour of the frame. */
function lift(frame: string, titles: string[]): string {
  const [, fill] = /<path fill="([^"]*)"/.exec(frame)!
  const halo = `paint-order="stroke" stroke="${fill}" stroke-width="6" stroke-linejoin="round"`
  return frame.replace('<title>cluster_', '<title>').replace(/<text[\s\S]*?<\/text>\n/g, (text) => {
    titles.push(text.replace('<text', `<text ${halo}`))
    return ''
  })
}
