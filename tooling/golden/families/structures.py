"""Files of models whose inputs and outputs are records and lists, also inside each other, with layers of one class."""

import keras
from keras import layers as k

from .common import normal, start
from .keras_files import ROWS, make_case, words

FAMILY = 'structures'


def compiled(model, optimizer='adam', loss='mse'):
    model.compile(optimizer, loss)
    return model


def unsorted_heads(random):
    x = keras.Input((3,))
    h = k.Dense(4, activation='tanh')(x)
    heads = {'zz': k.Dense(2)(h), 'aa': k.Dense(2)(h), 'mm': k.Dense(2)(h)}
    model = compiled(keras.Model(x, heads, name='heads'))
    return model, [normal(random, ROWS, 3)], {name: normal(random, ROWS, 2) for name in heads}


def unsorted_inputs(random):
    inputs = {'query': keras.Input((3,), name='query'), 'document': keras.Input((3,), name='document')}
    y = k.Concatenate()([k.Dense(4)(inputs['query']), k.Dense(4)(inputs['document'])])
    model = compiled(keras.Model(inputs, k.Dense(2)(y), name='search'))
    return model, [normal(random, ROWS, 3), normal(random, ROWS, 3)], [normal(random, ROWS, 2)]


def nested_record_model(random):
    """A model of named inputs and outputs is called with a record, and again with the names exchanged."""
    inner_in = {'b': keras.Input((3,), name='b'), 'a': keras.Input((3,), name='a')}
    first, second = k.Dense(4)(inner_in['b']), k.Dense(4)(inner_in['a'])
    inner = keras.Model(inner_in, {'sum': k.Add()([first, second]), 'difference': k.Subtract()([first, second])},
                        name='inner')
    x, y = keras.Input((3,), name='x'), keras.Input((3,), name='y')
    once = inner({'a': x, 'b': y})
    twice = inner({'b': x, 'a': y})
    joined = k.Concatenate()([once['sum'], once['difference'], twice['difference']])
    model = compiled(keras.Model([x, y], k.Dense(2)(joined), name='outer'))
    return model, [normal(random, ROWS, 3), normal(random, ROWS, 3)], [normal(random, ROWS, 2)]


def heads_of_heads(random):
    """Heads of one class in two records, of which one layer is called twice."""
    x = keras.Input((3,), name='x')
    inner = keras.Model(x, {'y': k.Dense(3)(x), 'b': [k.Dense(3)(x), {'q': k.Dense(3)(x), 'd': k.Dense(3)(x)}]}, name='inner')
    z = keras.Input((3,), name='z')
    made = inner(z)
    twice = k.Dense(2)
    heads = {'two': twice(made['y']), 'one': k.Dense(2)(made['b'][0]), 'five': twice(made['b'][1]['q']),
             'four': k.Dense(2)(made['b'][1]['d'])}
    model = compiled(keras.Model(z, heads, name='outer'))
    return model, [normal(random, ROWS, 3)], {name: normal(random, ROWS, 2) for name in heads}


def convolutions(random):
    image = keras.Input((5, 5, 1))
    right = k.Flatten()(k.BatchNormalization()(k.Conv2D(2, 3)(image)))
    left = k.Flatten()(k.BatchNormalization()(k.Conv2D(2, 3)(image)))
    heads = {'w': k.Dense(2)(right), 'c': k.Dense(2)(left)}
    model = compiled(keras.Model(image, heads, name='branches'), keras.optimizers.RMSprop(0.01, momentum=0.5))
    return model, [normal(random, ROWS, 5, 5, 1)], {name: normal(random, ROWS, 2) for name in heads}


def recurrent(random):
    text = keras.Input((4,), dtype='int32')
    embed = k.Embedding(9, 3, mask_zero=True)(text)
    heads = {'n': k.LSTM(2)(embed), 'g': k.LSTM(2)(embed), 'b': k.Bidirectional(k.LSTM(1))(embed)}
    model = compiled(keras.Model(text, heads, name='readers'))
    return model, [words(random, ROWS, 4)], {name: normal(random, ROWS, 2) for name in heads}


def unread_input(random):
    x, unread = keras.Input((3,), name='x'), keras.Input((2,), name='unread')
    model = compiled(keras.Model([x, unread], [k.Dense(2)(x), k.Dense(2)(k.Dense(2)(x))], name='partly'))
    data = [normal(random, ROWS, 3), normal(random, ROWS, 2)]
    return model, data, [normal(random, ROWS, 2), normal(random, ROWS, 2)]


def different_depths(random):
    """Layers of one class at equal depths, reached in another order than they were made."""
    x = keras.Input((3,))
    a, b, c = k.Dense(3), k.Dense(3), k.Dense(3)
    late = c(b(x))
    early = k.Add()([a(x), late])
    model = compiled(keras.Model(x, [k.Dense(2)(early), b(a(x)), k.Dense(2)(late)], name='depths'))
    return model, [normal(random, ROWS, 3)], [normal(random, ROWS, n) for n in (2, 3, 2)]


CASES = {
    'unsortedHeads': unsorted_heads,
    'unsortedInputs': unsorted_inputs,
    'nestedRecordModel': nested_record_model,
    'headsOfHeads': heads_of_heads,
    'convolutions': convolutions,
    'recurrent': recurrent,
    'unreadInput': unread_input,
    'differentDepths': different_depths,
}


def make():
    start(FAMILY)
    for name, build in CASES.items():
        make_case(name, build, FAMILY)
    return len(CASES)
