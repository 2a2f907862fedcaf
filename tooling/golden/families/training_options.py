"""What masks, several outputs, penalties and states do to training: one fit from given weights, unshuffled."""

import keras
import numpy as np
from keras import constraints as c
from keras import layers as k
from keras import losses, optimizers
from keras import regularizers as r
from keras.src.backend import get_keras_mask, set_keras_mask

from .common import described, normal, plain, random_weights, rng, start, tensor, tensors, write
from .losses import one_hot
from .training import floats, history_of, part

FAMILY = 'trainingOptions'
TRAIN, VALIDATION, BATCH, EPOCHS, PREDICTED = 20, 6, 8, 2, 5
COUNT = TRAIN + VALIDATION
STEPS, WORDS, TAGS = 5, 9, 3


def tagged_words():
    """Word indexes padded with zeros; the tag of a word goes by the word and the one before."""
    random = rng(FAMILY, 'words')
    ids = random.integers(1, WORDS, (COUNT, STEPS)).astype('int32')
    for row, length in zip(ids, random.integers(1, STEPS + 1, COUNT)):
        row[length:] = 0
    ids[3] = 0
    tags = ((ids + np.pad(ids, ((0, 0), (1, 0)))[:, :-1]) % TAGS).astype('int32')
    return ids, tags


def vectors(name, *shape):
    return normal(rng(FAMILY, name), COUNT, *shape)


def labels_of(x, classes):
    flat = x.reshape(COUNT, -1)
    return (flat @ normal(rng(FAMILY, 'labels'), flat.shape[1], classes)).argmax(-1).astype('int32')


def weights_for(name, *shape):
    return rng(FAMILY, 'weights', name).choice(np.float32([0, 0.5, 1, 1.5, 3]), (COUNT, *shape))


SPARSE = losses.SparseCategoricalCrossentropy
CATEGORICAL = losses.CategoricalCrossentropy
BINARY = losses.BinaryCrossentropy
SQUARED = losses.MeanSquaredError
BOTH = {'metrics': ['accuracy'], 'weighted_metrics': ['accuracy']}


def tagger(mask=True, backbone=lambda: k.LSTM(4, return_sequences=True, name='memory'), wrap=True):
    x = keras.Input((STEPS,), dtype='int32', name='words')
    y = backbone()(k.Embedding(WORDS, 4, mask_zero=mask, name='embedding')(x))
    tags = k.Dense(TAGS, activation='softmax', name='tag')
    return keras.Model(x, (k.TimeDistributed(tags, name='tags') if wrap else tags)(y), name='tagger')


