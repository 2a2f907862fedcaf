import { Builder, type Program, type Value } from '@fn/core'
import { programToOnnx } from '@fn/onnx'
import type { GraphProto } from 'onnx-buf'
import { describe, expect, it } from 'vitest'
import { attribute, bodyOf, graphOf, nodeOf, ops, shapeOf } from './decode.ts'

/** hₜ₊₁ = tanh(xₜ + hₜ·Uᵀ) over x [time, batch, 3], U [3, 3]. */
function recurrence(reverse: boolean): Program {
  const b = new Builder()
  const x = b.input({ shape: ['time', 'batch', 3], dtype: 'float32' }, 'x')
  const u = b.input({ shape: [3, 3], dtype: 'float32' }, 'u')
  const start = b.zerosLike({ shape: ['batch', 3], dtype: 'float32' })
  return b.at('loop', () => {
    const { carries, outputs } = b.scan(
      [start],
      [x],
      (step, [h], [element]) => {
        const product = step.dot(h!, step.outside(u), { contract: [[1], [1]], batch: [[], []] })
        const next = step.at('cell', () => step.tanh(step.add(element!, product)))
        return { carries: [next], outputs: [next] }
      },
      { reverse },
    )
    return b.build({ last: carries[0]!, all: outputs[0]! })
  })
}

/** All names of tensors that a graph and those inside of it define. */
const defined = (graph: GraphProto): string[] => [
  ...graph.initializer.map(({ name }) => name),
  ...graph.input.map(({ name }) => name),
  ...graph.node.flatMap(({ output, attribute: attributes }) => [
    ...output.filter(Boolean),
    ...attributes.flatMap(({ g }) => (g === undefined ? [] : defined(g))),
  ]),
]

const nodeNames = (graph: GraphProto): string[] =>
  graph.node.flatMap(({ name, attribute: attributes }) => [
    name,
    ...attributes.flatMap(({ g }) => (g === undefined ? [] : nodeNames(g))),
  ])

