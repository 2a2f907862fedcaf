"""Recurrence, wrappers and masks: layers called with masks, states and integers, with one or several outputs."""

import jax
import keras
import numpy as np
from keras import layers as k
from keras.src.backend import get_keras_mask, set_keras_mask

from .common import config_of, normal, rng, start, tensor, tensors, write
from .layers import random_weight

UNITS = 3
SEQUENCE = (3, 5, 4)
MASKS = {
    'right': [[1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]],
    'holes': [[1, 0, 1, 1, 0], [1, 1, 0, 0, 1], [1, 1, 1, 0, 1]],
    'first': [[0, 1, 1, 1, 1], [0, 0, 1, 1, 0], [1, 1, 1, 1, 1]],
    'full': [[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [1, 1, 0, 0, 0]],
}
RIGHT, HOLES, FIRST, FULL = (np.array(mask, bool) for mask in MASKS.values())
ALL = {'return_sequences': True, 'return_state': True}

# Name, layer, options of the layer, number of states.
RECURRENT = [
    ('simpleRnn', k.SimpleRNN, {}, 1),
    ('lstm', k.LSTM, {}, 2),
    ('gru', k.GRU, {}, 1),
    ('gru-resetBefore', k.GRU, {'reset_after': False}, 1),
]


def cases():
    """Yields (name, how to make the layer, input shapes or arrays, options of `make_case`)."""
    yield from embeddings()
    for name, Layer, options, states in RECURRENT:
        yield from recurrent(name, Layer, options, states)
    yield from cells()
    yield from bidirectional()
    yield from time_distributed()
    yield from passing_masks()


def embeddings():
    ids = np.array([[3, 1, 0, 0, 6], [0, 2, 2, 5, 1], [4, 0, 0, 0, 0]], 'int32')
    blocks = np.array([[[1, 0], [0, 0], [6, 6]], [[2, 3], [4, 5], [5, 0]]], 'int32')
    for name, values in [('rank1', ids[0]), ('rank2', ids), ('rank3', blocks)]:
        yield f'embedding-{name}', lambda: k.Embedding(7, 4), [values], {}
        yield f'embedding-{name}-maskZero', lambda: k.Embedding(7, 4, mask_zero=True), [values], {}

    for name, value in [('zero', 0.0), ('other', -1.5)]:
        x = normal(rng('masking', name), *SEQUENCE)
        x[~HOLES] = value
        x[1, 0, 2] = value  # one feature of many masks nothing
        yield f'masking-{name}', lambda value=value: k.Masking(value), [x], {}
    yield 'masking-all', lambda: k.Masking(), [x * 0], {}


def recurrent(name, Layer, options, count):
    def case(suffix, call=None, **more):
        label = f'{name}-{suffix}' if suffix else name
        return label, lambda: Layer(UNITS, **options, **more), [SEQUENCE], call or {}

    given = {'states': [(3, UNITS)] * count}
    yield case('')
    yield case('returnSequences', return_sequences=True)
    yield case('returnState', return_state=True)
    yield case('returnBoth', **ALL)
    yield case('goBackwards', go_backwards=True)
    yield case('goBackwards-returnSequences', go_backwards=True, return_sequences=True)
    yield case('initialState', given, **ALL)
    yield case('initialState-goBackwards', given, go_backwards=True, **ALL)
    yield case('stateful', {'twice': True}, stateful=True, **ALL)
    yield case('stateful-mask', {'twice': True, 'masks': [FIRST]}, stateful=True, **ALL)
    yield case('no-bias', use_bias=False)
    gates = {} if Layer is k.SimpleRNN else {'recurrent_activation': 'hard_sigmoid'}
    for activation in ['relu', 'elu', 'softsign', 'linear']:
        yield case(activation, activation=activation, **gates, **ALL)
    if Layer is k.LSTM:
        yield case('no-unitForgetBias', unit_forget_bias=False)
    if Layer is not k.SimpleRNN:
        yield case('relu-gates', recurrent_activation='relu', **ALL)

    for label, mask in MASKS.items():
        masks = {'masks': [np.array(mask, bool)]}
        yield case(f'mask-{label}', masks, **ALL)
        yield case(f'mask-{label}-last', masks)
    for label, mask in [('right', RIGHT), ('holes', HOLES)]:
        yield case(f'mask-{label}-goBackwards', {'masks': [mask]}, go_backwards=True, **ALL)
    for label, mask in [('first', FIRST), ('full', FULL)]:
        yield case(f'mask-{label}-initialState', {'masks': [mask], **given}, **ALL)
        yield case(f'mask-{label}-zeroOutput', {'masks': [mask]}, zero_output_for_mask=True, **ALL)
    yield case('mask-right-zeroOutput-last', {'masks': [RIGHT]}, zero_output_for_mask=True)

    yield case('dropout-inference', dropout=0.3, recurrent_dropout=0.4)
    yield case('dropout', {'training': True, 'dropout': True}, dropout=0.3, **ALL)
    yield case('recurrentDropout', {'training': True, 'dropout': True}, recurrent_dropout=0.4, **ALL)
    yield case('dropout-recurrentDropout', {
        'training': True, 'dropout': True, 'masks': [HOLES]
    }, dropout=0.3, recurrent_dropout=0.4, **ALL)


def cells():
    for name, Cell, count in [
        ('simpleRnnCell', k.SimpleRNNCell, 1), ('lstmCell', k.LSTMCell, 2), ('gruCell', k.GRUCell, 1)
    ]:
        yield f'rnn-{name}', lambda Cell=Cell: k.RNN(Cell(UNITS), **ALL), [SEQUENCE], {}
        yield f'rnn-{name}-mask', lambda Cell=Cell: k.RNN(Cell(UNITS), go_backwards=True, **ALL), [SEQUENCE], {
            'masks': [HOLES], 'states': [(3, UNITS)] * count
        }

    def stack(*made, **options):
        return lambda: k.RNN([Cell(units) for Cell, units in made], **options)

    lstms = (k.LSTMCell, 3), (k.LSTMCell, 2)
    yield 'rnn-stacked-lstm', stack(*lstms), [SEQUENCE], {}
    yield 'rnn-stacked-lstm-returnBoth', stack(*lstms, **ALL), [SEQUENCE], {}
    yield 'rnn-stacked-lstm-goBackwards', stack(*lstms, return_sequences=True, go_backwards=True), [SEQUENCE], {}
    yield 'rnn-stacked-lstm-mask', stack(*lstms, **ALL), [SEQUENCE], {'masks': [FIRST]}
    yield 'rnn-stacked-lstm-initialState', stack(*lstms, **ALL), [SEQUENCE], {
        'states': [(3, 3), (3, 3), (3, 2), (3, 2)], 'masks': [FIRST]
    }
    mixed = (k.SimpleRNNCell, 4), (k.GRUCell, 2), (k.LSTMCell, 3)
    yield 'rnn-stacked-mixed', stack(*mixed, **ALL), [SEQUENCE], {}
    yield 'rnn-stacked-mixed-mask', stack(*mixed, **ALL), [SEQUENCE], {'masks': [HOLES]}


def bidirectional():
    both = [('lstm', k.LSTM, 2), ('gru', k.GRU, 1)]
    for name, Layer, count in both:
        def wrap(merge='concat', Layer=Layer, **options):
            return lambda: k.Bidirectional(Layer(UNITS, **options), merge_mode=merge)

        name = f'bidirectional-{name}'
        for merge in ['concat', 'sum', 'mul', 'ave', None] if count == 2 else ['concat', None]:
            label = f'{name}-{merge}'.replace('None', 'null')
            yield label, wrap(merge), [SEQUENCE], {}
            yield f'{label}-returnSequences', wrap(merge, return_sequences=True), [SEQUENCE], {}
        yield f'{name}-returnState', wrap(return_state=True), [SEQUENCE], {}
        yield f'{name}-returnBoth', wrap(**ALL), [SEQUENCE], {}
        yield f'{name}-null-returnBoth', wrap(None, **ALL), [SEQUENCE], {}
        yield f'{name}-initialState', wrap(**ALL), [SEQUENCE], {'states': [(3, UNITS)] * (2 * count)}
        for label, mask in MASKS.items():
            masks = {'masks': [np.array(mask, bool)]}
            yield f'{name}-mask-{label}', wrap(return_sequences=True), [SEQUENCE], masks
            yield f'{name}-mask-{label}-last', wrap(), [SEQUENCE], masks
        yield f'{name}-null-mask', wrap(None, return_sequences=True), [SEQUENCE], {'masks': [HOLES]}
        yield f'{name}-stateful', wrap(stateful=True, return_sequences=True), [SEQUENCE], {'twice': True}

    yield 'bidirectional-backwardLayer', lambda: k.Bidirectional(
        k.LSTM(3, return_sequences=True),
        backward_layer=k.GRU(3, activation='relu', return_sequences=True, go_backwards=True),
    ), [SEQUENCE], {}
    yield 'bidirectional-backwardLayer-mask', lambda: k.Bidirectional(
        k.LSTM(3, return_sequences=True),
        backward_layer=k.LSTM(3, activation='relu', return_sequences=True, go_backwards=True),
        merge_mode='sum',
    ), [SEQUENCE], {'masks': [FIRST]}
    yield 'bidirectional-rnn', lambda: k.Bidirectional(
        k.RNN(k.LSTMCell(UNITS), return_sequences=True)
    ), [SEQUENCE], {}


def time_distributed():
    def wrap(make):
        return lambda: k.TimeDistributed(make())

    def functional():
        x = keras.Input((4,))
        y = k.Dense(3, activation='relu')(x)
        return keras.Model(x, k.Dense(2, activation='softmax')(y))

    def sequential():
        return keras.Sequential([
            keras.Input((5, 4, 2)), k.Conv2D(2, 3, activation='relu'), k.MaxPooling2D((1, 2)), k.Flatten(), k.Dense(3)
        ])

    name = 'timeDistributed'
    frames, blocks = (2, 3, 5, 4, 2), (2, 3, 4, 3)
    deep = np.array([
        [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0]], [[1, 1, 1, 1], [1, 0, 0, 1], [0, 0, 1, 1]]
    ], bool)
    yield f'{name}-dense', wrap(lambda: k.Dense(2, activation='softmax')), [SEQUENCE], {}
    yield f'{name}-dense-mask', wrap(lambda: k.Dense(2)), [SEQUENCE], {'masks': [HOLES]}
    yield f'{name}-dense-rank4', wrap(lambda: k.Dense(2)), [blocks], {}
    yield f'{name}-conv2d', wrap(lambda: k.Conv2D(2, 3)), [frames], {}
    yield f'{name}-flatten', wrap(lambda: k.Flatten()), [blocks], {}
    yield f'{name}-functional', wrap(functional), [SEQUENCE], {}
    yield f'{name}-functional-mask', wrap(functional), [SEQUENCE], {'masks': [HOLES]}
    yield f'{name}-sequential', wrap(sequential), [frames], {}
    yield f'{name}-lstm', wrap(lambda: k.LSTM(3)), [blocks], {}
    yield f'{name}-lstm-returnSequences', wrap(lambda: k.LSTM(3, return_sequences=True)), [blocks], {}
    yield f'{name}-lstm-mask', wrap(lambda: k.LSTM(3)), [blocks], {'masks': [deep]}
    yield f'{name}-lstm-mask-returnSequences', wrap(lambda: k.LSTM(3, return_sequences=True)), [blocks], {
        'masks': [deep]
    }
    yield f'{name}-embedding', wrap(lambda: k.Embedding(5, 2)), [
        np.array([[[0, 1], [4, 2]], [[3, 3], [1, 0]]], 'int32')
    ], {}
    yield f'{name}-bidirectional', wrap(lambda: k.Bidirectional(k.GRU(2))), [blocks], {}