def masked():
    ids, tags = tagged_words()
    per_step, per_sample = weights_for('step', STEPS), weights_for('sample')
    one = {'x': [ids], 'y': [tags]}
    yield 'tagger', tagger, one, {'loss': SPARSE(), **BOTH}
    yield 'tagger-sampleWeight', tagger, {**one, 'w': [per_step]}, {'loss': SPARSE(), **BOTH}
    yield 'tagger-dense', lambda: tagger(wrap=False), one, {'loss': SPARSE(), **BOTH}
    yield 'tagger-unmasked', lambda: tagger(mask=False), one, {'loss': SPARSE(), **BOTH}
    yield 'tagger-unmasked-sampleWeight', lambda: tagger(mask=False), {**one, 'w': [per_step]}, {
        'loss': SPARSE(), **BOTH
    }
    yield 'tagger-oneHot', tagger, {'x': [ids], 'y': [one_hot(tags, TAGS)], 'w': [per_step]}, {
        'loss': CATEGORICAL(), **BOTH
    }
    for label, reduction, rate in [
        ('sum', 'sum', 0.02), ('meanWithSampleWeight', 'mean_with_sample_weight', 0.3)
    ]:
        for suffix, extra in [('', {}), ('-sampleWeight', {'w': [per_step]})]:
            yield f'tagger-{label}{suffix}', tagger, {**one, **extra}, {
                'loss': SPARSE(reduction=reduction), 'optimizer': optimizers.SGD(rate), **BOTH
            }
    empty = ids.copy()
    empty[2 * BATCH:TRAIN] = 0  # the whole last batch
    yield 'tagger-maskedBatch', tagger, {'x': [empty], 'y': [tags]}, {'loss': SPARSE(), **BOTH}
    yield 'tagger-bidirectional', lambda: tagger(
        backbone=lambda: k.Bidirectional(k.GRU(3, return_sequences=True), name='memory')
    ), one, {'loss': SPARSE(), **BOTH}

    def classifier():
        x = keras.Input((STEPS,), dtype='int32', name='words')
        y = k.Embedding(WORDS, 4, mask_zero=True, name='embedding')(x)
        y = k.GRU(4, name='memory')(y)
        return keras.Model(x, k.Dense(TAGS, activation='softmax', name='scores')(y), name='classifier')

    classes = tags.max(-1)
    yield 'classifier', classifier, {'x': [ids], 'y': [classes]}, {'loss': SPARSE(), **BOTH}
    yield 'classifier-sampleWeight', classifier, {'x': [ids], 'y': [classes], 'w': [per_sample]}, {
        'loss': SPARSE(), **BOTH
    }

    def regressor():
        x = keras.Input((STEPS, 3), name='signal')
        y = k.SimpleRNN(4, return_sequences=True, name='memory')(k.Masking(name='masking')(x))
        return keras.Model(x, k.Dense(2, name='values')(y), name='regressor')

    signal = vectors('signal', STEPS, 3)
    signal[ids == 0] = 0
    yield 'regressor', regressor, {'x': [signal], 'y': [vectors('values', STEPS, 2)]}, {
        'loss': SQUARED(), 'metrics': ['mae'], 'weighted_metrics': ['mse']
    }


def two_outputs(names=('main', 'aux')):
    x = keras.Input((4,), name='features')
    y = k.Dense(5, activation='tanh', name='hidden')(x)
    main = k.Dense(3, activation='softmax', name=names[0])(y)
    return keras.Model(x, [main, k.Dense(1, activation='sigmoid', name=names[1])(y)], name='twoOutputs')


def same_outputs():
    x = keras.Input((4,), name='features')
    y = k.Dense(5, activation='tanh', name='hidden')(x)
    both = [k.Dense(2, activation='sigmoid', name=name)(y) for name in ['main', 'aux']]
    return keras.Model(x, both, name='sameOutputs')


def shared_head(names=None):
    left, right = keras.Input((4,), name='left'), keras.Input((4,), name='right')
    head = k.Dense(3, activation='softmax', name='head')
    outputs = [head(left), head(right)]
    if names:
        outputs = [k.Identity(name=name)(output) for name, output in zip(names, outputs)]
    return keras.Model([left, right], outputs, name='sharedHead')


