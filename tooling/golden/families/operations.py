"""Operations on symbolic tensors: functional models of raw ops, their answers and slopes."""

import jax
import keras
import numpy as np
from keras import layers as k
from keras import ops

from .common import normal, plain, random_weights, rng, start, tensor, tensors, write

BATCH, STEPS, FEATURES, WORDS = 3, 4, 5, 9


def real(*shape, name=None):
    return keras.Input(shape, name=name)


def positive(*shape):
    return keras.Input(shape, name='positive')


def whole(*shape, name='whole'):
    return keras.Input(shape, dtype='int32', name=name)


def arithmetic():
    x, y, p = real(FEATURES, name='x'), real(FEATURES, name='y'), positive(FEATURES)
    return [x, y, p], [
        (x + y) * 2, 1 - x, 2 * y - x / 2, -x, abs(x), x ** 2, p ** y, 2.0 / p, ops.divide(x, p), ops.power(p, 0.5),
        ops.maximum(x, y), ops.minimum(x, 0), ops.add(x, np.arange(FEATURES, dtype='float32')), ops.subtract(x, y) * y,
    ]


def broadcasting():
    x, y, z = real(STEPS, FEATURES, name='x'), real(FEATURES, name='y'), real(STEPS, 1, name='z')
    row = ops.expand_dims(y, 1)
    return [x, y, z], [x + row, x * z, row * z, ops.maximum(z, row), x - np.float32([[1], [2], [3], [4]])]


def dtypes():
    i, x, flag = whole(FEATURES), real(FEATURES, name='x'), keras.Input((FEATURES,), dtype='bool', name='flag')
    return [i, x, flag], [
        i + 1, i * 2.5, i / 2, i - x, i * i, -i, abs(i), ops.square(i), ops.maximum(i, 0), ops.exp(i), flag * x, flag + i,
        ops.mean(i, axis=1), ops.sum(i, axis=1), ops.max(i, axis=1), ops.sum(flag, axis=-1), ops.cast(x, 'int32'),
        ops.cast(i, 'bool'), ops.cast(flag, 'float32') * x, ops.where(flag, i, x), ops.where(flag, 1.5, i), i > x, ops.equal(flag, i),
        ops.concatenate([i, x], axis=1),
    ]


def functions():
    x, p = real(FEATURES, name='x'), positive(FEATURES)
    of_any = ['negative', 'abs', 'square', 'sign', 'exp', 'expm1', 'sin', 'cos', 'tanh', 'erf', 'floor', 'ceil']
    of_positive = ['sqrt', 'rsqrt', 'reciprocal', 'log', 'log1p']
    return [x, p], [getattr(ops, name)(x) for name in of_any] + [getattr(ops, name)(p) for name in of_positive]


def activations():
    x = real(STEPS, FEATURES, name='x')
    names = [
        'sigmoid', 'relu', 'relu6', 'softplus', 'softsign', 'silu', 'selu', 'hard_sigmoid', 'elu', 'leaky_relu', 'gelu',
        'softmax', 'log_softmax',
    ]
    return [x], [getattr(ops, name)(x) for name in names] + [
        ops.elu(x, alpha=0.5), ops.leaky_relu(x, negative_slope=0.3), ops.gelu(x, approximate=False), ops.softmax(x, axis=1),
        ops.log_softmax(x, axis=1),
    ]


def comparisons():
    x, y = whole(FEATURES, name='x'), whole(FEATURES, name='y')
    return [x, y], [
        ops.equal(x, y), x != y, x < y, x <= y, x > y, x >= 1, ops.equal(x, 0), ops.logical_and(x > 0, y > 0),
        (x > 0) | (y > 0), ~(x > 0), ops.logical_not(x), ops.logical_or(x, y),
    ]


def choices():
    x, y = real(FEATURES, name='x'), real(FEATURES, name='y')
    return [x, y], [
        ops.where(x > y, x, y * 2), ops.where(x > 0, x, 0.0), ops.where(x > 0, 1.0, y), ops.clip(x, -0.5, 0.7),
        ops.cast(x > 0, 'float32') * y, ops.stop_gradient(x) * y, ops.zeros_like(x) + y, ops.ones_like(x) * y,
    ]


def reductions():
    x = real(STEPS, FEATURES, name='x')
    outputs = []
    for name in ['sum', 'mean', 'max', 'min', 'var', 'std']:
        op = getattr(ops, name)
        outputs += [op(x, axis=1), op(x, axis=-1, keepdims=True), op(x, axis=(1, 2))]
    for name in ['argmax', 'argmin']:
        op = getattr(ops, name)
        outputs += [op(x, axis=-1), op(x, axis=1, keepdims=True)]
    return [x], outputs + [ops.any(x > 1, axis=1), ops.all(x > -1, axis=-1, keepdims=True), ops.sum(x), ops.mean(x)]


