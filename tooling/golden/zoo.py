"""Makes files of well-known models in Keras, with random weights: python zoo.py FOLDER [NAME…]

NAME.keras is the file, NAME.json its inputs and what Keras predicts for them (at three sizes, and after a step of training,
for models with unknown sizes), and NAME.onnx, with KERAS_BACKEND=tensorflow, the file that Keras exports itself. They are large:
nothing of it is committed. Without names it makes all models but those of LARGE.
python zoo.py --list prints the names that it would make.
"""

import functools
import json
import os
import sys
from pathlib import Path

os.environ.setdefault('KERAS_BACKEND', 'jax')
os.environ['JAX_PLATFORMS'] = 'cpu'
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers, ops  # noqa: E402

from families import dynamic_shapes  # noqa: E402
from families.common import tensor  # noqa: E402


def images(count=2, side=64, scale=1.0):
    """Noise of falling brightness: models without normalization hardly tell noise from noise."""
    brightness = np.linspace(1.0, 0.3, count)[:, None, None, None]
    return lambda random: [(random.random((count, side, side, 3)) * scale * brightness).astype('float32')]


def words(*shapes, limit=100, least=0):
    return lambda random: [random.integers(least, limit, shape).astype('int32') for shape in shapes]


def features(*shapes):
    return lambda random: [random.standard_normal(shape).astype('float32') for shape in shapes]


# The smallest side that each family takes; 32 for all others.
SMALLEST = {'InceptionResNetV2': 75, 'InceptionV3': 75, 'Xception': 71}
# They rescale their inputs themselves, and expect bytes.
FROM_BYTES = ('ConvNeXt', 'EfficientNet', 'MobileNetV3')
APPLICATIONS = (
    'ConvNeXtTiny', 'ConvNeXtSmall', 'ConvNeXtBase', 'ConvNeXtLarge', 'ConvNeXtXLarge',
    'DenseNet121', 'DenseNet169', 'DenseNet201',
    'EfficientNetB0', 'EfficientNetB1', 'EfficientNetB2', 'EfficientNetB3',
    'EfficientNetB4', 'EfficientNetB5', 'EfficientNetB6', 'EfficientNetB7',
    'EfficientNetV2B0', 'EfficientNetV2B1', 'EfficientNetV2B2', 'EfficientNetV2B3',
    'EfficientNetV2S', 'EfficientNetV2M', 'EfficientNetV2L',
    'InceptionResNetV2', 'InceptionV3',
    'MobileNet', 'MobileNetV2', 'MobileNetV3Small', 'MobileNetV3Large',
    'NASNetMobile', 'NASNetLarge',
    'ResNet50', 'ResNet101', 'ResNet152', 'ResNet50V2', 'ResNet101V2', 'ResNet152V2',
    'VGG16', 'VGG19', 'Xception',
)  # fmt: skip
# 0.8 and 1.4 GB: made only when they are named.
LARGE = ('convnextlarge', 'convnextxlarge')


def application(name):
    """A model of keras.applications for images of the smallest side that it takes, with ten classes."""
    side = SMALLEST.get(name, 32)
    scale = 255.0 if name.startswith(FROM_BYTES) else 1.0
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), classes=10)
    return model, images(side=side, scale=scale)


def tagger():
    text = keras.Input((None,), dtype='int32', name='text')
    x = layers.Embedding(100, 24, mask_zero=True)(text)
    x = layers.Bidirectional(layers.LSTM(16, return_sequences=True))(x)
    return keras.Model(text, layers.TimeDistributed(layers.Dense(7, activation='softmax'))(x)), words((3, 9))


def seq2seq():
    """Two encoders that share an embedding."""
    left, right, target = (keras.Input((None,), dtype='int32', name=name) for name in ('left', 'right', 'target'))
    embedding = layers.Embedding(100, 16, mask_zero=True)
    _, first = layers.GRU(12, return_state=True)(embedding(left))
    _, second = layers.GRU(12, return_state=True, go_backwards=True)(embedding(right))
    state = layers.Dense(12, activation='tanh')(layers.Concatenate()([first, second]))
    x = layers.GRU(12, return_sequences=True)(embedding(target), initial_state=state)
    model = keras.Model([left, right, target], layers.Dense(100, activation='softmax')(x))
    return model, words((2, 6), (2, 8), (2, 5), least=1)


def transformer():
    text = keras.Input((20,), dtype='int32')
    x = layers.Embedding(100, 32)(text)
    for _ in range(2):
        attention = layers.MultiHeadAttention(4, 8, dropout=0.1)(x, x)
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, attention]))
        wide = layers.Dense(32)(layers.Dropout(0.1)(layers.Dense(64, activation='gelu')(x)))
        x = layers.LayerNormalization(epsilon=1e-6)(layers.Add()([x, wide]))
    return keras.Model(text, layers.Dense(3)(layers.GlobalAveragePooling1D()(x))), words((2, 20))