def outputs():
    x = vectors('features', 4)
    main, aux = one_hot(labels_of(x, 3), 3), (x[:, 1:2] > 0).astype('float32')
    two = {'x': [x], 'y': [main, aux]}
    pairs = {'x': [x], 'y': [(x[:, :2] > 0).astype('float32'), (x[:, 2:] > 0).astype('float32')]}
    weights = [weights_for('main'), weights_for('aux')]
    each = {'metrics': [['accuracy'], ['accuracy']]}

    yield 'outputs-oneLoss', same_outputs, pairs, {'loss': BINARY()}
    lists = {'loss': [CATEGORICAL(), BINARY()]}
    records = {'loss': {'aux': BINARY(), 'main': CATEGORICAL()}}
    yield 'outputs-list', two_outputs, two, {**lists, **each}
    yield 'outputs-list-lossWeights', two_outputs, two, {**lists, 'loss_weights': [1.0, 0.2], **each}
    yield 'outputs-record-lossWeights', two_outputs, two, {
        **records, 'loss_weights': {'aux': 0.2, 'main': 1.0},
        'metrics': {'aux': ['accuracy', 'mse'], 'main': ['accuracy']},
    }
    weighted = {**each, 'weighted_metrics': [['accuracy'], ['accuracy', 'mse']]}
    yield 'outputs-sampleWeights', two_outputs, {**two, 'w': weights}, {**lists, **weighted}
    yield 'outputs-sampleWeights-first', two_outputs, {**two, 'w': [weights[0], None]}, {**lists, **weighted}
    yield 'outputs-sampleWeights-lossWeights', two_outputs, {**two, 'w': weights}, {
        **lists, 'loss_weights': [0.3, 2.0], **each
    }
    yield 'outputs-noLoss', two_outputs, two, {'loss': [CATEGORICAL(), None], **each}
    yield 'outputs-noLoss-first', two_outputs, two, {'loss': {'main': None, 'aux': BINARY()}, **each}
    yield 'outputs-metricsPerOutput', two_outputs, two, {**lists, 'metrics': ['accuracy', 'mse']}
    yield 'outputs-metricsOfOne', two_outputs, two, {**lists, 'metrics': {'aux': ['accuracy']}}

    halves = {'x': [x, vectors('right', 4)], 'y': [main, main[::-1].copy()]}
    for name, build in [('sharedHead', shared_head), ('sharedHead-named', lambda: shared_head(['first', 'second']))]:
        yield name, build, halves, {'loss': CATEGORICAL(), **each}
        yield f'{name}-list', build, halves, {'loss': [CATEGORICAL(), SQUARED()], 'loss_weights': [1.0, 0.5], **each}


def penalised_dense():
    x = keras.Input((6,), name='features')
    y = k.Dense(
        7, activation='relu', name='hidden', kernel_regularizer=r.L2(0.02), bias_regularizer=r.L1(0.01),
        activity_regularizer=r.L2(0.03), kernel_constraint=c.MaxNorm(0.9),
    )(x)
    y = k.BatchNormalization(name='norm', gamma_regularizer=r.L1L2(0.01, 0.02), beta_constraint=c.NonNeg())(y)
    y = k.Dense(
        4, activation='tanh', name='narrow', kernel_regularizer=r.OrthogonalRegularizer(0.1),
        kernel_constraint=c.UnitNorm(axis=1), bias_constraint=c.MinMaxNorm(0.05, 0.4, rate=0.5),
    )(y)
    y = k.ActivityRegularization(l1=0.01, l2=0.02, name='activity')(y)
    return keras.Model(x, k.Dense(3, activation='softmax', name='scores')(y), name='penalised')


def penalised_recurrent():
    # No L1 where a constraint holds weights at 0: there its slope is a matter of taste.
    x = keras.Input((STEPS,), dtype='int32', name='words')
    y = k.Embedding(
        WORDS, 4, mask_zero=True, name='embedding', embeddings_regularizer=r.L2(0.01),
        embeddings_constraint=c.MaxNorm(1.5, axis=1),
    )(x)
    y = k.LSTM(
        4, return_sequences=True, name='memory', kernel_regularizer=r.L2(0.01), recurrent_regularizer=r.L1(0.02),
        bias_regularizer=r.L2(0.02), activity_regularizer=r.L2(0.05), kernel_constraint=c.MaxNorm(1.0),
        recurrent_constraint=c.UnitNorm(), bias_constraint=c.NonNeg(),
    )(y)
    return keras.Model(x, k.Dense(TAGS, activation='softmax', name='tags')(y), name='penalisedTagger')


