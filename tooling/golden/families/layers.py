"""Layers: values, gradients, shapes."""

import jax
import keras
import numpy as np
from keras import layers as k

from .common import config_of, normal, rng, start, tensor, tensors, write

ACTIVATIONS = [
    'linear', 'relu', 'softmax', 'log_softmax', 'softplus', 'sigmoid', 'tanh', 'elu', 'leaky_relu', 'gelu',
    'exponential', 'softsign', 'silu', 'relu6', 'selu', 'hard_sigmoid',
]
# Far from zero, but on no kink of any activation.
EXTREMES = [-50, -20, -6.5, -3.5, -1e-3, 1e-3, 3.5, 6.5, 20, 50]


def cases():
    """Yields (name, layer, input shapes or arrays, training)."""
    for activation in ['relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'selu', 'gelu', 'silu', 'softmax']:
        yield f'dense-{activation}', k.Dense(4, activation=activation), [(3, 5)], False
    yield 'dense-linear', k.Dense(4), [(3, 5)], False
    yield 'dense-softmax-rank3', k.Dense(4, activation='softmax'), [(2, 3, 5)], False
    yield 'dense-rank4', k.Dense(3), [(2, 3, 2, 5)], False
    yield 'dense-no-bias', k.Dense(4, use_bias=False), [(3, 5)], False
    yield 'dense-one-unit', k.Dense(1, activation='sigmoid'), [(3, 5)], False

    for activation in ACTIVATIONS:
        yield f'activation-{activation}', k.Activation(activation), [(3, 7)], False
        extreme = np.array([EXTREMES, EXTREMES[::-1]], 'float32')
        yield f'activation-{activation}-extreme', k.Activation(activation), [extreme], False
    yield 'activation-softmax-rank3', k.Activation('softmax'), [(2, 3, 5)], False

    yield 'dropout-inference', k.Dropout(0.4), [(3, 7)], False
    yield 'dropout-noise-shape-inference', k.Dropout(0.25, noise_shape=(None, 1, 4), seed=7), [(2, 3, 4)], False
    yield 'flatten-rank4', k.Flatten(), [(2, 5, 6, 3)], False
    yield 'flatten-rank3', k.Flatten(), [(2, 5, 3)], False
    yield 'flatten-rank2', k.Flatten(), [(3, 5)], False
    yield 'reshape', k.Reshape((4, 3)), [(2, 12)], False
    yield 'reshape-infer-last', k.Reshape((3, -1)), [(2, 5, 6)], False
    yield 'reshape-infer-first', k.Reshape((-1, 5)), [(2, 3, 10)], False
    yield 'reshape-flat', k.Reshape((-1,)), [(2, 3, 4)], False

    image = [(2, 7, 8, 3)]
    yield 'conv2d-valid', k.Conv2D(4, 3), image, False
    yield 'conv2d-same', k.Conv2D(4, 3, padding='same'), image, False
    yield 'conv2d-same-even-kernel', k.Conv2D(4, 4, padding='same'), image, False
    yield 'conv2d-valid-strides2-odd', k.Conv2D(4, 3, strides=2), [(2, 7, 9, 3)], False
    yield 'conv2d-same-strides2-odd', k.Conv2D(4, 3, strides=2, padding='same'), [(2, 7, 9, 3)], False
    yield 'conv2d-same-strides2-even', k.Conv2D(4, 3, strides=2, padding='same'), [(2, 6, 8, 3)], False
    yield 'conv2d-same-strides3-kernel2', k.Conv2D(4, 2, strides=3, padding='same'), [(2, 8, 9, 3)], False
    yield 'conv2d-valid-dilation2', k.Conv2D(4, 3, dilation_rate=2), [(2, 7, 8, 3)], False
    yield 'conv2d-same-dilation2', k.Conv2D(4, 3, dilation_rate=2, padding='same'), image, False
    yield 'conv2d-same-dilation2x1', k.Conv2D(4, 3, dilation_rate=(2, 1), padding='same'), image, False
    yield 'conv2d-groups2', k.Conv2D(4, 3, groups=2, padding='same'), [(2, 6, 5, 4)], False
    yield 'conv2d-no-bias-relu', k.Conv2D(4, 3, use_bias=False, activation='relu'), image, False
    yield 'conv2d-kernel3x2', k.Conv2D(4, (3, 2)), image, False
    yield 'conv2d-kernel3x2-same', k.Conv2D(4, (3, 2), padding='same'), image, False
    yield 'conv2d-strides2x1', k.Conv2D(4, 3, strides=(2, 1)), image, False
    yield 'conv2d-strides2x1-same', k.Conv2D(4, (3, 2), strides=(2, 1), padding='same'), image, False
    yield 'conv2d-1x1', k.Conv2D(4, 1, activation='sigmoid'), image, False

    for name, Layer in [('maxPooling2d', k.MaxPooling2D), ('averagePooling2d', k.AveragePooling2D)]:
        for padding in ['valid', 'same']:
            yield f'{name}-{padding}', Layer(2, padding=padding), [(2, 6, 8, 3)], False
            yield f'{name}-{padding}-odd', Layer(2, padding=padding), [(2, 7, 9, 3)], False
            yield f'{name}-{padding}-pool3-strides1', Layer(3, strides=1, padding=padding), [(2, 5, 6, 2)], False
            yield f'{name}-{padding}-pool3-strides2', Layer(3, strides=2, padding=padding), [(2, 7, 8, 2)], False
            yield f'{name}-{padding}-pool2-strides3', Layer(2, strides=3, padding=padding), [(2, 8, 9, 2)], False
            yield f'{name}-{padding}-pool3x2-strides2x1', Layer(
                (3, 2), strides=(2, 1), padding=padding
            ), [(2, 7, 6, 2)], False
            negative = -1 - np.abs(normal(rng(name, padding), 2, 7, 7, 2))
            yield f'{name}-{padding}-negative', Layer(3, strides=2, padding=padding), [negative], False

    yield 'globalAveragePooling2d', k.GlobalAveragePooling2D(), [(2, 5, 6, 3)], False
    yield 'globalAveragePooling2d-keepdims', k.GlobalAveragePooling2D(keepdims=True), [(2, 5, 6, 3)], False

    for training in [True, False]:
        mode = 'training' if training else 'inference'
        yield f'batchNormalization-rank2-{mode}', k.BatchNormalization(), [(3, 5)], training
        yield f'batchNormalization-rank4-{mode}', k.BatchNormalization(), [(2, 5, 6, 3)], training
        yield f'batchNormalization-no-center-{mode}', k.BatchNormalization(center=False), [(3, 5)], training
        yield f'batchNormalization-no-scale-{mode}', k.BatchNormalization(scale=False), [(3, 5)], training
        yield f'batchNormalization-bare-{mode}', k.BatchNormalization(
            center=False, scale=False
        ), [(2, 5, 5, 2)], training
        yield f'batchNormalization-epsilon-momentum-{mode}', k.BatchNormalization(
            epsilon=0.05, momentum=0.7
        ), [(2, 5, 6, 3)], training
    yield 'batchNormalization-axis1-training', k.BatchNormalization(axis=1), [(3, 4, 5)], True
    frozen = k.BatchNormalization(trainable=False)
    yield 'batchNormalization-frozen-training', frozen, [(3, 5)], True

    yield 'concatenate-last', k.Concatenate(), [(3, 5), (3, 2)], False
    yield 'concatenate-axis1', k.Concatenate(axis=1), [(2, 3, 4), (2, 5, 4)], False
    yield 'concatenate-three', k.Concatenate(axis=-1), [(2, 5, 5, 1), (2, 5, 5, 3), (2, 5, 5, 2)], False
    yield 'concatenate-three-axis1', k.Concatenate(axis=1), [(3, 2), (3, 5), (3, 1)], False
    yield 'add-two', k.Add(), [(3, 5), (3, 5)], False
    yield 'add-three', k.Add(), [(2, 5, 6, 3)] * 3, False
    yield 'add-broadcast', k.Add(), [(2, 5, 6), (2, 1, 6)], False
    yield 'add-broadcast-rank', k.Add(), [(2, 5, 6), (2, 6)], False


def random_weight(random, variable):
    name = variable.name
    if name == 'moving_variance':
        return random.uniform(0.5, 1.5, variable.shape).astype('float32')
    offset = 1.0 if name == 'gamma' else 0.0
    return normal(random, *variable.shape, scale=0.4) + np.float32(offset)


def make_case(name, layer, inputs, training):
    random = rng('layers', name)
    layer.name = type(layer).__name__
    arrays = [item if isinstance(item, np.ndarray) else normal(random, *item) for item in inputs]
    many = isinstance(layer, (k.Concatenate, k.Add))
    symbolic = [keras.Input(array.shape[1:]) for array in arrays]
    shape = layer(symbolic if many else symbolic[0]).shape
    weights = [random_weight(random, variable) for variable in layer.weights]
    layer.set_weights(weights)
    states = [variable.value for variable in layer.non_trainable_variables]

    def call(trainable, values):
        keywords = {'training': training} if layer._call_has_training_arg else {}
        return layer.stateless_call(trainable, states, values if many else values[0], **keywords)

    trainable = [variable.value for variable in layer.trainable_variables]
    output, pull, after = jax.vjp(call, trainable, [jax.numpy.asarray(array) for array in arrays], has_aux=True)
    cotangent = normal(random, *output.shape)
    weight_gradients, input_gradients = pull(jax.numpy.asarray(cotangent))

    weights_after = None
    if isinstance(layer, k.BatchNormalization) and training:
        for variable, value in zip(layer.non_trainable_variables, after):
            variable.assign(value)
        weights_after = tensors(layer.get_weights())

    write('layers', name, {
        'class_name': type(layer).__name__,
        'config': config_of(layer),
        'inputs': tensors(arrays),
        'weights': tensors(weights),
        'weight_names': [variable.name for variable in layer.weights],
        'trainable': [bool(variable.trainable) for variable in layer.weights],
        'training': training,
        'output': tensor(output),
        'output_shape_symbolic': list(shape),
        'cotangent': tensor(cotangent),
        'gradients': {'inputs': tensors(input_gradients), 'weights': tensors(weight_gradients)},
        'weightsAfter': weights_after,
    })


def make():
    start('layers')
    count = 0
    for name, layer, inputs, training in cases():
        make_case(name, layer, inputs, training)
        count += 1
    return count
