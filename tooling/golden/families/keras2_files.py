"""Files of tf-keras: calls of functions of TensorFlow, names that changed their meaning, configs and weights apart. Run it by itself, with the Python of tf-keras."""

import base64
import gzip
import json
import os
import tempfile

os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'

import numpy as np
import tensorflow as tf
import tf_keras as keras

L = keras.layers
K = keras.backend
HERE = os.path.dirname(__file__)
TARGET = os.path.join(HERE, '../../../packages/golden/fixtures/keras2Files.json')


def encoded(data):
    return base64.b64encode(data).decode()


def tensor(value):
    value = np.asarray(value)
    kind = 'int32' if value.dtype.kind in 'iu' else 'float32'
    return {'shape': list(value.shape), 'dtype': kind, 'data': encoded(value.astype(kind).tobytes())}


def recurrent():
    """hard_sigmoid in all its places: gates, layers, the activation layer; names that Keras 3 spells otherwise."""
    x = L.Input((4, 3))
    h = L.LSTM(2, recurrent_activation='hard_sigmoid', return_sequences=True)(x)
    h = L.Bidirectional(L.GRU(2, recurrent_activation='hard_sigmoid', reset_after=False, return_sequences=True))(h)
    h = L.TimeDistributed(L.Dense(2, activation='hard_sigmoid'))(h)
    h = L.RNN(L.LSTMCell(2, activation='hard_sigmoid', recurrent_activation='hard_sigmoid'), return_sequences=True)(h)
    h = L.SimpleRNN(3, activation='swish')(h)
    return keras.Model(x, L.Activation('hard_sigmoid')(L.Dense(2)(h)))


def images():
    x = L.Input((8, 8, 3))
    h = L.DepthwiseConv2D(3, padding='same')(x)
    h = L.SeparableConv2D(4, 3, activation='hard_sigmoid')(h)
    h = L.BatchNormalization()(h)
    h = L.LeakyReLU(0.2)(h)
    h = L.Conv2DTranspose(2, 2, strides=2)(h)
    h = L.ReLU(max_value=2, negative_slope=0.1, threshold=0.05)(h)
    h = L.ThresholdedReLU(0.1)(h)
    h = L.UpSampling2D(2, interpolation='bilinear')(h)
    h = L.SpatialDropout2D(0.3)(h)
    h = L.LayerNormalization()(h)
    h = L.PReLU(shared_axes=[1, 2])(h)
    h = L.GlobalAveragePooling2D()(h)
    return keras.Model(x, L.Dense(2, activation='softmax', kernel_initializer='orthogonal')(h))


def nested():
    """Several layers of one class, inside of models too, and a model that is called twice."""
    a, b = L.Input((3,), name='a'), L.Input((3,), name='b')
    inner = keras.Sequential([L.Dense(3, input_shape=(3,), activation='relu'), L.Dense(2)], name='inner')
    u, v = inner(a), inner(b)
    z = L.Input((2,))
    head = keras.Model(z, L.Dense(2)(L.Dense(4, activation='tanh')(z)), name='head')
    return keras.Model([a, b], L.Add()([L.Dense(2, name='zz')(head(u)), L.Dense(2, name='aa')(v)]))


def attention():
    x, y = L.Input((4, 4)), L.Input((3, 4))
    h = L.MultiHeadAttention(2, 2)(x, y)
    h = L.MultiHeadAttention(2, 3)(h, value=y, key=y)
    return keras.Model([x, y], L.GlobalMaxPooling1D()(L.LayerNormalization()(L.Add()([x, h]))))


def arithmetic():
    x, y = L.Input((4, 3)), L.Input((4, 3))
    h = (1 - x / 127.5) * 2 + (-x) - x ** 2 + tf.abs(x - y) * tf.constant([1., 2., 3.])
    h = tf.concat([h, tf.maximum(x, 0.), tf.minimum(x, y), tf.square(y)], axis=-1)
    h = h + tf.reduce_mean(h, axis=1, keepdims=True) - tf.reduce_max(h, axis=[1, 2], keepdims=True)
    return keras.Model([x, y], tf.reshape(h, (-1, 48)))