def passing_masks():
    for name, make in [
        ('dense', lambda: k.Dense(2)),
        ('activation', lambda: k.Activation('tanh')),
        ('dropout', lambda: k.Dropout(0.4)),
        ('spatialDropout1d', lambda: k.SpatialDropout1D(0.4)),
        ('layerNormalization', lambda: k.LayerNormalization()),
        ('batchNormalization', lambda: k.BatchNormalization()),
        ('globalAveragePooling1d', lambda: k.GlobalAveragePooling1D()),
        ('globalAveragePooling1d-keepdims', lambda: k.GlobalAveragePooling1D(keepdims=True)),
        ('globalMaxPooling1d', lambda: k.GlobalMaxPooling1D()),
        ('flatten', lambda: k.Flatten()),
        ('reshape', lambda: k.Reshape((4, 5))),
        ('permute', lambda: k.Permute((2, 1))),
        ('conv1d', lambda: k.Conv1D(2, 2, padding='same')),
        ('maxPooling1d', lambda: k.MaxPooling1D()),
    ]:
        yield f'mask-{name}', make, [SEQUENCE], {'masks': [HOLES]}
    yield 'mask-batchNormalization-training', lambda: k.BatchNormalization(), [SEQUENCE], {
        'masks': [FULL], 'training': True
    }

    two, longer = [SEQUENCE, SEQUENCE], [SEQUENCE, (3, 2, 4)]
    for Layer in [k.Add, k.Subtract, k.Multiply, k.Average, k.Maximum, k.Minimum, k.Concatenate]:
        name = 'mask-' + Layer.__name__.lower()
        yield name, lambda Layer=Layer: Layer(), two, {'masks': [RIGHT, HOLES]}
        yield f'{name}-one', lambda Layer=Layer: Layer(), two, {'masks': [RIGHT, None]}
    yield 'mask-add-three', lambda: k.Add(), [SEQUENCE] * 3, {'masks': [RIGHT, FIRST, FULL]}
    yield 'mask-concatenate-axis1', lambda: k.Concatenate(axis=1), longer, {'masks': [RIGHT, FIRST[:, :2]]}
    yield 'mask-concatenate-axis1-one', lambda: k.Concatenate(axis=1), longer, {'masks': [None, FIRST[:, :2]]}
    yield 'mask-dot', lambda: k.Dot(axes=2), two, {'masks': [RIGHT, HOLES]}