def penalised_shared():
    """A layer called twice, and a model in the model.

    The shared layer has no activity regularizer: on JAX, Keras counts that of its first call alone.
    """
    inner_in = keras.Input((4,), name='innerInput')
    inner_out = k.Dense(5, activation='tanh', name='innerHidden', kernel_regularizer=r.L1(0.02))(inner_in)
    inner = keras.Model(inner_in, inner_out, name='inner')
    left, right = keras.Input((4,), name='left'), keras.Input((4,), name='right')
    shared = k.Dense(4, name='shared', kernel_regularizer=r.L2(0.05))
    both = k.Concatenate(name='both')([inner(shared(left)), inner(shared(right))])
    main = k.Dense(3, activation='softmax', name='main')(both)
    aux = k.Dense(1, name='aux', activity_regularizer=r.L2(0.1), bias_regularizer=r.L2(0.1))(both)
    return keras.Model([left, right], [main, aux], name='penalisedShared')


def penalised_frozen():
    x = keras.Input((6,), name='features')
    y = k.Dense(
        4, activation='tanh', name='hidden', kernel_regularizer=r.L2(0.1), activity_regularizer=r.L2(0.1),
        trainable=False,
    )(x)
    return keras.Model(x, k.Dense(3, activation='softmax', name='scores')(y), name='penalisedFrozen')


def penalties():
    x = vectors('penalised', 6)
    one = {'x': [x], 'y': [labels_of(x, 3)]}
    ids, tags = tagged_words()
    yield 'penalties', penalised_dense, one, {'loss': SPARSE(), 'metrics': ['accuracy']}
    yield 'penalties-adam', penalised_dense, one, {'loss': SPARSE(), 'optimizer': optimizers.Adam(0.02)}
    yield 'penalties-sampleWeight', penalised_dense, {**one, 'w': [weights_for('sample')]}, {'loss': SPARSE()}
    yield 'penalties-frozen', penalised_frozen, one, {'loss': SPARSE()}
    yield 'penalties-recurrent', penalised_recurrent, {'x': [ids], 'y': [tags]}, {'loss': SPARSE()}
    left, right = vectors('left', 4), vectors('right', 4)
    yield 'penalties-shared', penalised_shared, {
        'x': [left, right], 'y': [one_hot(labels_of(left, 3), 3), right[:, :1]]
    }, {'loss': [CATEGORICAL(), SQUARED()], 'loss_weights': [1.0, 0.5]}


def stateful(Layer):
    def build():
        x = keras.Input(batch_shape=(4, STEPS, 3), name='signal')
        memory = Layer(4, stateful=True, name='memory')
        model = keras.Model(x, k.Dense(1, name='value')(memory(x)), name='stateful')
        # Keras's trainer on JAX carries only what is tracked from step to step, and the states are not.
        memory._tracker.unlock()
        for state in memory.states:
            memory._track_variable(state)
        memory._tracker.lock()
        return model

    return build


def stateful_runs():
    data = {'x': [vectors('signal', STEPS, 3)], 'y': [vectors('value', 1)]}
    for name, Layer in [('lstm', k.LSTM), ('gru', k.GRU)]:
        yield f'stateful-{name}', stateful(Layer), data, {'loss': SQUARED()}


def cases():
    """Yields (name, model, {x, y, w: one for each input or output}, arguments of compile)."""
    yield from masked()
    yield from outputs()
    yield from penalties()
    yield from stateful_runs()


def each_described(loss):
    if loss is None:
        return None
    if isinstance(loss, list):
        return [each_described(item) for item in loss]
    if isinstance(loss, dict):
        return {key: each_described(item) for key, item in loss.items()}
    return described(loss)


def single(values):
    return values[0] if len(values) == 1 else values


def states_of(model):
    return [state for layer in model.layers for state in getattr(layer, 'states', None) or []]


