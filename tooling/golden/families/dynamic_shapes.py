"""Files of models with unknown sizes: their symbolic shapes, what they predict at several sizes, one training step."""

import keras
from keras import layers as k
from keras import ops

from .common import normal, random_weights, rng, start, tensor, tensors, write
from .keras_files import bytes_of, encoded, packed

FAMILY = 'dynamicShapes'
ROWS = 2


def image(channels=3):
    return keras.Input((None, None, channels))


def series(features=3):
    return keras.Input((None, features))


def unet():
    x = image()
    skips, y = [], x
    for filters in (4, 6):
        y = k.Conv2D(filters, 3, padding='same', activation='relu')(y)
        skips.append(y)
        y = k.MaxPooling2D()(y)
    y = k.Conv2D(8, 3, padding='same')(y)
    for filters, skip in zip((6, 4), reversed(skips)):
        y = k.Conv2DTranspose(filters, 3, strides=2, padding='same')(y)
        y = k.Conv2D(filters, 3, padding='same')(k.Concatenate()([y, skip]))
    return keras.Model(x, k.Conv2D(2, 1)(y))


def fcn():
    x = image()
    y = k.Conv2D(4, 3, strides=2, padding='same', activation='relu')(x)
    y = k.BatchNormalization()(k.DepthwiseConv2D(3, strides=2, padding='same')(y))
    y = k.UpSampling2D(2)(k.SeparableConv2D(4, 3)(y))
    return keras.Model(x, k.Conv2D(2, 1)(y))


def pools():
    x = image(2)
    y = [k.MaxPooling2D(3, 2, padding='same')(x), k.AveragePooling2D(3, 2, padding='same')(x)]
    y = k.Concatenate()(y)
    y = k.AveragePooling2D(2, 1)(y)
    return keras.Model(x, k.Dense(2)(y))


def style():
    x = image()
    y = k.Conv2D(4, 9, padding='same')(x)
    y = k.GroupNormalization(2)(k.Conv2D(4, 3, strides=2, padding='same')(y))
    y = k.Add()([y, k.Conv2D(4, 3, padding='same')(y)])
    y = k.Conv2DTranspose(4, 3, strides=2, padding='same')(y)
    return keras.Model(x, k.Conv2DTranspose(3, 4, strides=3)(y))


def padded_and_cropped():
    x = image(2)
    y = k.ZeroPadding2D(((1, 2), (0, 3)))(x)
    y = k.Conv2D(3, 2, strides=3)(y)
    return keras.Model(x, k.Cropping2D(((0, 1), (1, 0)))(k.ZeroPadding2D(1)(y)))


def wavenet():
    x = series()
    y = k.Conv1D(4, 2, padding='causal')(x)
    for dilation in (1, 2, 4):
        gate = k.Multiply()([
            k.Conv1D(4, 2, padding='causal', dilation_rate=dilation, activation=name)(y) for name in ('tanh', 'sigmoid')
        ])
        y = k.Add()([y, k.Conv1D(4, 1)(gate)])
    return keras.Model(x, k.Conv1D(1, 1)(y))


def resnet():
    x = series()
    y = k.Conv1D(4, 3, strides=2, padding='same', activation='relu')(x)
    y = k.Add()([y, k.Conv1D(4, 1, strides=2)(x)])
    y = k.Add()([k.Conv1D(4, 5, padding='same')(y), y])
    return keras.Model(x, k.Dense(2)(k.GlobalAveragePooling1D()(y)))


def crnn():
    x = keras.Input((None, 8, 1))
    y = k.MaxPooling2D()(k.Conv2D(4, 3, padding='same', activation='relu')(x))
    y = k.Bidirectional(k.LSTM(3, return_sequences=True))(k.Reshape((-1, 16))(y))
    return keras.Model(x, k.Dense(2)(y))


def text():
    x = series(4)
    y = [k.GlobalMaxPooling1D()(k.Conv1D(3, size, activation='relu')(x)) for size in (2, 3, 4)]
    return keras.Model(x, k.Dense(2)(k.Concatenate()(y)))


def two_inputs():
    x, y = series(), series()
    both = k.Add()([k.Conv1D(4, 3, padding='same')(x), k.Dense(4)(y)])
    return keras.Model([x, y], k.Dense(2)(k.Concatenate()([both, x, y])))