def called(layer, values, masks, states, training):
    """The arguments of one call: the inputs with their masks, and the keywords."""
    for value, mask in zip(values, masks):
        if mask is not None:
            set_keras_mask(value, jax.numpy.asarray(mask))
    keywords = {'training': training} if layer._call_has_training_arg else {}
    if states is not None:
        # Keras drops the mask of the sequences where states are given too, unless it is given by name.
        keywords.update(initial_state=states, mask=None if masks[0] is None else jax.numpy.asarray(masks[0]))
    return (values if len(values) > 1 else values[0]), keywords


def arranged(layer, states):
    """A flat list of states as the layer wants it: stacked cells take a list for each cell."""
    if isinstance(layer, k.RNN) and isinstance(layer.cell, k.StackedRNNCells):
        return keras.tree.pack_sequence_as(layer.get_initial_state(3), states)
    return states


def states_of(layer):
    return tensors([state.value for state in keras.tree.flatten(layer.states)])


def set_dropout(layer, random):
    """Sets what dropout multiplies with, so that Keras does not draw it, and returns it."""
    cell = layer.cell

    def drawn(rate, size):
        masks = [
            (random.random((3, size)) >= rate).astype('float32') / np.float32(1 - rate)
            for _ in range(getattr(cell, 'dropout_mask_count', None) or 1)
        ] if rate else []
        return masks, (masks if getattr(cell, 'dropout_mask_count', None) else next(iter(masks), None))

    inputs, cell._dropout_mask = drawn(cell.dropout, SEQUENCE[-1])
    states, cell._recurrent_dropout_mask = drawn(cell.recurrent_dropout, UNITS)
    return {'inputs': tensors(inputs), 'states': tensors(states)}