def indices():
    x = L.Input((6, 4))
    h = tf.stack([x[:, 0], x[:, -1, :], tf.reduce_sum(x[:, 1:-1], 1), x[:, 2, ::-1]], axis=1)
    h = tf.squeeze(tf.expand_dims(h, 1), 1) + h[..., tf.newaxis, 0]
    h = tf.transpose(h, [0, 2, 1]) @ h
    h = tf.matmul(h, h, transpose_b=True) + tf.gather(x, [0, 5, 1, 2], axis=1)
    return keras.Model(x, tf.reshape(h, (tf.shape(h)[0], 16)))


def functions():
    x = L.Input((5, 4))
    h = tf.sqrt(tf.exp(tf.math.log(tf.square(x) + 1)))
    h = h + tf.where(x > 0, x, 0.5) + tf.clip_by_value(x, -1, 1) + tf.cast(x > 0.2, 'float32')
    h = h + tf.nn.relu(x) + tf.nn.softmax(x) + tf.nn.gelu(x) + tf.nn.leaky_relu(x) + tf.nn.elu(x) + tf.tanh(x)
    h = h + keras.activations.relu(x, max_value=6) + keras.activations.swish(x) + keras.activations.hard_sigmoid(x)
    h = h + tf.math.l2_normalize(x, axis=-1) + tf.norm(x, axis=-1, keepdims=True) + tf.math.squared_difference(h, x)
    h = h + K.mean(x, axis=1, keepdims=True) + K.sqrt(K.abs(x)) + tf.zeros_like(x) + tf.math.divide_no_nan(x, tf.nn.relu(x))
    return keras.Model(x, tf.math.add_n([tf.reduce_sum(h, 1), tf.math.cumsum(x, axis=1)[:, 2]]))


def caffe():
    """Images are prepared in the model, as three families of applications do."""
    x = L.Input((6, 6, 3))
    apps = keras.applications
    h = tf.concat([apps.resnet50.preprocess_input(x), apps.mobilenet_v2.preprocess_input(x)], -1)
    h = tf.concat([h, apps.densenet.preprocess_input(tf.image.flip_left_right(x))], -1)
    return keras.Model(x, L.Dense(2)(L.Flatten()(h)))


def values(shape):
    """As random as the fixtures need: the same everywhere."""
    size = int(np.prod(shape))
    return (np.sin(np.arange(1, size + 1) * 1.7) * 1.5).reshape(shape).astype('float32')


def set_weights(model):
    model.set_weights([
        np.abs(values(weight.shape)) + 0.5 if 'variance' in weight.name else values(weight.shape) * 0.6
        for weight in model.weights
    ])


def file_of(model, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model' + suffix)
        model.save(path)
        with open(path, 'rb') as file:
            return file.read()


def weights_of(model):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'weights.h5')
        model.save_weights(path, save_format='h5')
        with open(path, 'rb') as file:
            return file.read()


CASES = [recurrent, images, nested, attention, arithmetic, indices, functions, caffe]


def case(build):
    keras.backend.clear_session()
    model = build()
    set_weights(model)
    inputs = [values((2,) + tuple(tensor.shape[1:])) for tensor in model.inputs]
    outputs = model.predict(inputs, verbose=0)
    # Keras 2 does not write an index with an ellipsis there.
    native = None if build in (indices, caffe) else file_of(model, '.keras')
    return {
        'files': {
            **({'keras': encoded(gzip.compress(native, 9, mtime=0))} if native else {}),
            'h5': encoded(gzip.compress(file_of(model, '.h5'), 9, mtime=0)),
        },
        'json': model.to_json(),
        'weightsFile': encoded(gzip.compress(weights_of(model), 9, mtime=0)),
        'inputs': [tensor(value) for value in inputs],
        'outputs': [tensor(outputs)],
    }


if __name__ == '__main__':
    with open(TARGET, 'w') as file:
        lines = [f'{json.dumps(build.__name__)}: {json.dumps(case(build))}' for build in CASES]
        file.write('{\n' + ',\n'.join(lines) + '\n}\n')
    print(f'keras2Files: {len(CASES)} fixtures, {os.path.getsize(TARGET)} bytes')
