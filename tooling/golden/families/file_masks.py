"""Files of models with masks: implicit, explicit, through layers that hand them on or do not, in wrappers and models."""

import keras
import numpy as np
from keras import layers as k
from keras import ops

from .common import normal, start
from .keras_files import ROWS, make_case, words

FAMILY = 'fileMasks'
STEPS = 5


def text(name=None):
    x = keras.Input((STEPS,), dtype='int32', name=name)
    return x, k.Embedding(9, 4, mask_zero=True)(x)


def done(inputs, outputs, loss='mse', optimizer='adam'):
    model = keras.Model(inputs, outputs)
    model.compile(optimizer, loss)
    return model


def padded(random):
    ids = words(random, ROWS, STEPS)
    for row, length in zip(ids, random.integers(1, STEPS + 1, ROWS)):
        row[length:] = 0
    return ids


def with_state(cell):
    """Two tensor arguments: no implicit mask, but one for what follows."""
    def build(random):
        x, e = text()
        s = keras.Input((4,))
        states = [s, s] if cell is k.LSTM else s
        y = cell(4, return_sequences=True)(e, initial_state=states)
        model = done([x, s], k.Dense(2)(k.LSTM(3)(y)))
        return model, [padded(random), normal(random, ROWS, 4)], [normal(random, ROWS, 2)]
    return build


def both_directions_with_state(random):
    x, e = text()
    s = keras.Input((3,))
    y = k.Bidirectional(k.GRU(3, return_sequences=True))(e, initial_state=[s, s])
    return done([x, s], k.Dense(2)(k.GRU(2)(y))), [padded(random), normal(random, ROWS, 3)], [normal(random, ROWS, 2)]


def state_and_mask(random):
    x, e = text()
    s = keras.Input((4,))
    y = k.SimpleRNN(4)(e, initial_state=s, mask=ops.not_equal(x, 3))
    return done([x, s], k.Dense(2)(y)), [padded(random), normal(random, ROWS, 4)], [normal(random, ROWS, 2)]


def ends_at(make):
    def build(random):
        x, e = text()
        return done(x, k.Dense(2)(k.LSTM(3)(make()(e)))), [padded(random)], [normal(random, ROWS, 2)]
    return build


def softmax_mask(random):
    x = keras.Input((6,))
    scores = k.Dense(6)(x)
    y = k.Softmax()(scores, mask=x > 0) * 1.0
    data = normal(random, ROWS, 6)
    data[0] = -1
    return done(x, k.Dense(2)(y)), [data], [normal(random, ROWS, 2)]


def softmax_axis_mask(random):
    x = keras.Input((4, 3))
    y = k.Softmax(axis=1)(k.Dense(3)(x), mask=ops.greater(x[:, :, :1], 0.0)) * 1.0
    return done(x, k.Flatten()(y)), [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 12)]


def attention_masks(random):
    x, e = text()
    memory = keras.Input((3, 4))
    seen = keras.Input((STEPS, 3), dtype='int32')
    counts = keras.Input((3,), dtype='bool')
    y = k.MultiHeadAttention(2, 3)(e, memory, attention_mask=seen, value_mask=counts)
    z = k.MultiHeadAttention(1, 2)(memory, memory, query_mask=counts, use_causal_mask=True)
    both = [k.GlobalAveragePooling1D()(y), k.GlobalAveragePooling1D()(z)]
    model = done([x, memory, seen, counts], k.Dense(2)(k.Add()(both)))
    see = random.integers(0, 2, (ROWS, STEPS, 3)).astype('int32')
    count = random.integers(0, 2, (ROWS, 3)).astype(bool)
    see[:, :, 0], count[:, 0] = 1, True
    ids = padded(random)
    ids[:, 0] = 4
    return model, [ids, normal(random, ROWS, 3, 4), see, count], [normal(random, ROWS, 2)]


def attention_penalty(random):
    x = keras.Input((4, 3))
    y = k.MultiHeadAttention(2, 2, activity_regularizer=keras.regularizers.L2(0.1), kernel_regularizer='l1')(x, x)
    return done(x, k.Flatten()(y)), [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 12)]