def accumulations():
    x, i = real(STEPS, FEATURES, name='x'), whole(FEATURES, name='i')
    return [x, i], [
        ops.prod(x, axis=1), ops.prod(x, axis=-1, keepdims=True), ops.prod(x, axis=(1, 2)), ops.prod(i, axis=1),
        ops.prod(i, axis=-1, dtype='float32'), ops.cumsum(x, axis=1), ops.cumsum(x, axis=-1), ops.cumsum(i, axis=1),
        ops.cumsum(i, axis=1, dtype='float32') * 0.5,
    ]


def shapes():
    x = real(STEPS, FEATURES, name='x')
    one = ops.expand_dims(x, 1)
    return [x], [
        ops.reshape(x, (-1, STEPS * FEATURES)), ops.reshape(x, (-1, FEATURES, STEPS)), ops.reshape(x, (-1, FEATURES)),
        ops.transpose(x, (0, 2, 1)), ops.transpose(x), ops.swapaxes(x, 1, -1), ops.expand_dims(x, -1),
        ops.expand_dims(x, (1, -1)), ops.squeeze(one, 1), ops.squeeze(one), ops.flip(x, 1), ops.flip(x, (1, 2)),
    ]


def joins():
    x, y = real(STEPS, FEATURES, name='x'), real(STEPS, FEATURES, name='y')
    turned = ops.transpose(y, (0, 2, 1))
    kernel = normal(rng('operations', 'kernel'), FEATURES, 2)
    heads = ops.expand_dims(x, 1)
    return [x, y], [
        ops.concatenate([x, y], axis=1), ops.concatenate([x, y], axis=-1), ops.stack([x, y], axis=1),
        ops.stack([x, y], axis=-1), x @ turned, ops.matmul(x, kernel), ops.matmul(x, kernel[:, 0]),
        ops.matmul(heads, ops.stack([turned, turned * 2], axis=1)), ops.matmul(kernel.T, ops.transpose(x, (0, 2, 1))),
    ]


def slices():
    x = real(STEPS, FEATURES, name='x')
    return [x], [
        x[:, 1:3], x[:, 0], x[:, -1], x[..., 0], x[:, :, -2:], x[:, ::2], x[:, ::-1], x[:, 3:0:-2], x[:, :-1, 1:],
        x[:, None], x[:, 1:10, 2], x[..., None, :], x[:, :, 1:4:2],
    ]


def takes():
    x, i = real(STEPS, FEATURES, name='x'), whole(2, name='numbers')
    return [x, i], [
        ops.take(x, [0, 2], axis=1), ops.take(x, [-1, 0, -1], axis=-1), ops.take(x, 1, axis=1), ops.take(x, -2, axis=2),
        ops.take(x, i, axis=1), ops.take(x, i, axis=-1), ops.take(np.arange(8, dtype='float32').reshape(4, 2), i, axis=0),
    ]


def open_length():
    x = real(None, FEATURES, name='x')
    return [x], [
        x[:, 0], x[:, -1], x[:, -2], x[:, :2], x[:, -2:], x[:, ::-1], x[..., 1], ops.sum(x, axis=1), ops.mean(x, axis=1),
        ops.softmax(x, axis=1), ops.take(x, [0, -1], axis=1), ops.expand_dims(x, 2), ops.argmax(x, axis=1), x * 2 - x,
        ops.matmul(x, ops.transpose(x, (0, 2, 1))),
    ]


def distance():
    left, right = real(FEATURES, name='left'), real(FEATURES, name='right')
    encoder = k.Dense(3, activation='tanh', name='encoder')
    apart = ops.sqrt(ops.sum(ops.square(encoder(left) - encoder(right)), axis=-1, keepdims=True))
    return [left, right], [k.Dense(1, activation='sigmoid', name='same')(apart)]


def attention():
    x = real(STEPS, FEATURES, name='x')
    query, key, value = (k.Dense(FEATURES, use_bias=False, name=name)(x) for name in ['query', 'key', 'value'])
    scores = ops.softmax(ops.matmul(query, ops.transpose(key, (0, 2, 1))) / FEATURES ** 0.5)
    return [x], [k.Dense(2, name='answer')((ops.matmul(scores, value) + x)[:, 0])]


def masked_embedding():
    words = whole(STEPS, name='words')
    return [words], [k.LSTM(3, name='memory')(k.Embedding(WORDS, FEATURES, mask_zero=True, name='embedding')(words))]


def masked_sequence():
    x = real(STEPS, FEATURES, name='x')
    y = k.Bidirectional(k.GRU(2, return_sequences=True), name='both')(k.Masking(name='masking')(x))
    y = k.TimeDistributed(k.Dense(3, activation='relu'), name='each')(y)
    return [x], [k.GlobalAveragePooling1D(name='average')(y)]