def make_case(name, make_layer, inputs, masks=None, states=None, twice=False, training=False, dropout=False):
    random = rng('recurrent', name)
    layer = make_layer()
    arrays = [item if isinstance(item, np.ndarray) else normal(random, *item) for item in inputs]
    given = None if states is None else [normal(random, *shape, scale=0.5) for shape in states]
    masks = masks or [None] * len(arrays)

    symbolic = [
        keras.Input(array.shape[1:], len(array) if twice else None, dtype=str(array.dtype)) for array in arrays
    ]
    argument, _ = called(layer, symbolic, [None] * len(arrays), None, False)
    shapes = [list(output.shape) for output in keras.tree.flatten(layer(argument))]
    weights = [random_weight(random, variable) for variable in layer.weights]
    layer.set_weights(weights)
    drops = set_dropout(layer, random) if dropout else None

    floats = [at for at, array in enumerate(arrays) if array.dtype == np.float32]
    fixed = [variable.value for variable in layer.non_trainable_variables]

    def call(trainable, differentiable, start_states):
        values = [jax.numpy.asarray(array) for array in arrays]
        for at, value in zip(floats, differentiable):
            values[at] = value
        arranged_states = None if start_states is None else arranged(layer, start_states)
        argument, keywords = called(layer, values, masks, arranged_states, training)
        # Not `stateless_call`: it would lead past `__call__`, which hands masks in and out.
        pairs = [*zip(layer.trainable_variables, trainable), *zip(layer.non_trainable_variables, fixed)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            outputs = keras.tree.flatten(layer(argument, **keywords))
        after = [scope.get_current_value(variable) for variable in layer.weights]
        return outputs, (after, [get_keras_mask(output) for output in outputs])

    trainable = [variable.value for variable in layer.trainable_variables]
    outputs, pull, (after, output_masks) = jax.vjp(
        call,
        trainable,
        [jax.numpy.asarray(arrays[at]) for at in floats],
        None if given is None else [jax.numpy.asarray(state) for state in given],
        has_aux=True,
    )
    cotangents = [normal(random, *output.shape) for output in outputs]
    weight_gradients, input_gradients, state_gradients = pull([jax.numpy.asarray(item) for item in cotangents])
    of_inputs = dict(zip(floats, input_gradients))

    states_after, second = None, None
    if twice:
        run = [arrays, [normal(random, *array.shape) for array in arrays]]
        outputs_of, states_after = [], []
        for values in run:
            argument, keywords = called(layer, [jax.numpy.asarray(value) for value in values], masks, None, False)
            outputs_of.append(keras.tree.flatten(layer(argument, **keywords)))
            states_after.append(states_of(layer))
        second = {'inputs': tensors(run[1]), 'outputs': tensors(outputs_of[1]), 'statesAfter': states_after[1]}

    write('recurrent', name, {
        'class_name': type(layer).__name__,
        'config': config_of(layer),
        'inputs': tensors(arrays),
        'masks': [None if mask is None else tensor(mask) for mask in masks],
        'initialState': None if given is None else tensors(given),
        'training': training,
        'dropoutMasks': drops,
        'weights': tensors(weights),
        'weightPaths': [variable.path for variable in layer.weights],
        'trainable': [bool(variable.trainable) for variable in layer.weights],
        'outputs': tensors(outputs),
        'output_shapes_symbolic': shapes,
        'outputMasks': [None if mask is None else tensor(mask) for mask in output_masks],
        'cotangents': tensors(cotangents),
        'gradients': {
            'inputs': [tensor(of_inputs[at]) if at in of_inputs else None for at in range(len(arrays))],
            'initialState': None if given is None else tensors(state_gradients),
            'weights': tensors(weight_gradients),
        },
        'weightsAfter': tensors(after) if isinstance(layer, k.BatchNormalization) and training else None,
        'statesAfter': states_after and states_after[0],
        'secondCall': second,
    })


def make():
    start('recurrent')
    count = 0
    for name, make_layer, inputs, options in cases():
        keras.utils.clear_session()
        make_case(name, make_layer, inputs, **options)
        count += 1
    return count