def steps_normalized(random):
    x = keras.Input((4, 3))
    y = k.TimeDistributed(k.BatchNormalization(momentum=0.6))(x)
    return done(x, k.Dense(2)(k.LSTM(2)(y))), [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 2)]


def masked_steps_normalized(random):
    x = keras.Input((4, 3))
    y = k.TimeDistributed(k.BatchNormalization(momentum=0.6))(k.Masking()(x))
    data = normal(random, ROWS, 4, 3)
    data[:3, 2:] = 0
    return done(x, k.Dense(2)(k.LSTM(2)(y))), [data], [normal(random, ROWS, 2)]


def steps_of_a_model(random):
    x = keras.Input((3,))
    inner = keras.Model(x, k.BatchNormalization(momentum=0.6)(k.Dense(4, activity_regularizer='l2')(x)))
    z = keras.Input((4, 3))
    y = k.TimeDistributed(inner)(z)
    return done(z, k.Dense(2)(k.Flatten()(y))), [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 2)]


def steps_penalized(random):
    x = keras.Input((4, 3))
    y = k.TimeDistributed(k.Dense(2, activity_regularizer=keras.regularizers.L2(0.5)), activity_regularizer='l1')(x)
    return done(x, k.Flatten()(y)), [normal(random, ROWS, 4, 3)], [normal(random, ROWS, 8)]


def normalized_along(axis):
    def build(random):
        x = keras.Input((4, 3))
        y = k.BatchNormalization(axis=axis, momentum=0.6)(k.Masking()(x))
        data = normal(random, ROWS, 4, 3)
        data[:4, 2:] = 0
        data[5] = 0
        return done(x, k.Dense(2)(k.Flatten()(y))), [data], [normal(random, ROWS, 2)]
    return build


def merged(random):
    x, e = text()
    z, f = text()
    y = k.Concatenate()([e, f])
    y = k.Add()([y, k.Dense(8)(k.Multiply()([e, f]))])
    y = k.Concatenate(axis=1)([y, k.Dense(8)(e)])
    return done([x, z], k.Dense(2)(k.GRU(3)(y))), [padded(random), padded(random)], [normal(random, ROWS, 2)]


def nested(random):
    x, e = text()
    row = keras.Input((STEPS, 4))
    inner = keras.Model(row, k.LSTM(3, return_sequences=True)(k.Dropout(0.0)(row)), name='inner')
    y = inner(e)
    y = k.Dense(3)(k.Add()([y, inner(k.Dense(4)(e))]))
    model = done(x, k.TimeDistributed(k.Dense(2))(y))
    return model, [padded(random)], [normal(random, ROWS, STEPS, 2)]


def masked_loss(random):
    x, e = text()
    y = k.Dense(3, activation='softmax')(k.Bidirectional(k.LSTM(2, return_sequences=True))(e))
    model = done(x, y, 'sparse_categorical_crossentropy')
    return model, [padded(random)], [words(random, ROWS, STEPS, high=3)]


def with_mask(make, states=0):
    """A call that takes a mask by its position, or one of its own, of a sequence that has a mask too."""
    def build(random):
        x, e = text()
        extra = [keras.Input((4,)) for _ in range(states)]
        y = make(e, ops.not_equal(x, 3), *extra)
        head = k.Dense(2)(k.GRU(3)(y) if len(y.shape) == 3 else y)
        data = [padded(random), *(normal(random, ROWS, 4) for _ in extra)]
        return done([x, *extra], head), data, [normal(random, ROWS, 2)]
    return build


def pair_of_sequences():
    a, b = keras.Input((STEPS, 4)), keras.Input((STEPS, 4))
    return keras.Model([a, b], k.Add()([k.LSTM(3, return_sequences=True)(a), k.GRU(3, return_sequences=True)(b)]))


def named_pair():
    a, b = keras.Input((STEPS, 4)), keras.Input((STEPS, 4))
    y = k.Add()([k.LSTM(3, return_sequences=True)(a), k.GRU(3, return_sequences=True)(b)])
    return keras.Model({'b': b, 'a': a}, y)


