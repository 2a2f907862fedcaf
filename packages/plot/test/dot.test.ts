import { input, layers, model, ops } from '@fn/core'
import { toDot } from '@fn/plot'
import { describe, expect, it } from 'vitest'
import { nested, residual, siamese, wrapped } from './models.ts'

/** The edges as written: from, to, and what stands beside them. */
const edgesOf = (dot: string): readonly string[] =>
  dot.split('\n').flatMap((line) => {
    const match = /^ {2}("[^"]*" -> "[^"]*")(.*)$/.exec(line)
    return match === null ? [] : [`${match[1]}${match[2]!.replace(/<\/?T[^>]*>/g, '')}`]
  })

/** The text of a box, line by line. */
function textOf(dot: string, id: string): readonly string[] {
  const line = dot.split('\n').find((candidate) => candidate.trimStart().startsWith(`"${id}" [`))!
  return [...line.matchAll(/<(?:B|FONT[^>]*)>([^<]*)</g)].map(([, text]) => text!)
}

/** The kinds of the boxes. */
const classesOf = (dot: string): Readonly<Record<string, string>> =>
  Object.fromEntries([...dot.matchAll(/^ *"([^"]*)" \[class=(\w+)/gm)].map(([, id, kind]) => [id!, kind!]))

describe('toDot', () => {
  it('writes one box a layer and one edge a tensor', () => {
    expect(toDot(residual())).toMatchInlineSnapshot(`
      "digraph "residual" {
        graph [rankdir=TB compound=true bgcolor=transparent pad=0.15 nodesep=0.35 ranksep=0.5 fontname="Helvetica"]
        node [shape=box style="rounded,filled" margin="0.17,0.11" height=0 width=0 penwidth=1.2 fontname="Helvetica" fontsize=13 fontcolor="#1f2933"]
        edge [color="#6e7b88" penwidth=1.2 arrowsize=0.65 fontname="Helvetica" fontsize=10 fontcolor="#6e7b88"]
        "image" [class=input fillcolor="#e7f0fa" color="#6f9bc8" label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"><TR><TD ALIGN="LEFT"><B>image</B></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">InputLayer</FONT></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">[null, 8, 8, 3]</FONT></TD></TR></TABLE>>]
        "conv" [class=weights fillcolor="#fdf3dc" color="#cfa347" label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"><TR><TD ALIGN="LEFT"><B>conv</B></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">Conv2D · relu</FONT></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">[null, 8, 8, 3]</FONT></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">84 parameters</FONT></TD></TR></TABLE>>]
        "sum" [class=merging fillcolor="#efe9f8" color="#a188c9" penwidth=2.4 label=<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"><TR><TD ALIGN="LEFT"><B>sum</B></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">Add · output</FONT></TD></TR><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="11" COLOR="#52606d">[null, 8, 8, 3]</FONT></TD></TR></TABLE>>]
        "image" -> "conv"
        "image" -> "sum" [label=<<TABLE BORDER="0" CELLPADDING="3"><TR><TD BALIGN="LEFT">[null, 8, 8, 3]</TD></TR></TABLE>>]
        "conv" -> "sum" [label=<<TABLE BORDER="0" CELLPADDING="3"><TR><TD BALIGN="LEFT">[null, 8, 8, 3]</TD></TR></TABLE>>]
      }
      "
    `)
  })

  it('colours by what a layer has', () => {
    expect(classesOf(toDot(nested(), { expandNested: 1 }))).toEqual({
      u: 'input',
      v: 'input',
      'middle/p': 'input',
      'middle/q': 'input',
      'middle/inner': 'nested',
      'middle/plus': 'merging',
      all: 'merging',
    })
    expect(classesOf(toDot(wrapped()))).toEqual({
      x: 'input',
      steps: 'nested',
      ways: 'weights',
      flat: 'plain',
    })
  })

  it('shows a shared layer once, and numbers its calls', () => {
    const dot = toDot(siamese())
    expect(edgesOf(dot)).toMatchInlineSnapshot(`
      [
        ""a" -> "encoder" [label=<call 0>]",
        ""b" -> "encoder" [label=<call 1>]",
        ""encoder" -> "both" [label=<call 0<BR/>[null, 4]>]",
        ""encoder" -> "both" [label=<call 1<BR/>[null, 4]>]",
        ""both" -> "head"",
        ""both" -> "same"",
      ]
    `)
  })

  it('names inputs and outputs that have names of their own', () => {
    const dot = toDot(siamese())
    expect(['a', 'b', 'same', 'head'].map((id) => textOf(dot, id)[1])).toEqual([
      'InputLayer · left',
      'InputLayer · right',
      'Dense · sigmoid · output',
      'Dense · softmax · output: kind',
    ])
  })

  it('shows what it is asked for', () => {
    const made = siamese()
    made.getLayer('encoder').trainable = false
    expect(textOf(toDot(made), 'encoder')).toEqual([
      'encoder',
      'Dense · tanh',
      '[null, 4]',
      '28 parameters, frozen',
    ])
    expect(
      textOf(toDot(made, { showDtype: true, showWeights: true, showActivations: false }), 'encoder'),
    ).toEqual(['encoder', 'Dense', 'float32 [null, 4]', '28 parameters, frozen', 'kernel [6, 4]', 'bias [4]'])
    const bare = toDot(made, { showShapes: false, showParams: false, rankDirection: 'LR' })
    expect(textOf(bare, 'encoder')).toEqual(['encoder', 'Dense · tanh'])
    expect(bare).toContain('rankdir=LR')
    expect(bare).not.toMatch(/null|parameters/)
  })

  it('shows every shape that the calls of a layer give', () => {
    const [wide, narrow] = [input({ shape: [7, 2], name: 'wide' }), input({ shape: [5, 2], name: 'narrow' })]
    const dense = layers.dense({ units: 3, name: 'dense' })
    const dot = toDot(model({ inputs: [wide, narrow], outputs: [dense(wide), dense(narrow)] }))
    expect(textOf(dot, 'dense')).toEqual([
      'dense',
      'Dense · output: dense, dense_1',
      '[null, 7, 3]',
      '[null, 5, 3]',
      '9 parameters',
    ])
  })

  it('begins where the model begins, also in the middle of another graph', () => {
    const x = input({ shape: [4], name: 'x' })
    const [before, after] = [
      layers.dense({ units: 3, name: 'before' }),
      layers.dense({ units: 2, name: 'after' }),
    ]
    const hidden = before(x)
    expect(edgesOf(toDot(model({ inputs: hidden, outputs: after(hidden) })))).toEqual([
      '"before_input" -> "after"',
    ])
  })

  it('shows the mask that a call is given', () => {
    const x = input({ shape: [null, 3], name: 'x' })
    const counts = ops.any(ops.greater(x, 0), { axis: -1 })
    const y = layers.lstm({ units: 2, name: 'lstm' })(x, { mask: counts })
    expect(edgesOf(toDot(model({ inputs: x, outputs: y })))).toMatchInlineSnapshot(`
      [
        ""x" -> "greater_1"",
        ""greater_1" -> "any_1"",
        ""x" -> "lstm" [label=<[null, null, 3]>]",
        ""any_1" -> "lstm" [label=<as mask<BR/>[null, null]>]",
      ]
    `)
  })

  it('names masks that are used as tensors', () => {
    const words = input({ shape: [5], dtype: 'int32', name: 'words' })
    const embedded = layers.embedding({ inputDim: 9, outputDim: 2, maskZero: true, name: 'embed' })(words)
    const read = layers.identity({ name: 'read' })(embedded.mask!)
    expect(edgesOf(toDot(model({ inputs: words, outputs: read })))[1]).toContain('mask')
  })
})

describe('nested models', () => {
  it('are boxes, with edges that say which input and output of which call', () => {
    expect(edgesOf(toDot(nested()))).toMatchInlineSnapshot(`
      [
        ""u" -> "middle" [label=<first · call 0<BR/>[null, 4]>]",
        ""v" -> "middle" [label=<second · call 0<BR/>[null, 4]>]",
        ""v" -> "middle" [label=<first · call 1<BR/>[null, 4]>]",
        ""u" -> "middle" [label=<second · call 1<BR/>[null, 4]>]",
        ""middle" -> "all" [label=<sum · call 0<BR/>[null, 2]>]",
        ""middle" -> "all" [label=<copy · call 0<BR/>[null, 2]>]",
        ""middle" -> "all" [label=<sum · call 1<BR/>[null, 2]>]",
      ]
    `)
  })

  it('open level by level, and edges run from box to box', () => {
    const one = toDot(nested(), { expandNested: 1 })
    expect(one.match(/subgraph "[^"]*"/g)).toEqual(['subgraph "cluster_middle"'])
    expect(edgesOf(one)).toMatchInlineSnapshot(`
      [
        ""middle/p" -> "middle/inner" [label=<call 2> fontcolor="#52606d"]",
        ""middle/p" -> "middle/inner" [label=<call 0> fontcolor="#52606d"]",
        ""middle/q" -> "middle/inner" [label=<call 1> fontcolor="#52606d"]",
        ""middle/inner" -> "middle/plus" [label=<call 0<BR/>[null, 2]> fontcolor="#52606d"]",
        ""middle/inner" -> "middle/plus" [label=<call 1<BR/>[null, 2]> fontcolor="#52606d"]",
        ""u" -> "middle/p" [label=<middle call 0<BR/>[null, 4]>]",
        ""v" -> "middle/q" [label=<middle call 0<BR/>[null, 4]>]",
        ""v" -> "middle/p" [label=<middle call 1<BR/>[null, 4]>]",
        ""u" -> "middle/q" [label=<middle call 1<BR/>[null, 4]>]",
        ""middle/plus" -> "all" [label=<middle call 0<BR/>[null, 2]>]",
        ""middle/inner" -> "all" [label=<middle call 0<BR/>[null, 2]>]",
        ""middle/plus" -> "all" [label=<middle call 1<BR/>[null, 2]>]",
      ]
    `)
    const all = toDot(nested(), { expandNested: true })
    expect(all.match(/subgraph "[^"]*"/g)).toEqual([
      'subgraph "cluster_middle"',
      'subgraph "cluster_middle/inner"',
    ])
    expect(edgesOf(all)).toMatchInlineSnapshot(`
      [
        ""middle/inner/x" -> "middle/inner/code"",
        ""middle/p" -> "middle/inner/x" [label=<inner call 2> fontcolor="#52606d"]",
        ""middle/p" -> "middle/inner/x" [label=<inner call 0> fontcolor="#52606d"]",
        ""middle/q" -> "middle/inner/x" [label=<inner call 1> fontcolor="#52606d"]",
        ""middle/inner/code" -> "middle/plus" [label=<inner call 0<BR/>[null, 2]> fontcolor="#52606d"]",
        ""middle/inner/code" -> "middle/plus" [label=<inner call 1<BR/>[null, 2]> fontcolor="#52606d"]",
        ""u" -> "middle/p" [label=<middle call 0<BR/>[null, 4]>]",
        ""v" -> "middle/q" [label=<middle call 0<BR/>[null, 4]>]",
        ""v" -> "middle/p" [label=<middle call 1<BR/>[null, 4]>]",
        ""u" -> "middle/q" [label=<middle call 1<BR/>[null, 4]>]",
        ""middle/plus" -> "all" [label=<middle call 0<BR/>[null, 2]>]",
        ""middle/inner/code" -> "all" [label=<middle call 0<BR/>[null, 2]>]",
        ""middle/plus" -> "all" [label=<middle call 1<BR/>[null, 2]>]",
      ]
    `)
    expect(toDot(nested(), { expandNested: 0 })).toBe(toDot(nested(), { expandNested: false }))
    expect(toDot(nested(), { expandNested: 2 })).toBe(all)
  })

  it('open inside of wrappers; edges end at the border of a wrapper around several layers', () => {
    const dot = toDot(wrapped(), { expandNested: true })
    expect(dot.match(/subgraph "[^"]*"/g)).toEqual([
      'subgraph "cluster_steps"',
      'subgraph "cluster_steps/scorer"',
      'subgraph "cluster_ways"',
    ])
    expect(edgesOf(dot)).toMatchInlineSnapshot(`
      [
        ""steps/scorer/y" -> "steps/scorer/score"",
        ""x" -> "steps/scorer/y"",
        ""steps/scorer/score" -> "ways/ahead" [lhead="cluster_ways"]",
        ""steps/scorer/score" -> "ways/back" [style=invis]",
        ""ways/ahead" -> "flat" [ltail="cluster_ways"]",
        ""ways/back" -> "flat" [style=invis]",
      ]
    `)
  })

  it('leave recurrent layers closed, and open those in both directions', () => {
    const x = input({ shape: [5, 2], name: 'x' })
    const line = [
      layers.bidirectional(layers.lstm({ units: 3, returnSequences: true, name: 'rnn' }), { name: 'ways' }),
      layers.lstm({ units: 2, name: 'last' }),
    ] as const
    const dot = toDot(model({ inputs: x, outputs: x.pipe(...line) }), { expandNested: true })
    expect(Object.keys(classesOf(dot))).toEqual(['x', 'ways/forward_rnn', 'ways/backward_rnn', 'last'])
  })
})