def unet():
    def conv(x, filters):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding='same', use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        return x

    image = keras.Input((32, 32, 3))
    skips, x = [], image
    for filters in (8, 16):
        x = conv(x, filters)
        skips.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.SpatialDropout2D(0.2)(conv(x, 32))
    for filters, skip in zip((16, 8), reversed(skips)):
        x = layers.Conv2DTranspose(filters, 3, strides=2, padding='same')(x)
        x = conv(layers.Concatenate()([x, skip]), filters)
    return keras.Model(image, layers.Conv2D(2, 1, activation='softmax')(x)), images(2, 32)


def siamese():
    reader = keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(8, 3, activation='relu'), layers.MaxPooling2D(), layers.Flatten(),
        layers.Dense(16),
    ])
    left, right = keras.Input((28, 28, 1)), keras.Input((28, 28, 1))
    distance = ops.sqrt(ops.sum(ops.square(reader(left) - reader(right)), axis=-1, keepdims=True) + 1e-6)
    answer = layers.Dense(1, activation='sigmoid')(distance)
    return keras.Model([left, right], answer), features((3, 28, 28, 1), (3, 28, 28, 1))


def raw_operations():
    x, y = keras.Input((6,)), keras.Input((6,))
    together = ops.concatenate([x * 2.0 - 1.0, ops.maximum(x, y)], axis=-1)
    gate = ops.sigmoid(ops.mean(together, axis=-1, keepdims=True))
    picked = ops.where(together > 0.0, together, gate * ops.exp(together))
    return keras.Model([x, y], [layers.Dense(4)(picked), ops.reshape(picked, (-1, 3, 4))[:, 1:]]), features((4, 6), (4, 6))


def nested():
    reader = keras.Sequential([keras.Input((5,)), layers.Dense(8, activation='relu'), layers.Dense(4)], name='reader')
    row = keras.Input((5,))
    frame = keras.Model(row, layers.Activation('tanh')(reader(row)), name='frame')
    frames = keras.Input((7, 5))
    x = layers.TimeDistributed(frame)(frames)
    return keras.Model(frames, layers.GlobalMaxPooling1D()(x)), features((3, 7, 5))


def sentences(model, sizes, random):
    """Sentences of each length, the last of them padded with zeros."""
    for (length,) in sizes:
        rows = random.integers(1, 100, (3, length)).astype('int32')
        rows[-1, length // 2 :] = 0
        yield [rows]


def arrays(model, sizes, random):
    """Numbers for all inputs, whose unknown sizes are the given ones."""
    for size in sizes:
        inputs = []
        for given in model.inputs:
            unknown = iter(size)
            shape = [2] + [next(unknown) if dim is None else dim for dim in given.shape[1:]]
            inputs.append(random.standard_normal(shape).astype('float32'))
        yield inputs


# Models with unknown sizes: what builds them, three sizes, what draws their inputs.
UNKNOWN_SIZES = {
    **{
        f'open{name[0].upper()}{name[1:]}': (*dynamic_shapes.CASES[name], arrays)
        for name in (
            'unet', 'fcn', 'crnn', 'wavenet', 'resnet', 'style', 'text', 'twoInputs', 'upsampled', 'slices',
        )
    },
    'openTagger': (lambda: tagger()[0], [(9,), (14,), (3,)], sentences),
}  # fmt: skip

ZOO = {
    **{name.lower(): functools.partial(application, name) for name in APPLICATIONS},
    'tagger': tagger,
    'seq2seq': seq2seq,
    'transformer': transformer,
    'unet': unet,
    'siamese': siamese,
    'rawOperations': raw_operations,
    'nested': nested,
}


def shake(model, random, draw=None):
    """Assigns weights that are not those of a fresh layer, under which the predictions depend on the inputs."""
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, layers.BatchNormalization)]
    for variable in model.weights:
        if variable.name == 'gamma':
            variable.assign(random.uniform(0.7, 1.3, variable.shape))
        if variable.name in ('beta', 'bias'):
            variable.assign(random.standard_normal(variable.shape) * 0.1)
        # What relu takes away is made up for, as in He et al. (2015).
        if variable.name == 'kernel' and not norms:
            variable.assign(variable * 2**0.5)
    for layer in model.layers:
        # It starts at 1e-6: what it scales would not be seen in the predictions.
        if type(layer).__name__ == 'LayerScale':
            layer.gamma.assign(random.uniform(0.05, 0.3, layer.gamma.shape))
    if norms and draw is not None:
        calibrate(model, norms, draw)


def calibrate(model, norms, draw):
    """Gives batch normalizations the statistics of random inputs. With mean 0 and variance 1 each layer of a deep model would
    shrink what comes in, until all inputs have one prediction; statistics that are off would add up from layer to layer."""
    momenta = [layer.momentum for layer in norms]
    for layer in norms:
        layer.momentum = 0.0
    # Many draws: where the variance of a few samples happens to be small, a normalization would magnify rounding.
    random = np.random.default_rng(2)
    drawn = [np.concatenate(arrays) for arrays in zip(*(draw(random) for _ in range(12)))]
    model(drawn if len(drawn) > 1 else drawn[0], training=True)
    for layer, momentum in zip(norms, momenta):
        layer.momentum = momentum


