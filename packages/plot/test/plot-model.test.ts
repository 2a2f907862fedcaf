import { input, layers, type Model, model } from '@fn/core'
import { type PlotOptions, plotModel, toDot } from '@fn/plot'
import { DOMParser, type Element } from '@xmldom/xmldom'
import { describe, expect, it } from 'vitest'
import { nested, residual, siamese, wrapped } from './models.ts'

/** A strict parser: what is not well-formed throws. */
async function parse(made: Model, options?: PlotOptions) {
  const { svg } = await plotModel(made, options)
  const root = new DOMParser({
    onError: (_, message) => {
      throw new Error(message)
    },
  }).parseFromString(svg, 'image/svg+xml').documentElement!
  const groups = (kind: string) =>
    [...root.getElementsByTagName('g')].filter((group) => group.getAttribute('class')?.split(' ')[0] === kind)
  const first = (parent: Element, tag: string) => parent.getElementsByTagName(tag)[0]?.textContent
  return {
    root,
    groups,
    titles: (kind: string) => groups(kind).map((group) => first(group, 'title')),
    texts: [...root.getElementsByTagName('text')].map(({ textContent }) => textContent),
  }
}

describe('plotModel', () => {
  it('gives the DOT of toDot, and an SVG of it', async () => {
    const made = residual()
    const { dot, svg } = await plotModel(made, { rankDirection: 'LR' })
    expect(dot).toBe(toDot(made, { rankDirection: 'LR' }))
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true)
  })

  it.each([
    ['residual', residual()],
    ['siamese', siamese()],
    ['nested', nested()],
    ['wrapped', wrapped()],
  ])('draws every layer and every edge of the model %s', async (_, made) => {
    const { titles, groups, texts } = await parse(made)
    const names = made.layers.map(({ name }) => name)
    expect(titles('node').toSorted()).toEqual(names.toSorted())
    expect(texts).toEqual(expect.arrayContaining(names))
    const edges = made.graph.nodes.flatMap((node) => node.inputs)
    expect(groups('edge')).toHaveLength(edges.length)
  })

  it('draws the layers of nested models in frames, whose titles lie above the edges', async () => {
    const { groups, titles, texts, root } = await parse(nested(), { expandNested: true })
    expect(titles('cluster')).toEqual(['middle', 'middle/inner'])
    expect(titles('node')).toEqual(expect.arrayContaining(['u', 'middle/p', 'middle/inner/code', 'all']))
    expect(texts).toEqual(expect.arrayContaining(['middle', 'inner', 'code', 'plus']))
    // 7 in the outer model, 5 in the middle, 1 in the inner one.
    expect(groups('edge')).toHaveLength(13)
    const last = [...root.getElementsByTagName('g')].at(-1)!
    expect(last.getAttribute('class')).toBe('titles')
    expect([...last.getElementsByTagName('text')].map(({ textContent }) => textContent)).toContain('inner')
  })

  it('does not draw the edges that only keep the boxes of a wrapper in order', async () => {
    const { groups } = await parse(wrapped(), { expandNested: true })
    expect(groups('edge')).toHaveLength(4)
  })

  it('can be read aloud', async () => {
    const { root } = await parse(siamese())
    expect(root.getAttribute('role')).toBe('img')
    expect(root.getAttribute('aria-label')).toBe('Model siamese')
    const [title, desc] = [...root.childNodes].filter(({ nodeType }) => nodeType === 1)
    expect([title!.nodeName, title!.textContent]).toEqual(['title', 'Model siamese'])
    expect([desc!.nodeName, desc!.textContent]).toEqual([
      'desc',
      '6 layers with 64 parameters, from left, right to same, kind.',
    ])
  })

  it('survives any name', async () => {
    const name = 'a "b" <c> & \\d\\\n\u0007été 图 🙂 $&\ud800'
    const x = input({ shape: [2], name })
    const inner = model({
      inputs: x,
      outputs: layers.dense({ units: 1, name: '-->' })(x),
      name: `in ${name}`,
    })
    const z = input({ shape: [2], name: 'z' })
    const { texts, titles, root } = await parse(model({ inputs: z, outputs: inner(z), name: `m ${name}` }), {
      expandNested: true,
    })
    const shown = 'a "b" <c> & \\d\\ été 图 🙂 $& '
    expect(texts).toEqual(expect.arrayContaining([shown, `in ${shown}`, '-->']))
    expect(titles('node')).toHaveLength(3)
    expect(root.getAttribute('aria-label')).toBe(`Model m ${shown}`)
  })

  it('refuses what is no model', async () => {
    await expect(plotModel(3 as never)).rejects.toThrow(
      'plot: expected a model, as model() and sequential() give it. Received: number.',
    )
  })
})
