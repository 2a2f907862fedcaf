"""Files of models of which a part is frozen, and what training makes of them."""

import keras
import numpy as np
from keras import layers as k

from .common import normal, start
from .keras_files import ROWS, make_case, words

FAMILY = 'frozen'


def base(name='base'):
    x = keras.Input((5,))
    y = k.BatchNormalization(name='statistics', momentum=0.5)(k.Dense(4, name='first')(x))
    return keras.Model(x, k.Dense(4, activation='tanh', name='last')(y), name=name)


def around(inner, random, frozen_root=False):
    x = keras.Input((5,))
    model = keras.Model(x, k.Dense(2, name='head')(inner(x)), name='outer')
    model.compile('adam', 'mse')
    return model, [normal(random, ROWS, 5)], [normal(random, ROWS, 2)]


def transfer(random):
    """The recipe of transfer learning: the base is frozen whole."""
    inner = base()
    inner.trainable = False
    return around(inner, random)


def last_layer_trains(random):
    inner = base()
    inner.trainable = False
    inner.layers[-1].trainable = True
    return around(inner, random)


def statistics_train(random):
    inner = base()
    inner.trainable = False
    inner.get_layer('statistics').trainable = True
    return around(inner, random)


def first_layer_frozen(random):
    inner = base()
    inner.layers[1].trainable = False
    return around(inner, random)


def only_statistics_frozen(random):
    inner = base()
    inner.get_layer('statistics').trainable = False
    return around(inner, random)


def two_levels(random):
    """A frozen model with one inside it of which a layer trains again."""
    inner = base('inner')
    x = keras.Input((5,))
    y = k.Dense(5, name='before')(x)
    middle = keras.Model(x, k.BatchNormalization(name='after')(inner(y)), name='middle')
    middle.trainable = False
    inner.get_layer('first').trainable = True
    return around(middle, random)


def shared_base(random):
    """One frozen base, called twice and in two models."""
    inner = base()
    inner.trainable = False
    x = keras.Input((5,))
    other = keras.Model(x, k.Dense(4, name='own')(inner(x)), name='other')
    a, b = keras.Input((5,), name='a'), keras.Input((5,), name='b')
    y = k.Concatenate()([inner(a), inner(b), other(a)])
    model = keras.Model([a, b], k.Dense(1, name='head')(y), name='outer')
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), 'mse')
    return model, [normal(random, ROWS, 5), normal(random, ROWS, 5)], [normal(random, ROWS, 1)]


def sequential_base(random):
    inner = keras.Sequential(
        [keras.Input((5,)), k.Dense(4, name='first'), k.BatchNormalization(), k.Dropout(0.0), k.Dense(3, name='last')],
        name='line',
    )
    inner.trainable = False
    inner.layers[0].trainable = True
    return around(inner, random)


def frozen_wrappers(random):
    """Of each wrapper a part is frozen."""
    x = keras.Input((4, 3))
    steps = k.TimeDistributed(k.Dense(3, name='step'), name='steps')
    both = k.Bidirectional(k.LSTM(2, return_sequences=True, name='memory'), name='both')
    stack = k.RNN([k.GRUCell(3), k.SimpleRNNCell(2)], name='stack')
    model = keras.Model(x, k.Dense(2, name='head')(stack(both(steps(x)))), name='wrapped')
    steps.trainable = False
    both.forward_layer.trainable = False
    stack.cell.cells[0].trainable = False
    model.compile('adam', 'mse')
    return model, [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 2)]


def thawed_in_wrappers(random):
    x = keras.Input((4, 3))
    steps = k.TimeDistributed(k.Dense(3, name='step'), name='steps', trainable=False)
    both = k.Bidirectional(k.GRU(2, name='memory'), name='both', trainable=False)
    both.trainable = False
    both.backward_layer.trainable = True
    model = keras.Model(x, k.Dense(2, name='head')(both(steps(x))), name='wrapped')
    model.compile('adam', 'mse')
    return model, [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 2)]


def penalties(random):
    """What a frozen weight costs does not count."""
    x = keras.Input((5,))
    inner = keras.Model(x, k.Dense(4, kernel_regularizer='l2', name='inside')(x), name='base')
    inner.trainable = False
    z = keras.Input((5,))
    y = k.Dense(3, kernel_regularizer=keras.regularizers.L1(0.1), name='free')(inner(z))
    model = keras.Model(z, k.Dense(2, bias_regularizer='l2', trainable=False, name='fixed')(y), name='outer')
    model.compile('adam', 'mse')
    return model, [normal(random, ROWS, 5)], [normal(random, ROWS, 2)]


def masked(random):
    """A frozen embedding whose mask goes on, and a frozen batch normalization that sees it."""
    x = keras.Input((5,), dtype='int32')
    words_in = keras.Model(
        x, k.BatchNormalization(momentum=0.5)(k.Embedding(9, 3, mask_zero=True)(x)), name='words'
    )
    words_in.trainable = False
    z = keras.Input((5,), dtype='int32')
    y = k.BatchNormalization(momentum=0.5)(words_in(z))
    model = keras.Model(z, k.Dense(2)(k.LSTM(3)(y)), name='tagger')
    model.compile('adam', 'mse')
    return model, [words(random, ROWS, 5)], [normal(random, ROWS, 2)]


def convolutional(random):
    """A separable convolution and statistics of another axis are frozen; what comes after them trains."""
    image = keras.Input((6, 6, 2))
    y = k.SeparableConv2D(3, 3, name='separable', trainable=False)(image)
    y = k.BatchNormalization(axis=1, trainable=False)(y)
    y = k.Reshape((16, 3))(k.DepthwiseConv2D(1, name='depthwise')(y))
    y = k.MultiHeadAttention(2, 2, name='attention')(y, y)
    model = keras.Model(image, k.Dense(2)(k.GlobalAveragePooling1D()(y)), name='vision')
    model.compile(keras.optimizers.RMSprop(0.01), 'mse')
    return model, [normal(random, ROWS, 6, 6, 2)], [normal(random, ROWS, 2)]


CASES = {
    'transfer': transfer,
    'lastLayerTrains': last_layer_trains,
    'statisticsTrain': statistics_train,
    'firstLayerFrozen': first_layer_frozen,
    'onlyStatisticsFrozen': only_statistics_frozen,
    'twoLevels': two_levels,
    'sharedBase': shared_base,
    'sequentialBase': sequential_base,
    'frozenWrappers': frozen_wrappers,
    'thawedInWrappers': thawed_in_wrappers,
    'penalties': penalties,
    'masked': masked,
    'convolutional': convolutional,
}


def make():
    start(FAMILY)
    for name, build in CASES.items():
        make_case(name, build, FAMILY)
    return len(CASES)
