"""Files: models that Keras saves after a step of training, what they answer, and what further training makes of them."""

import base64
import io
import os
import tempfile
import zipfile

import keras
import numpy as np
from keras import layers as k
from keras import ops

from .common import normal, random_weights, rng, start, tensor, tensors, write

BATCH = 4
ROWS = 8
# A larger file is packed: the format allows it, and HDF5 is mostly zeros.
STORED = 40_000


@keras.saving.register_keras_serializable('test')
class Scale(k.Layer):
    """y = x · factor"""

    def build(self, shape):
        self.factor = self.add_weight(name='factor', shape=(shape[-1],), initializer='ones')

    def call(self, x):
        return x * self.factor


def words(random, *shape, high=9):
    return random.integers(0, high, shape).astype('int32')


def dense_sequential(random):
    model = keras.Sequential([keras.Input((5,)), k.Dense(4, activation='relu'), k.Dense(2)], name='line')
    model.compile('adam', 'mse', metrics=['mae'])
    return model, [normal(random, ROWS, 5)], [normal(random, ROWS, 2)]


def shared_layers(random):
    a, b = keras.Input((4,), name='a'), keras.Input((4,), name='b')
    shared, head = k.Dense(4, activation='tanh', name='shared'), k.Dense(1, name='head')
    ones = shared(a)
    twos = shared(shared(b))
    _unused = shared(twos)
    joined = k.Concatenate()([ones, twos, k.Add()([ones, twos])])
    model = keras.Model([a, b], [head(joined), k.Dense(3, activation='softmax', name='kind')(twos)], name='shares')
    model.compile(
        keras.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        loss=['mse', keras.losses.SparseCategoricalCrossentropy()],
        loss_weights=[0.5, 2.0],
        metrics=[['mae'], [keras.metrics.SparseCategoricalAccuracy(name='hits')]],
    )
    x = [normal(random, ROWS, 4), normal(random, ROWS, 4)]
    return model, x, [normal(random, ROWS, 1), words(random, ROWS, high=3)]


def nested(random):
    frame = keras.Sequential([keras.Input((4, 4, 1)), k.Conv2D(2, 3), k.Flatten(), k.Dense(3)], name='frame')
    image = keras.Input((4, 4, 1))
    eye = keras.Model(image, k.Dense(2, activation='relu')(frame(image)), name='eye')
    film = keras.Input((3, 4, 4, 1), name='film')
    steps = k.TimeDistributed(eye)(film)
    left, right = keras.Input((2,)), keras.Input((2,))
    pair = keras.Model([left, right], k.Subtract()([left, right]), name='pair')
    first, last = steps[:, 0], steps[:, 2]
    model = keras.Model(film, {'ahead': pair([first, last]), 'back': pair([last, first])}, name='films')
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True), {'ahead': 'mse', 'back': 'mae'})
    y = {'ahead': normal(random, ROWS, 2), 'back': normal(random, ROWS, 2)}
    return model, [normal(random, ROWS, 3, 4, 4, 1)], y


def tagger(random):
    text = keras.Input((5,), dtype='int32', name='text')
    x = k.Embedding(9, 4, mask_zero=True)(text)
    x = k.Bidirectional(k.LSTM(3, return_sequences=True))(x)
    x = k.TimeDistributed(k.Dense(4))(x)
    tags = k.Dense(3, activation='softmax', name='tags')(k.LayerNormalization()(x))
    model = keras.Model(text, tags, name='tagger')
    model.compile('adam', 'sparse_categorical_crossentropy')
    return model, [words(random, ROWS, 5)], [words(random, ROWS, 5, high=3)]