describe('a loop', () => {
  it('is a Scan whose body is named by layer, and says its shapes', () => {
    const graph = graphOf(programToOnnx(recurrence(false)))
    const scan = nodeOf(graph, 'Scan')
    const body = bodyOf(scan)
    expect(scan.name).toBe('loop/Scan')
    expect(attribute(scan, 'num_scan_inputs')).toBe(1)
    expect(attribute(scan, 'scan_input_directions')).toBeUndefined()
    expect(nodeNames(body)).toEqual(['loop/MatMul', 'loop/cell/Add', 'loop/cell/Tanh', 'loop/Identity'])
    expect(body.input.map(({ name }) => shapeOf(body, name))).toEqual([
      ['batch', 3],
      ['batch', 3],
    ])
    for (const name of body.node.flatMap(({ output }) => output))
      expect(shapeOf(body, name)).toEqual(['batch', 3])
    expect(shapeOf(graph, 'all')).toEqual(['time', 'batch', 3])
  })

  it('from the last step to the first reads and writes backwards', () => {
    const scan = nodeOf(graphOf(programToOnnx(recurrence(true))), 'Scan')
    expect(attribute(scan, 'scan_input_directions')).toEqual([1])
    expect(attribute(scan, 'scan_output_directions')).toEqual([1])
  })

  it('reads what all steps share by name, moved once before it', () => {
    const graph = graphOf(programToOnnx(recurrence(false)))
    expect(ops(graph)).toEqual(['Transpose', 'Shape', 'Gather', 'Concat', 'ConstantOfShape', 'Scan'])
    expect(ops(bodyOf(nodeOf(graph, 'Scan')))).toEqual(['MatMul', 'Add', 'Tanh', 'Identity'])
  })

  it('moves a kernel into the layout of its convolutions before it', () => {
    const b = new Builder()
    const x = b.input({ shape: ['time', 'batch', 8, 8, 2], dtype: 'float32' }, 'x')
    const kernel = b.input({ shape: [3, 3, 2, 2], dtype: 'float32' }, 'kernel')
    const start = b.zerosLike({ shape: ['batch', 8, 8, 2], dtype: 'float32' })
    const { carries } = b.scan([start], [x], (step, [before], [element]) => ({
      carries: [
        step.add(
          element!,
          step.conv(before!, step.outside(kernel), {
            strides: [1, 1],
            dilations: [1, 1],
            padding: [
              [1, 1],
              [1, 1],
            ],
            groups: 1,
          }),
        ),
      ],
      outputs: [],
    }))
    const graph = graphOf(programToOnnx(b.build({ y: carries[0]! })))
    const conv = nodeOf(bodyOf(nodeOf(graph, 'Scan')), 'Conv')
    expect(nodeOf(graph, 'Transpose').input).toEqual(['kernel'])
    expect(conv.input[1]).toBe(nodeOf(graph, 'Transpose').output[0])
  })

  it('in a loop writes what it needs of each graph around it there', () => {
    const b = new Builder()
    const x = b.input({ shape: ['time', 'rows', 'n'], dtype: 'float32' }, 'x')
    const w = b.input({ shape: ['n', 'n'], dtype: 'float32' }, 'w')
    const zeros = (step: Builder): Value => step.zerosLike({ shape: ['n'], dtype: 'float32' })
    const { carries } = b.scan([zeros(b)], [x], (step, [sum], [row]) => {
      const shared = step.outside(w)
      const inner = step.scan([zeros(step)], [row!], (deep, [before], [element]) => {
        // Uᵀ(w + sum) can be had once a step of the outer loop.
        const product = deep.dot(deep.outside(step.add(shared, sum!)), before!, {
          contract: [[0], [0]],
          batch: [[], []],
        })
        return { carries: [deep.add(product, element!)], outputs: [] }
      })
      return { carries: [step.add(inner.carries[0]!, sum!)], outputs: [] }
    })
    const graph = graphOf(programToOnnx(b.build({ y: carries[0]! })))
    const outer = bodyOf(nodeOf(graph, 'Scan'))
    const inner = bodyOf(nodeOf(outer, 'Scan'))
    // The zeros that the inner loop starts from are made once for all.
    expect(ops(graph)).toEqual(['Shape', 'Gather', 'ConstantOfShape', 'ConstantOfShape', 'Scan'])
    expect(ops(outer)).toEqual(['Add', 'Transpose', 'Scan', 'Add'])
    expect(ops(inner).filter((op) => op === 'Transpose')).toEqual([])
    const names = [defined(graph), nodeNames(graph)]
    for (const list of names) expect(new Set(list).size).toBe(list.length)
  })

  it('makes every output of its body there, also one that is only handed on', () => {
    const b = new Builder()
    const x = b.input({ shape: [4, 2], dtype: 'float32' }, 'x')
    const h = b.input({ shape: [2], dtype: 'float32' }, 'h')
    const { carries, outputs } = b.scan([h], [x], (step, [before], [element]) => ({
      carries: [step.sin(before!)],
      outputs: [before!, step.sub(element!, before!)],
    }))
    const graph = graphOf(programToOnnx(b.build({ last: carries[0]!, before: outputs[0]!, y: outputs[1]! })))
    const body = bodyOf(nodeOf(graph, 'Scan'))
    const made = body.node.flatMap(({ output }) => output)
    for (const { name } of body.output) expect(made).toContain(name)
  })
})

describe('rows by number', () => {
  it('are added up by ScatterElements along one axis, which does not lose any', () => {
    const b = new Builder()
    const at = b.input({ shape: ['batch', 2], dtype: 'int32' }, 'at')
    const rows = b.input({ shape: ['batch', 2, 3], dtype: 'float32' }, 'rows')
    const program = b.build({ y: b.scatterAdd(at, rows, 10) })
    const graph = graphOf(programToOnnx(program, { opset: 16 }))
    const scatter = nodeOf(graph, 'ScatterElements')
    expect(attribute(scatter, 'reduction')).toBe('add')
    expect(shapeOf(graph, scatter.output[0]!)).toEqual([30])
    expect(shapeOf(graph, 'y')).toEqual([10, 3])
    expect(() => programToOnnx(program, { opset: 15 })).toThrow(
      'scatterAdd (the gradient of gather) needs opset 16 or later. Received: 15.',
    )
  })
})
