"""Files with the classes, activations and numbers that keras.applications and their users write, at a small size."""

import keras
from keras import layers as k
from keras import ops
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from .common import normal, start
from .keras_files import ROWS, make_case

FAMILY = 'applications'


def compiled(model):
    model.compile(keras.optimizers.Adam(0.01), 'mse')
    return model


def convnext_block(random):
    x = keras.Input((4, 4, 3))
    y = k.LayerNormalization(epsilon=1e-6)(k.Conv2D(3, 3, padding='same', groups=3)(x))
    y = k.Dense(3)(k.Activation('gelu')(k.Dense(6)(y)))
    y = k.Add()([x, LayerScale(0.1, 3, name='scale')(y)])
    model = compiled(keras.Model(x, k.Dense(2)(k.GlobalAveragePooling2D()(y)), name='convnext'))
    return model, [normal(random, ROWS, 4, 4, 3)], [normal(random, ROWS, 2)]


def inner_layer_scale(random):
    """Frozen, shared, and in a model inside the model."""
    x = keras.Input((3, 4))
    scale = LayerScale(0.5, 4, name='scale')
    frozen = LayerScale(0.25, 4, name='frozen', trainable=False)
    y = scale(scale(x))
    inner = keras.Sequential([keras.Input((3, 4)), frozen, k.Dense(2)], name='inner')
    model = compiled(keras.Model(x, inner(y), name='scales'))
    return model, [normal(random, ROWS, 3, 4)], [normal(random, ROWS, 3, 2)]


def inception_block(random):
    x = keras.Input((4, 4, 3))
    branch = k.Conv2D(3, 1, activation='relu')(x)
    y = CustomScaleLayer(0.17, name='block')([x, branch])
    y = CustomScaleLayer(-2)([y, branch])
    model = compiled(keras.Model(x, k.Dense(2)(k.Flatten()(k.Activation('relu')(y))), name='inception'))
    return model, [normal(random, ROWS, 4, 4, 3)], [normal(random, ROWS, 2)]


def mobilenet_block(random):
    x = keras.Input((4, 4, 3))
    y = k.Activation('hard_swish')(k.BatchNormalization()(k.Conv2D(4, 1, activation='hard_silu')(x)))
    gate = k.Conv2D(4, 1, activation='hard_sigmoid')(k.GlobalAveragePooling2D(keepdims=True)(y))
    y = k.Multiply()([y, gate])
    model = compiled(keras.Model(x, k.Dense(2, activation=keras.activations.hard_silu)(k.Flatten()(y)), name='mobilenet'))
    return model, [normal(random, ROWS, 4, 4, 3)], [normal(random, ROWS, 2)]


def infinite_numbers(random):
    x = keras.Input((4,))
    y = ops.clip(k.Dense(4)(x), float('-inf'), 0.5)
    y = ops.maximum(y, float('-inf'))
    y = ops.minimum(y, float('inf'))
    y = k.ReLU(max_value=float('inf'), negative_slope=0.5)(y)
    model = compiled(keras.Model(x, k.Dense(2, name='Infinity')(y), name='infinite'))
    return model, [normal(random, ROWS, 4)], [normal(random, ROWS, 2)]


CASES = {
    'convnextBlock': convnext_block,
    'innerLayerScale': inner_layer_scale,
    'inceptionBlock': inception_block,
    'mobilenetBlock': mobilenet_block,
    'infiniteNumbers': infinite_numbers,
}


def make():
    start(FAMILY)
    for name, build in CASES.items():
        make_case(name, build, FAMILY)
    return len(CASES)