def seq2seq(random):
    source, target = keras.Input((5,), dtype='int32', name='source'), keras.Input((4,), dtype='int32', name='target')
    embed = k.Embedding(9, 4, name='embed')
    _, forward = k.GRU(3, return_state=True, name='encoder')(embed(source))
    backward = k.GRU(3, go_backwards=True, name='encoder_back')(embed(source))
    state = k.Average()([forward, backward])
    decoded = k.GRU(3, return_sequences=True, name='decoder')(embed(target), initial_state=state)
    model = keras.Model([source, target], k.Dense(9)(decoded), name='translator')
    model.compile('rmsprop', keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model, [words(random, ROWS, 5), words(random, ROWS, 4)], [words(random, ROWS, 4)]


def transformer(random):
    text = keras.Input((5,), dtype='int32', name='text')
    memory = keras.Input((3, 6), name='memory')
    seen = keras.Input((5, 3), dtype='bool', name='seen')
    x = k.Embedding(9, 8, mask_zero=True)(text)
    own = k.MultiHeadAttention(2, 4, name='own')(x, x, use_causal_mask=True)
    x = k.LayerNormalization(epsilon=1e-6)(x + own)
    other = k.MultiHeadAttention(2, 3, name='other')(query=x, value=memory, attention_mask=seen)
    x = k.LayerNormalization(epsilon=1e-6)(k.Add()([x, other]))
    keyed = k.MultiHeadAttention(1, 3, output_shape=8, use_bias=False, dropout=0.0, name='keyed')(x, memory, memory * 2.0)
    inner = k.Dense(8)(k.Dense(16, activation='gelu')(x + keyed))
    x = k.LayerNormalization(epsilon=1e-6)(x + inner)
    model = keras.Model([text, memory, seen], k.Dense(2)(k.GlobalAveragePooling1D()(x)), name='transformer')
    model.compile('adam', 'mse')
    text_data = words(random, ROWS, 5)
    text_data[:, 0] = 3
    x_data = [text_data, normal(random, ROWS, 3, 6), random.integers(0, 2, (ROWS, 5, 3)).astype(bool)]
    x_data[2][:, :, 0] = True
    return model, x_data, [normal(random, ROWS, 2)]


def unet(random):
    image = keras.Input((8, 8, 1), name='image')
    down = k.Conv2D(4, 3, padding='same', activation='relu')(image)
    low = k.Conv2D(4, 3, padding='same')(k.MaxPooling2D()(down))
    low = k.LeakyReLU(negative_slope=0.1)(k.BatchNormalization()(low))
    lowest = k.SeparableConv2D(4, 3, padding='same')(k.AveragePooling2D(2)(low))
    up = k.Conv2DTranspose(4, 3, strides=2, padding='same', activation='elu')(lowest)
    up = k.Concatenate()([up, low])
    up = k.Conv2DTranspose(4, 2, strides=2)(k.PReLU(shared_axes=[1, 2])(up))
    far = k.UpSampling2D(4, interpolation='bilinear')(lowest)
    wide = k.Cropping2D(1)(k.ZeroPadding2D(1)(far))
    mask = k.Conv2D(2, 1)(k.Concatenate()([up, down, wide]))
    model = keras.Model(image, k.Softmax()(mask), name='unet')
    model.compile('adam', 'categorical_crossentropy')
    kinds = np.eye(2, dtype='float32')[words(random, ROWS, 8, 8, high=2)]
    return model, [normal(random, ROWS, 8, 8, 1)], [kinds]


def inverted_residual(random):
    image = keras.Input((9, 9, 3), name='image')
    x = k.Rescaling([0.5, 2.0, 1.0], offset=-0.1)(image)
    x = k.Normalization(axis=-1)(x)
    x = k.ZeroPadding2D(((0, 1), (0, 1)))(x)
    x = k.Conv2D(6, 3, strides=2, use_bias=False)(x)
    x = start_of = k.ReLU(6.0)(k.BatchNormalization(momentum=0.9)(x))
    x = k.DepthwiseConv2D(3, padding='same', use_bias=False)(x)
    x = k.Activation('silu')(k.BatchNormalization(momentum=0.9)(x))
    squeezed = k.Reshape((1, 1, 6))(k.GlobalAveragePooling2D()(x))
    excited = k.Conv2D(6, 1, activation='sigmoid')(k.Conv2D(2, 1, activation='silu')(squeezed))
    x = k.Multiply()([x, excited])
    x = k.Add()([start_of, k.Conv2D(6, 1)(x)])
    model = keras.Model(image, k.Dense(3)(k.Dropout(0.0)(k.GlobalAveragePooling2D()(x))), name='block')
    model.compile(keras.optimizers.Adam(0.01, amsgrad=True, clipnorm=1.0), 'mse')
    return model, [normal(random, ROWS, 9, 9, 3)], [normal(random, ROWS, 3)]


def siamese(random):
    image = keras.Input((5, 5, 1))
    x = k.Flatten()(k.Conv2D(3, 3, activation='relu')(image))
    vision = keras.Model(image, k.UnitNormalization()(k.Dense(4)(x)), name='vision')
    left, right = keras.Input((5, 5, 1), name='left'), keras.Input((5, 5, 1), name='right')
    distance = ops.sqrt(ops.sum(ops.square(vision(left) - vision(right)), axis=1, keepdims=True) + 1e-6)
    model = keras.Model({'left': left, 'right': right}, k.Dense(1, activation='sigmoid')(distance), name='siamese')
    model.compile('sgd', 'binary_crossentropy', metrics=['accuracy'])
    x = [normal(random, ROWS, 5, 5, 1), normal(random, ROWS, 5, 5, 1)]
    return model, x, [words(random, ROWS, 1, high=2).astype('float32')]


def raw_operations(random):
    x = keras.Input((4, 3), name='x')
    y = ops.concatenate([x[:, 1:3], ops.flip(x[..., :2, :], axis=1)], axis=1)
    y = ops.where(y > 0.0, y * 2.0 + 1.0, ops.tanh(-y))
    y = y + np.arange(3, dtype='float32')
    y = ops.matmul(y, ops.transpose(x, (0, 2, 1)))
    y = ops.reshape(ops.maximum(y, 1.0 - y), (-1, 16))
    model = keras.Model(x, k.Dense(2)(y), name='operations')
    model.compile('sgd', 'mse')
    return model, [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 2)]


