"""Files of models whose inputs are of every type that Keras has."""

import keras
import numpy as np
from keras import layers as k
from keras import ops

from .common import normal, start
from .keras_files import ROWS, make_case

FAMILY = 'dtypes'


def done(inputs, outputs):
    model = keras.Model(inputs, outputs)
    model.compile('sgd', 'mse')
    return model


def image(dtype, low=0, high=256):
    def build(random):
        x = keras.Input((4, 4, 1), dtype=dtype)
        y = k.Flatten()(k.Conv2D(2, 3)(k.Rescaling(1 / 127.5, offset=-1.0)(x)))
        return done(x, k.Dense(2)(y)), [random.integers(low, high, (ROWS, 4, 4, 1)).astype(dtype)], [
            normal(random, ROWS, 2)
        ]
    return build


def direct(dtype, layer, shape=(4, 3)):
    """Integers and booleans right into a layer that computes with floats."""
    def build(random):
        x = keras.Input(shape, dtype=dtype)
        y = layer()(x)
        return done(x, k.Dense(2)(k.Flatten()(y) if len(y.shape) > 2 else y)), [
            random.integers(0, 2 if dtype == 'bool' else 5, (ROWS, *shape)).astype(dtype)
        ], [normal(random, ROWS, 2)]
    return build


def indices(dtype):
    def build(random):
        x = keras.Input((5,), dtype=dtype)
        y = k.LSTM(3)(k.Embedding(9, 4, mask_zero=True)(x))
        return done(x, k.Dense(2)(y)), [random.integers(0, 9, (ROWS, 5)).astype(dtype)], [normal(random, ROWS, 2)]
    return build


def floats(dtype):
    def build(random):
        x = keras.Input((5,), dtype=dtype)
        return done(x, k.Dense(2)(k.Dense(3, activation='tanh')(x))), [normal(random, ROWS, 5)], [normal(random, ROWS, 2)]
    return build


def divided(random):
    x = keras.Input((4,), dtype='uint8')
    return done(x, k.Dense(2)(x / 127.5 - 1.0)), [random.integers(0, 256, (ROWS, 4)).astype('uint8')], [
        normal(random, ROWS, 2)
    ]


def into_a_model(random):
    """A tensor of uint8 goes into a model that says float32."""
    z = keras.Input((4,))
    inner = keras.Model(z, k.Dense(3, activation='tanh')(z))
    x = keras.Input((4,), dtype='uint8')
    return done(x, k.Dense(2)(inner(x))), [random.integers(0, 9, (ROWS, 4)).astype('uint8')], [normal(random, ROWS, 2)]


def booleans(random):
    x, y = keras.Input((4,), dtype='bool'), keras.Input((4,), dtype='bool')
    both = ops.cast(ops.logical_and(x, ops.logical_not(y)), 'float32')
    model = done([x, y], k.Dense(2)(k.Concatenate()([both, ops.cast(x, 'float32')])))
    return model, [random.integers(0, 2, (ROWS, 4)).astype(bool) for _ in range(2)], [normal(random, ROWS, 2)]


CASES = {
    **{f'image-{dtype}': image(dtype) for dtype in ('uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64')},
    'image-int8': image('int8', -128, 128),
    **{f'indices-{dtype}': indices(dtype) for dtype in ('uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64')},
    **{f'floats-{dtype}': floats(dtype) for dtype in ('float16', 'bfloat16', 'float64')},
    'dense-uint8': direct('uint8', lambda: k.Dense(3)),
    'dense-bool': direct('bool', lambda: k.Dense(3)),
    'conv-int32': direct('int32', lambda: k.Conv1D(2, 2)),
    'lstm-int32': direct('int32', lambda: k.LSTM(2)),
    'batchNormalization-int64': direct('int64', lambda: k.BatchNormalization()),
    'divided': divided,
    'intoAModel': into_a_model,
    'booleans': booleans,
}


def make():
    start(FAMILY)
    for name, build in CASES.items():
        make_case(name, build, FAMILY)
    return len(CASES)
