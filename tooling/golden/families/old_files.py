"""Files of Keras 2: .h5 files and .keras files of tf-keras and TensorFlow 2.15. Run it by itself, with the Python of either: python families/old_files.py."""

import base64
import gzip
import io
import json
import os
import sys
import tempfile
import zlib

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import numpy as np

try:
    import tf_keras as keras

    VERSION = keras.__version__
except ImportError:
    import tensorflow as tf
    from tensorflow import keras

    VERSION = tf.__version__

k = keras.layers
ROWS = 4


def rng(*names):
    return np.random.default_rng(zlib.crc32('/'.join(names).encode()))


def tensor(value):
    array = np.asarray(value)
    kind = 'int32' if array.dtype.kind in 'iu' else 'float32'
    data = np.ascontiguousarray(array.astype('<i4' if kind == 'int32' else '<f4'))
    return {'shape': list(array.shape), 'dtype': kind, 'data': base64.b64encode(data.tobytes()).decode()}


def sequence():
    x = keras.Input((5, 3))
    y = k.LSTM(3, recurrent_activation='hard_sigmoid', return_sequences=True)(x)
    y = k.GRU(2, recurrent_activation='hard_sigmoid', reset_after=False)(y)
    return keras.Model(x, k.Dense(2, activation='hard_sigmoid')(k.Activation('hard_sigmoid')(y)))


def bidirectional():
    x = keras.Input((5,), dtype='int32')
    y = k.Bidirectional(k.LSTM(2, return_sequences=True))(k.Embedding(9, 4, mask_zero=True)(x))
    return keras.Model(x, k.TimeDistributed(k.Dense(2, activation='swish'))(y))


def image():
    x = keras.Input((8, 8, 3))
    y = k.SeparableConv2D(4, 3, activation='relu')(x)
    y = k.BatchNormalization()(k.DepthwiseConv2D(3, padding='same')(y))
    y = k.LeakyReLU(alpha=0.2)(k.Conv2DTranspose(2, 2, strides=2)(y))
    y = k.ReLU(6.0)(k.AveragePooling2D()(y))
    return keras.Model(x, k.Dense(2)(k.Flatten()(y)))


def line():
    return keras.Sequential([
        k.Conv1D(4, 2, activation='tanh', input_shape=(6, 2)), k.MaxPooling1D(2), k.Dropout(0.3), k.Flatten(),
        k.Dense(3, activation='softmax', kernel_regularizer='l2'),
    ])


def nested():
    inner = keras.Sequential([k.Dense(4, activation='tanh', input_shape=(3,)), k.Dense(2)], name='inner')
    x, y = keras.Input((3,), name='a'), keras.Input((3,), name='b')
    shared = k.Dense(3, name='shared')
    both = k.concatenate([inner(shared(x)), inner(shared(y))])
    z = keras.Input((4,))
    head = keras.Model(z, k.Dense(2)(k.multiply([z, z])), name='head')
    return keras.Model([x, y], [head(both), k.Dense(1)(both)])


CASES = {'sequence': sequence, 'bidirectional': bidirectional, 'image': image, 'line': line, 'nested': nested}


def bytes_of(model, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model' + suffix)
        model.save(path)
        with open(path, 'rb') as file:
            data = file.read()
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def make(version):
    made = {}
    for name, build in CASES.items():
        keras.backend.clear_session()
        random = rng('oldFiles', name)
        model = build()
        model.set_weights([
            random.uniform(0.5, 1.5, value.shape) if 'variance' in variable.name
            else random.standard_normal(value.shape) * 0.5
            for variable, value in zip(model.weights, model.get_weights())
        ])
        inputs = [
            random.integers(0, 9, (ROWS, *array.shape[1:])) if array.dtype == 'int32'
            else random.standard_normal((ROWS, *array.shape[1:])).astype('float32')
            for array in model.inputs
        ]
        outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
        model.compile('adam', 'mse')
        for suffix in ('.h5', '.keras'):
            made[f'{version}-{name}{suffix}'] = {
                'file': bytes_of(model, suffix),
                'inputs': [tensor(value) for value in inputs],
                'outputs': [tensor(value) for value in (outputs if isinstance(outputs, list) else [outputs])],
            }
    return made


def main():
    path = os.path.join(os.path.abspath(__file__).rsplit(os.sep, 4)[0], 'packages/golden/fixtures/oldFiles.json')
    known = json.load(open(path)) if os.path.exists(path) else {}
    version = f'keras-{VERSION}'
    kept = {name: case for name, case in known.items() if not name.startswith(version)}
    merged = {**kept, **make(version)}
    with open(path, 'w') as file:
        rows = [f'{json.dumps(name)}: {json.dumps(merged[name], separators=(",", ":"))}' for name in sorted(merged)]
        file.write('{\n' + ',\n'.join(rows) + '\n}\n')
    print(version, len(merged))


if __name__ == '__main__':
    sys.exit(main())
