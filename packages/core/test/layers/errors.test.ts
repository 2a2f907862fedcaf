import { ConfigError, input, layers, ShapeError } from '@fn/core'
import { describe, expect, it } from 'vitest'

const tensor = (...shape: (number | null)[]) => input({ shape })

function expectError(attempt: () => unknown, kind: typeof ConfigError | typeof ShapeError, sentence: string) {
  expect(attempt).toThrow(kind)
  expect(attempt).toThrow(expect.objectContaining({ message: sentence }))
}

describe('layers say at once', () => {
  it('what they can not be made of', () => {
    const sentences: [() => unknown, string][] = [
      [
        () => layers.conv1d({ filters: 1, kernelSize: 2, padding: 'full' as never, name: 'c' }),
        'Conv1D "c": expected padding to be one of valid, same, causal. Received: "full".',
      ],
      [
        () => layers.conv3d({ filters: 1, kernelSize: 2, padding: 'causal' as never, name: 'c' }),
        'Conv3D "c": expected padding to be one of valid, same. Received: "causal".',
      ],
      [
        () => layers.conv3d({ filters: 1, kernelSize: [2, 2], name: 'c' }),
        'Conv3D "c": expected kernelSize to be a number or 3 numbers. Received: [2,2].',
      ],
      [
        () => layers.maxPooling1d({ padding: 'causal' as never, name: 'p' }),
        'MaxPooling1D "p": expected padding to be one of valid, same. Received: "causal".',
      ],
      [
        () => layers.dot({ axes: 0, name: 'd' }),
        'Dot "d": expected axes to be a whole number or two, none of them 0. Received: 0.',
      ],
      [
        () => layers.dot({ axes: [1, 2, 1] as never, name: 'd' }),
        'Dot "d": expected axes to be a whole number or two, none of them 0. Received: [1,2,1].',
      ],
      [
        () => layers.permute({ dims: [0, 1], name: 'p' }),
        'Permute "p": expected dims to be the axes from 1 on in some order. Received: [0,1].',
      ],
      [
        () => layers.permute({ dims: [1, 1], name: 'p' }),
        'Permute "p": expected dims to be the axes from 1 on in some order. Received: [1,1].',
      ],
      [
        () => layers.repeatVector({ n: 0, name: 'r' }),
        'RepeatVector "r": expected n to be a whole number ≥ 1. Received: 0.',
      ],
      [
        () => layers.layerNormalization({ axis: [], name: 'n' }),
        'LayerNormalization "n": expected axis to be a whole number or several. Received: [].',
      ],
      [
        () => layers.layerNormalization({ axis: 'last' as never, name: 'n' }),
        'LayerNormalization "n": expected axis to be a whole number or several. Received: "last".',
      ],
      [
        () => layers.dropout({ rate: 0.5, noiseShape: [null, 0], name: 'd' }),
        'Dropout "d": expected a noiseShape of whole numbers ≥ 1 or null. Received: [null,0].',
      ],
      [
        () => layers.spatialDropout2d({ rate: 2, name: 'd' }),
        'SpatialDropout2D "d": expected a rate in [0, 1]. Received: 2.',
      ],
    ]
    for (const [make, sentence] of sentences) expectError(make, ConfigError, sentence)
  })

  it('what they can not be called on', () => {
    const sentences: [() => unknown, string][] = [
      [
        () => layers.conv1d({ filters: 1, kernelSize: 2, name: 'c' })(tensor(4, 4, 1)),
        'Conv1D "c": expected an input of rank 3. Received: [batch, 4, 4, 1].',
      ],
      [
        () => layers.conv3d({ filters: 1, kernelSize: 3, name: 'c' })(tensor(2, 4, 4, 1)),
        'Conv3D "c": A window that spans 3 does not fit into 2 elements with padding [0, 0].',
      ],
      [
        () => layers.averagePooling3d({ name: 'p' })(tensor(4, 4, 1)),
        'AveragePooling3D "p": expected an input of rank 5. Received: [batch, 4, 4, 1].',
      ],
      [
        () => layers.globalMaxPooling1d({ name: 'g' })(tensor(4, 4, 1)),
        'GlobalMaxPooling1D "g": expected an input of rank 3. Received: [batch, 4, 4, 1].',
      ],
      [
        () => layers.spatialDropout1d({ rate: 0.5, name: 'd' })(tensor(4)),
        'SpatialDropout1D "d": expected an input of rank 3. Received: [batch, 4].',
      ],
      [
        () => layers.dropout({ rate: 0.5, noiseShape: [null, 3], name: 'd' })(tensor(1), { training: true }),
        'Dropout "d": Can not broadcast [batch, 3] to [batch, 1].',
      ],
      [
        () => layers.subtract({ name: 's' })([tensor(2), tensor(2), tensor(2)]),
        'Subtract "s": expected 2 inputs. Received: 3.',
      ],
      [
        () => layers.average({ name: 'a' })(tensor(2)),
        'Average "a": expected at least two inputs. Received: 1.',
      ],
      [
        () => layers.multiply({ name: 'm' })([tensor(2, 3), tensor(4)]),
        'Multiply "m": Shapes [batch, 2, 3] and [batch, 1, 4] do not broadcast.',
      ],
      [
        () => layers.dot({ axes: 1, name: 'd' })([tensor(2), tensor(3)]),
        'Dot "d": Expected [batch, 2] and [batch, 3] to agree on axes 1 and 1.',
      ],
      [
        () => layers.dot({ axes: [1, -3], name: 'd' })([tensor(2), tensor(2, 3)]),
        'Dot "d": expected axes other than that of the batch. Received: -3 for [batch, 2, 3].',
      ],
      [
        () => layers.dot({ axes: 2, name: 'd' })([tensor(2), tensor(2, 3)]),
        'Dot "d": Axis 2 is outside of a tensor of rank 2.',
      ],
      [
        () => layers.permute({ dims: [2, 1], name: 'p' })(tensor(4)),
        'Permute "p": expected an input of rank 3. Received: [batch, 4].',
      ],
      [
        () => layers.repeatVector({ n: 2, name: 'r' })(tensor(4, 2)),
        'RepeatVector "r": expected an input of rank 2. Received: [batch, 4, 2].',
      ],
      [
        () => layers.layerNormalization({ axis: 3, name: 'n' })(tensor(4, 2)),
        'LayerNormalization "n": Axis 3 is outside of a tensor of rank 3.',
      ],
      [
        () => layers.layerNormalization({ axis: [-1, 2], name: 'n' })(tensor(4, 2)),
        'LayerNormalization "n": Axes [2,2] name an axis twice.',
      ],
      [
        () => layers.layerNormalization({ name: 'n' })(input({ shape: [4, null], name: 'x' })),
        'LayerNormalization "n": expected a fixed size along axis 2. Received: [batch, 4, x_dim_2].',
      ],
    ]
    for (const [call, sentence] of sentences) expectError(call, ShapeError, sentence)
  })
})

describe('open sizes', () => {
  it('pass through where the layer does not depend on them', () => {
    const steps = tensor(null, 3)
    const shapes = [
      layers.conv1d({ filters: 2, kernelSize: 3, padding: 'causal' }),
      layers.conv1d({ filters: 2, kernelSize: 3, padding: 'same' }),
      layers.layerNormalization(),
      layers.permute({ dims: [2, 1] }),
      layers.globalAveragePooling1d({ keepdims: true }),
      layers.globalMaxPooling1d(),
      layers.dot({ axes: -1 }),
    ].map((layer) => layer.apply(layer.arity === 2 ? [steps, tensor(3)] : steps).shape)
    expect(shapes).toEqual([
      [null, null, 2],
      [null, null, 2],
      [null, null, 3],
      [null, 3, null],
      [null, 1, 3],
      [null, 3],
      [null, null],
    ])
  })
})