describe('names', () => {
  it('are escaped: quotes, brackets, backslashes, newlines, unicode', () => {
    const name = 'a "b" <c> & \\d\\\n\u0007été 图 🙂$&'
    const x = input({ shape: [2], name })
    const dot = toDot(model({ inputs: x, outputs: layers.dense({ units: 1, name: 'y' })(x), name: '"m" \\' }))
    expect(dot).toContain('digraph "\\"m\\" \\\\" {')
    expect(dot).toContain('  "a \\"b\\" <c> & \\\\d\\\\\\n\\u0007été 图 🙂$&" -> "y"')
    expect(dot).toContain('<B>a &quot;b&quot; &lt;c&gt; &amp; \\d\\ été 图 🙂$&amp;</B>')
  })
})

describe('what can not be drawn is refused in one sentence', () => {
  it.each([
    ['Dense "head"', layers.dense({ units: 1, name: 'head' })],
    ['SymbolicTensor', input({ shape: [1], name: 'x' })],
    ['Object', { layers: [] }],
    ['undefined', undefined],
    ['null', null],
    ['number', 3],
  ])('%s', (received, value) => {
    expect(() => toDot(value as never)).toThrow(
      `plot: expected a model, as model() and sequential() give it. Received: ${received}.`,
    )
  })

  it('options too', () => {
    expect(() => toDot(residual(), { expandNested: -1 })).toThrow(
      'plot: expected expandNested to be true, false or a whole number of levels. Received: -1.',
    )
    expect(() => toDot(residual(), { rankDirection: 'up' as 'TB' })).toThrow(
      'plot: expected rankDirection to be TB or LR. Received: "up".',
    )
  })
})