def custom_layer(random):
    x = keras.Input((3,))
    model = keras.Model(x, k.Dense(2)(Scale(name='mine')(x)), name='custom')
    model.compile('sgd', 'mse')
    return model, [normal(random, ROWS, 3)], [normal(random, ROWS, 2)]


def stacked_cells(random):
    x = keras.Input((4, 3))
    y = k.RNN([k.GRUCell(3), k.LSTMCell(2)], return_sequences=True)(k.Masking()(x))
    y = k.Bidirectional(k.SimpleRNN(2), merge_mode='sum')(y)
    model = keras.Model(x, k.GroupNormalization(1)(k.EinsumDense('ab,bc->ac', 4, bias_axes='c')(y)), name='cells')
    model.compile('adam', 'mse')
    data = normal(random, ROWS, 4, 3)
    data[:3, 2:] = 0
    return model, [data], [normal(random, ROWS, 4)]


CASES = {
    'sequential': dense_sequential,
    'sharedLayers': shared_layers,
    'nested': nested,
    'tagger': tagger,
    'seq2seq': seq2seq,
    'transformer': transformer,
    'unet': unet,
    'invertedResidual': inverted_residual,
    'siamese': siamese,
    'operations': raw_operations,
    'customLayer': custom_layer,
    'stackedCells': stacked_cells,
}


def packed(data):
    """The same members, deflated."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, 'w', zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            # A date of its own: a second run writes the same bytes.
            target.writestr(
                zipfile.ZipInfo(member.filename, (2000, 1, 1, 0, 0, 0)),
                source.read(member),
                zipfile.ZIP_DEFLATED,
                9,
            )
    return made.getvalue()


def bytes_of(model, suffix='.keras'):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'model' + suffix)
        model.save(path)
        with open(path, 'rb') as file:
            return file.read()


def encoded(data):
    return base64.b64encode(data).decode()


def feed(values):
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def one_epoch(model, x, y):
    history = model.fit(x, y, batch_size=BATCH, epochs=1, shuffle=False, verbose=0).history
    return {key: float(values[0]) for key, values in history.items()}


def evaluated(model, x, y):
    return {key: float(value) for key, value in model.evaluate(x, y, BATCH, verbose=0, return_dict=True).items()}


def set_weights(model, random):
    drawn = random_weights(random, model)
    model.set_weights([
        random.uniform(0.5, 2.0, variable.shape) if variable.name == 'variance'
        else np.float32(0) if variable.name == 'count'
        else value
        for variable, value in zip(model.weights, drawn)
    ])
    for layer in model.layers:
        if isinstance(layer, k.Normalization):
            layer.finalize_state()


def make_case(name, build, family='kerasFiles', evaluates=False):
    keras.utils.clear_session()
    random = rng(family, name)
    model, x, y = build(random)
    set_weights(model, random)
    names = getattr(model, '_inputs_struct', None)
    values = dict(zip(names, x)) if isinstance(names, dict) else feed(x)
    one_epoch(model, values, feed(y))
    data = bytes_of(model)
    outputs = model.predict(values, batch_size=BATCH, verbose=0)
    history = one_epoch(model, values, feed(y))
    write(family, name, {
        'file': encoded(data if len(data) <= STORED and name == 'sequential' else packed(data)),
        'inputs': tensors(x),
        'targets': {key: tensor(value) for key, value in y.items()} if isinstance(y, dict) else tensors(y),
        'outputs': tensors(keras.tree.flatten(outputs)),
        'weightPaths': [variable.path for variable in model.weights],
        'batchSize': BATCH,
        # After another epoch, unshuffled.
        'history': history,
        'weightsAfter': tensors(model.get_weights()),
        'outputsAfter': tensors(keras.tree.flatten(model.predict(values, batch_size=BATCH, verbose=0))),
        **({'evaluated': evaluated(model, values, feed(y))} if evaluates else {}),
    })


def make():
    start('kerasFiles')
    for name, build in CASES.items():
        make_case(name, build)
    return len(CASES)