def masked_concatenate():
    words, x = whole(STEPS, name='words'), real(STEPS, 2, name='x')
    embedded = k.Embedding(WORDS, 3, mask_zero=True, name='embedding')(words)
    both = k.Concatenate(name='joined')([embedded, k.Masking(name='masking')(x)])
    return [words, x], [k.SimpleRNN(3, name='memory')(both)]


def mask_lost():
    x = real(STEPS, FEATURES, name='x')
    return [x], [k.LSTM(3, name='memory')(k.Masking(name='masking')(x) * 2)]


def explicit_mask():
    x, flag = real(STEPS, FEATURES, name='x'), keras.Input((STEPS,), dtype='bool', name='flag')
    counts = ops.any(x > 0, axis=-1)
    return [x, flag], [
        k.LSTM(3, return_sequences=True, name='first')(x, mask=flag),
        k.GRU(3, name='second')(x, mask=counts),
        k.GlobalAveragePooling1D(name='average')(x, mask=ops.logical_and(flag, counts)),
        k.SimpleRNN(2, name='third')(x, mask=ops.not_equal(ops.sum(x, axis=-1), 0)),
    ]


def dropped():
    x = real(STEPS, FEATURES, name='x')
    y = k.LSTM(4, dropout=0.3, name='memory')(k.Masking(name='masking')(x))
    return [x], [k.Dense(2, name='answer')(k.Dropout(0.5, name='drop')(y))]


CASES = [
    arithmetic, broadcasting, dtypes, functions, activations, comparisons, choices, reductions, accumulations, shapes, joins, slices,
    takes, open_length, distance, attention, masked_embedding, masked_sequence, masked_concatenate, mask_lost, explicit_mask,
    dropped,
]


def drawn(random, symbol):
    shape = [BATCH, *[STEPS if size is None else size for size in symbol.shape[1:]]]
    if symbol.dtype == 'bool':
        return random.random(shape) < 0.6
    if symbol.dtype == 'int32':
        low, high = {'numbers': (-4, 4), 'words': (0, WORDS)}.get(symbol.name, (-2, 3))
        return random.integers(low, high, shape).astype('int32')
    values = normal(random, *shape)
    if symbol.name == 'positive':
        return np.abs(values) + np.float32(0.3)
    # Steps that masking leaves out.
    if len(shape) == 3:
        values[0, -1] = values[1, -2:] = 0
    return values


def camel(name):
    first, *rest = name.split('_')
    return first + ''.join(part.title() for part in rest)


def make_case(build):
    name = camel(build.__name__)
    random = rng('operations', name)
    inputs, outputs = build()
    model = keras.Model(inputs, outputs, name=name)
    weights = random_weights(random, model)
    model.set_weights(weights)
    masks = any(isinstance(layer, (k.Masking, k.RNN)) for layer in model.layers)
    arrays = [drawn(random, symbol) for symbol in inputs]
    if not masks:
        arrays = [
            array if array.dtype != np.float32 else np.where(array == 0, normal(random, *array.shape), array)
            for array in arrays
        ]
    floats = [at for at, array in enumerate(arrays) if array.dtype == np.float32]

    @jax.jit
    def call(trainable, differentiable):
        values = [jax.numpy.asarray(array) for array in arrays]
        for at, value in zip(floats, differentiable):
            values[at] = value
        fixed = [variable.value for variable in model.non_trainable_variables]
        results, _ = model.stateless_call(trainable, fixed, values, training=False)
        return keras.tree.flatten(results)

    trainable = [variable.value for variable in model.trainable_variables]
    differentiable = [jax.numpy.asarray(arrays[at]) for at in floats]
    results = call(trainable, differentiable)
    real_outputs = [at for at, result in enumerate(results) if result.dtype == np.float32]
    cotangents = {at: normal(random, *results[at].shape) for at in real_outputs}

    @jax.jit
    def loss(trainable, differentiable):
        answers = call(trainable, differentiable)
        return sum(jax.numpy.sum(answers[at] * cotangent) for at, cotangent in cotangents.items())

    of_weights, of_inputs = jax.grad(loss, (0, 1))(trainable, differentiable) if cotangents else ([], [])
    slopes = dict(zip(floats, of_inputs))
    config = plain(keras.saving.serialize_keras_object(model))
    write('operations', name, {
        'model': {'class_name': config['class_name'], 'config': config['config']},
        'weightPaths': [variable.path for variable in model.weights],
        'weights': tensors(weights),
        'inputs': tensors(arrays),
        'outputs': tensors(results),
        'outputShapes': [[None if size is None else int(size) for size in output.shape] for output in model.outputs],
        'cotangents': [tensor(cotangents[at]) if at in cotangents else None for at in range(len(results))],
        'gradients': {
            'inputs': [tensor(slopes[at]) if at in slopes else None for at in range(len(arrays))],
            'weights': tensors(of_weights),
        },
    })


def make():
    start('operations')
    for build in CASES:
        keras.utils.clear_session()
        make_case(build)
    return len(CASES)