def added(layer):
    """Whether what the layer gives is added to something else: the end of a residual branch."""
    consumers = [node.operation for node in layer._outbound_nodes]
    return any(isinstance(to, layers.Add) or (isinstance(to, layers.Dropout) and added(to)) for to in consumers)


def settle(model, inputs, draw):
    """Makes residual branches (without them, all batch normalizations) give less until a change of the inputs by 0.1 % changes the
    predictions by 2 % at most: deep models with random weights may be chaotic, and tell the rounding of one library from that of
    another."""
    norms = [layer for layer in model._flatten_layers() if isinstance(layer, layers.BatchNormalization)]
    gammas = [layer.gamma for layer in [norm for norm in norms if added(norm)] or norms if layer.gamma is not None]
    for _ in range(80):
        before = predicted(model, inputs)
        after = predicted(model, [array * np.float32(1.001) for array in inputs])
        change = max(np.abs(b - a).max() / np.abs(b).max() for b, a in zip(before, after))
        if change <= 0.02:
            return
        for gamma in gammas:
            # The way from chaos to one prediction for all inputs is short.
            gamma.assign(gamma * (0.8 if change > 0.5 else 0.97))
        if norms:
            calibrate(model, norms, draw)
    sys.exit(f'{model.name}: the predictions stay chaotic.')


def expect_dependent(name, outputs):
    """Predictions that are alike for all samples would hide what goes wrong before the last layers."""
    for array in outputs:
        spread = np.abs(array - array[:1]).max() / np.abs(array).max()
        if len(array) > 1 and not spread > 1e-2:
            sys.exit(f'{name}: the predictions of the samples differ by {spread:.0e} of the largest one, which is too little to compare.')


def soften(model, inputs):
    """Halves the last kernel until no probability is near 1: where all are near 0 or 1, predictions agree whatever the layers
    before compute."""
    if getattr(model.layers[-1], 'activation', None) is not keras.activations.softmax:
        return
    last = next(layer for layer in reversed(model.layers) if hasattr(layer, 'kernel'))
    while predicted(model, inputs)[0].max() > 0.9:
        last.kernel.assign(last.kernel * 0.5)


def default_names():
    return [*(name for name in ZOO if name not in LARGE), *UNKNOWN_SIZES]


def predicted(model, inputs):
    return keras.tree.flatten(model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0))


def make_open(folder, name, random):
    """The file of a model with unknown sizes, what Keras predicts at three of them, and one step of training."""
    build, sizes, draw = UNKNOWN_SIZES[name]
    model = build()
    shake(model, random)
    model.compile(keras.optimizers.SGD(0.05), 'mse')
    model.save(folder / f'{name}.keras')
    runs = [(inputs, predicted(model, inputs)) for inputs in draw(model, sizes, random)]
    expect_dependent(name, runs[0][1])
    inputs, (output,) = runs[0]
    target = random.standard_normal(output.shape).astype('float32')
    loss = model.train_on_batch(inputs if len(inputs) > 1 else inputs[0], target)
    report = {
        'runs': [{'inputs': [tensor(x) for x in given], 'outputs': [tensor(y) for y in found]} for given, found in runs],
        'step': {
            'target': tensor(target),
            'loss': float(loss),
            'outputs': [tensor(array) for array in predicted(model, inputs)],
        },
    }
    (folder / f'{name}.json').write_text(json.dumps(report))
    print(name, model.count_params(), flush=True)


def main(folder, names):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or default_names():
        keras.utils.clear_session()
        keras.utils.set_random_seed(1)
        random = np.random.default_rng(1)
        if name in UNKNOWN_SIZES:
            make_open(folder, name, random)
            continue
        model, draw = ZOO[name]()
        shake(model, random, draw)
        inputs = draw(random)
        soften(model, inputs)
        if all(array.dtype == np.float32 for array in inputs):
            settle(model, inputs, draw)
        outputs = predicted(model, inputs)
        expect_dependent(name, outputs)
        model.save(folder / f'{name}.keras')
        report = {
            'runs': [{'inputs': [tensor(array) for array in inputs], 'outputs': [tensor(array) for array in outputs]}]
        }
        if keras.backend.backend() == 'tensorflow':
            model.export(folder / f'{name}.onnx', format='onnx', verbose=False)
        (folder / f'{name}.json').write_text(json.dumps(report))
        print(name, model.count_params(), flush=True)


if __name__ == '__main__':
    if sys.argv[1:] == ['--list']:
        print('\n'.join(default_names()))
    else:
        main(sys.argv[1], sys.argv[2:])