def hand_masks_to_metrics(model):
    """In `fit`, and only there, Keras on JAX loses the masks of the predictions on their way to the metrics."""
    compute = model.compute_metrics
    # A mask goes by the inputs alone, so any weights will do.
    zeros = [(variable, np.zeros(variable.shape, variable.dtype)) for variable in model.variables]

    def compute_metrics(x, y, y_pred, sample_weight=None):
        with keras.StatelessScope(state_mapping=zeros):
            again = model(x, training=False)
        for given, masked_output in zip(keras.tree.flatten(y_pred), keras.tree.flatten(again)):
            set_keras_mask(given, get_keras_mask(masked_output))
        return compute(x, y, y_pred, sample_weight)

    model.compute_metrics = compute_metrics


def make_case(name, build, data, options):
    model = build()
    hand_masks_to_metrics(model)
    states = states_of(model)
    weights = random_weights(rng(FAMILY, name.split('-')[0], 'start'), model)
    for variable, value in zip(model.weights, weights):
        variable.assign(value)
    for state in states:
        state.assign(np.zeros(state.shape, 'float32'))
    kept = [at for at, variable in enumerate(model.weights) if not any(variable is state for state in states)]

    optimizer = options.get('optimizer') or optimizers.SGD(0.3)
    compiled = {key: options.get(key) for key in ['loss', 'metrics', 'weighted_metrics', 'loss_weights']}
    recorded = {
        'optimizer': described(optimizer),
        'loss': each_described(compiled['loss']),
        **{key: plain(compiled[key]) for key in ['metrics', 'weighted_metrics', 'loss_weights']},
    }
    config = plain(keras.saving.serialize_keras_object(model))
    model.compile(optimizer=optimizer, **compiled)

    batch = 4 if states else BATCH
    x, y, w = data['x'], data['y'], data.get('w')

    def rows(begin, end):
        cut = [[None if item is None else part(item, begin, end) for item in items or []] for items in (x, y, w)]
        return {'x': single(cut[0]), 'y': single(cut[1]), 'sample_weight': single(cut[2]) if w else None}

    def evaluate(begin, end):
        return floats(model.evaluate(**rows(begin, end), batch_size=batch, return_dict=True, verbose=0))

    validation = None
    if not states:
        held_out = rows(TRAIN, COUNT)
        validation = held_out['x'], held_out['y'], held_out['sample_weight']
    history = model.fit(
        **rows(0, TRAIN), batch_size=batch, epochs=EPOCHS, shuffle=False, validation_data=validation, verbose=0
    )
    final = [model.get_weights()[at] for at in kept]
    states_after_fit = tensors([state.value for state in states]) if states else None
    count = batch if states else PREDICTED

    write(FAMILY, name, {
        'model': {'class_name': config['class_name'], 'config': config['config']},
        'weightPaths': [model.weights[at].path for at in kept],
        'trainable': [bool(model.weights[at].trainable) for at in kept],
        'initialWeights': tensors([weights[at] for at in kept]),
        'outputNames': list(model.output_names),
        'x': tensors([item[:TRAIN] for item in x]),
        'y': tensors([item[:TRAIN] for item in y]),
        'sampleWeight': w and [None if item is None else tensor(item[:TRAIN]) for item in w],
        'xValidation': tensors([item[TRAIN:] for item in x]),
        'yValidation': tensors([item[TRAIN:] for item in y]),
        'sampleWeightValidation': w and [None if item is None else tensor(item[TRAIN:]) for item in w],
        'compile': recorded,
        'fit': {'batch_size': batch, 'epochs': EPOCHS, 'shuffle': False, 'validation': not states},
        'history': history_of(history.history),
        'finalWeights': tensors(final),
        'statesAfterFit': states_after_fit,
        'evaluate': {'train': evaluate(0, TRAIN), 'validation': None if states else evaluate(TRAIN, COUNT)},
        'predictions': tensors(
            keras.tree.flatten(model.predict(single([item[:count] for item in x]), batch_size=batch, verbose=0))
        ),
    })


def make():
    start(FAMILY)
    count = 0
    for name, build, data, options in cases():
        keras.utils.clear_session()
        make_case(name, build, data, options)
        count += 1
    return count