def softmax_position(random):
    x = keras.Input((6,))
    return done(x, k.Dense(2)(k.Softmax()(k.Dense(6)(x), x > 0))), [normal(random, ROWS, 6)], [normal(random, ROWS, 2)]


def steps_of_a_model_twice(random):
    x = keras.Input((4, 3))
    inner = keras.Sequential([keras.Input((3,)), k.Dense(4, activity_regularizer='l1'), k.Dense(2)])
    outer = keras.Model(inner.inputs, k.ActivityRegularization(l2=0.3)(inner.outputs[0]))
    y = k.TimeDistributed(outer)(k.Masking()(x))
    data = normal(random, ROWS, 4, 3)
    data[:3, 2:] = 0
    return done(x, k.Dense(2)(k.LSTM(2)(y))), [data], [normal(random, ROWS, 2)]


CASES = {
    'positionRnn': with_mask(lambda e, m: k.SimpleRNN(4)(e, None, m)),
    'positionAsWideAsState': with_mask(lambda e, m: k.SimpleRNN(STEPS)(e, None, m)),
    'positionGru': with_mask(lambda e, m: k.GRU(4, return_sequences=True)(e, None, m)),
    'positionLstm': with_mask(lambda e, m, h, c: k.LSTM(4, return_sequences=True)(e, [h, c], m), states=2),
    'positionBothDirections': with_mask(lambda e, m: k.Bidirectional(k.GRU(2, return_sequences=True))(e, None, m)),
    'positionPooling': with_mask(lambda e, m: k.GlobalAveragePooling1D()(e, m)),
    'positionSoftmax': softmax_position,
    'keyMaskAlone': with_mask(lambda e, m: k.MultiHeadAttention(1, 2)(e * 1.0, e * 1.0, key_mask=m)),
    'keyMaskOfValues': with_mask(lambda e, m: k.MultiHeadAttention(2, 2)(e, e, key_mask=m)),
    'keyMaskOfKeys': with_mask(lambda e, m: k.MultiHeadAttention(2, 2)(e, e * 1.0, e * 2.0, key_mask=m)),
    'noneKeepsAMask': with_mask(lambda e, m: pair_of_sequences()([e * 1.0, e], mask=[m, None])),
    'noneKeepsANamedMask': with_mask(lambda e, m: named_pair()({'a': e, 'b': e * 1.0}, mask={'a': None, 'b': m})),
    'castToTheSame': with_mask(lambda e, m: k.LSTM(3, return_sequences=True)(ops.cast(e, 'float32'))),
    'castToAnother': with_mask(lambda e, m: k.LSTM(3, return_sequences=True)(ops.cast(ops.cast(e, 'int32'), 'float32'))),
    'stepsOfAModelTwice': steps_of_a_model_twice,
    'simpleRnnState': with_state(k.SimpleRNN),
    'gruState': with_state(k.GRU),
    'lstmState': with_state(k.LSTM),
    'bothDirectionsState': both_directions_with_state,
    'stateAndMask': state_and_mask,
    'endsAtRms': ends_at(k.RMSNormalization),
    'endsAtEinsum': ends_at(lambda: k.EinsumDense('abc,cd->abd', (None, 3))),
    'goesThroughNormalization': ends_at(lambda: k.Normalization(mean=0.5, variance=2.0)),
    'goesThroughLayerNormalization': ends_at(k.LayerNormalization),
    'goesThroughActivation': ends_at(lambda: k.Activation('tanh')),
    'endsAtConv': ends_at(lambda: k.Conv1D(3, 2)),
    'softmaxMask': softmax_mask,
    'softmaxAxisMask': softmax_axis_mask,
    'attentionMasks': attention_masks,
    'attentionPenalty': attention_penalty,
    'stepsNormalized': steps_normalized,
    'maskedStepsNormalized': masked_steps_normalized,
    'stepsOfAModel': steps_of_a_model,
    'stepsPenalized': steps_penalized,
    'normalizedAlong1': normalized_along(1),
    'normalizedAlong2': normalized_along(2),
    'merged': merged,
    'nested': nested,
    'maskedLoss': masked_loss,
}


def make():
    start(FAMILY)
    for name, build in CASES.items():
        make_case(name, build, FAMILY, evaluates=True)
    return len(CASES)