def slices():
    x = series()
    y = k.Concatenate(axis=1)([x[:, 1:], x[:, :-2], x[:, ::2], x[:, -3:]])
    return keras.Model(x, k.Dense(2)(y))


def differences():
    x = series()
    y = x[:, 1:] - x[:, :-1]
    return keras.Model(x, k.GRU(3)(k.MaxPooling1D(2)(y)))


def upsampled():
    x = series()
    y = k.UpSampling1D(3)(k.Cropping1D((1, 2))(x))
    return keras.Model(x, k.TimeDistributed(k.Dense(2))(k.ZeroPadding1D(1)(y)))


def backwards():
    x = series()
    return keras.Model(x, k.Dense(2)(k.Concatenate(axis=1)([x[:, ::-2], x[:, :-4:-1], x[:, 2::-1], x[:, -4:-1]])))


def enlarged():
    x = image(2)
    y = k.UpSampling2D((2, 3), interpolation='bilinear')(x)
    return keras.Model(x, k.Conv2D(2, 1, strides=2, padding='same')(y))


def transposed():
    x = series()
    y = k.Conv1DTranspose(3, 3, strides=2, output_padding=1)(x)
    y = k.Conv1DTranspose(3, 2, strides=3, padding='same')(y)
    return keras.Model(x, k.Conv1DTranspose(2, 1, strides=2)(y))


def folded():
    x = series()
    return keras.Model(x, k.Dense(2)(k.Reshape((-1, 6))(x)))


def volume():
    x = keras.Input((None, None, 4, 1))
    y = k.MaxPooling3D((2, 2, 1))(k.Conv3D(2, 3, padding='same')(x))
    return keras.Model(x, k.Conv3DTranspose(1, 2, strides=2)(y))


CASES = {
    'unet': (unet, [(8, 8), (12, 16), (16, 4)]),
    'fcn': (fcn, [(16, 16), (23, 30), (17, 13)]),
    'pools': (pools, [(8, 9), (5, 6), (7, 7)]),
    'style': (style, [(6, 6), (7, 5), (4, 9)]),
    'paddedAndCropped': (padded_and_cropped, [(8, 8), (7, 12), (11, 9)]),
    'wavenet': (wavenet, [(9,), (20,), (3,)]),
    'resnet': (resnet, [(9,), (20,), (3,)]),
    'crnn': (crnn, [(10,), (17,), (6,)]),
    'text': (text, [(6,), (13,), (4,)]),
    'twoInputs': (two_inputs, [(6,), (13,), (4,)]),
    'slices': (slices, [(6,), (13,), (5,)]),
    'differences': (differences, [(6,), (13,), (5,)]),
    'upsampled': (upsampled, [(6,), (13,), (5,)]),
    'backwards': (backwards, [(6,), (13,), (2,)]),
    'enlarged': (enlarged, [(4, 3), (1, 6), (5, 2)]),
    'transposed': (transposed, [(4,), (7,), (1,)]),
    'folded': (folded, [(4,), (6,), (10,)]),
    'volume': (volume, [(4, 6), (5, 7), (8, 4)]),
}


def make():
    start(FAMILY)
    for name, (build, sizes) in CASES.items():
        keras.utils.clear_session()
        random = rng(FAMILY, name)
        model = build()
        model.set_weights(random_weights(random, model))
        model.compile(keras.optimizers.SGD(0.05), 'mse')
        file = packed(bytes_of(model))
        runs = []
        for size in sizes:
            inputs = []
            for given in model.inputs:
                open_sizes = iter(size)
                shape = [ROWS] + [next(open_sizes) if dim is None else dim for dim in given.shape[1:]]
                inputs.append(normal(random, *shape))
            runs.append((inputs, model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)))
        inputs, output = runs[0]
        target = normal(random, *output.shape)
        x = inputs if len(inputs) > 1 else inputs[0]
        loss = model.train_on_batch(x, target)
        write(FAMILY, name, {
            'file': encoded(file),
            'shape': list(model.output.shape),
            'runs': [{'inputs': tensors(given), 'output': tensor(answer)} for given, answer in runs],
            'target': tensor(target),
            'loss': float(loss),
            'outputAfter': tensor(model.predict(x, verbose=0)),
        })
    return len(CASES)
