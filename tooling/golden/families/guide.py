"""The programs of the guide to the functional API: trained at a small size, summarised at the guide's."""

import collections
from types import SimpleNamespace

import jax
import keras
import numpy as np
from keras import layers as k
from keras import losses, optimizers
from keras.src.backend.common import global_state

from .common import described, normal, number, plain, random_weights, rng, start, tensors, write
from .losses import one_hot
from .summary import summary_of

STEPS, SMALLEST = 3, 1e-6


class FromOne(collections.defaultdict):
    """Keras's counts of auto names: the first layer is dense_1 then, as in the guide, and not dense."""

    def __init__(self):
        super().__init__(lambda: 1)

    def __contains__(self, name):
        return True


def count_names():
    keras.utils.clear_session()
    global_state.set_global_attribute('object_name_uids', FromOne())


def classifier(size):
    x = keras.Input((size.pixels,), name='input_1')
    y = k.Dense(size.hidden, activation='relu')(x)
    y = k.Dense(size.hidden, activation='relu')(y)
    return keras.Model(x, k.Dense(size.classes, activation='softmax')(y), name='classifier')


def time_distributed(size):
    digits = classifier(size)
    x = keras.Input((size.steps, size.pixels), name='input_2')
    return keras.Model(x, k.TimeDistributed(digits)(x), name='reader')


def headline(size):
    main_input = keras.Input((size.words,), dtype='int32', name='main_input')
    text = k.LSTM(size.units)(k.Embedding(size.vocabulary, size.features)(main_input))
    aux_output = k.Dense(1, activation='sigmoid', name='aux_output')(text)
    aux_input = keras.Input((5,), name='aux_input')
    x = k.Concatenate()([text, aux_input])
    for _ in range(3):
        x = k.Dense(size.hidden, activation='relu')(x)
    main_output = k.Dense(1, activation='sigmoid', name='main_output')(x)
    return keras.Model([main_input, aux_input], [main_output, aux_output], name='headline')


def shared_lstm(size):
    earlier = keras.Input((size.steps, size.characters), name='earlier')
    later = keras.Input((size.steps, size.characters), name='later')
    reader = k.LSTM(size.units)
    both = k.Concatenate(axis=-1)([reader(earlier), reader(later)])
    same = k.Dense(1, activation='sigmoid', name='same')(both)
    return keras.Model([earlier, later], same, name='sharedLstm')


def inception(size):
    x = keras.Input((size.side, size.side, 3), name='input_1')
    same = {'padding': 'same', 'activation': 'relu'}
    tower_1 = k.Conv2D(size.filters, 1, **same)(x)
    tower_1 = k.Conv2D(size.filters, 3, **same)(tower_1)
    tower_2 = k.Conv2D(size.filters, 1, **same)(x)
    tower_2 = k.Conv2D(size.filters, 5, **same)(tower_2)
    tower_3 = k.MaxPooling2D(3, strides=1, padding='same')(x)
    tower_3 = k.Conv2D(size.filters, 1, **same)(tower_3)
    towers = [tower_1, tower_2, tower_3]
    outputs = [k.Concatenate(axis=1, name='rows')(towers), k.Concatenate(axis=-1, name='channels')(towers)]
    return keras.Model(x, outputs, name='inception')


def residual(size):
    x = keras.Input((size.side, size.side, 3), name='input_1')
    return keras.Model(x, k.Add()([x, k.Conv2D(3, 3, padding='same')(x)]), name='residual')


def shared_vision(size):
    digit = keras.Input((size.side, size.side, 1), name='input_1')
    y = k.Conv2D(size.filters, 3)(digit)
    y = k.Conv2D(size.filters, 3)(y)
    y = k.Flatten()(k.MaxPooling2D(2)(y))
    vision = keras.Model(digit, y, name='vision')
    a = keras.Input((size.side, size.side, 1), name='digit_a')
    b = keras.Input((size.side, size.side, 1), name='digit_b')
    both = k.Concatenate()([vision(a), vision(b)])
    return keras.Model([a, b], k.Dense(1, activation='sigmoid', name='same')(both), name='sharedVision')


def visual_parts(size):
    first, second, third = size.filters
    relu = {'activation': 'relu'}
    vision = keras.Sequential([
        keras.Input((size.side, size.side, 3), name='input_1'),
        k.Conv2D(first, 3, padding='same', **relu),
        k.Conv2D(first, 3, **relu),
        k.MaxPooling2D(2),
        k.Conv2D(second, 3, padding='same', **relu),
        k.Conv2D(second, 3, **relu),
        k.MaxPooling2D(2),
        k.Conv2D(third, 3, padding='same', **relu),
        k.Conv2D(third, 3, **relu),
        k.Conv2D(third, 3, **relu),
        k.MaxPooling2D(2),
        k.Flatten(),
    ], name='vision')
    image = keras.Input((size.side, size.side, 3), name='image')
    encoded_image = vision(image)
    question = keras.Input((size.words,), dtype='int32', name='question')
    encoded_question = k.LSTM(size.units)(k.Embedding(size.vocabulary, size.units)(question))
    merged = k.Concatenate()([encoded_question, encoded_image])
    answer = k.Dense(size.answers, activation='softmax', name='answer')(merged)
    return vision, image, question, encoded_question, answer


def visual_qa(size):
    _, image, question, _, answer = visual_parts(size)
    return keras.Model([image, question], answer, name='visualQa')


def video_qa(size):
    vision, _, question, encoded_question, _ = visual_parts(size)
    video = keras.Input((size.frames, size.side, size.side, 3), name='video')
    encoded_video = k.LSTM(size.units)(k.TimeDistributed(vision)(video))
    question_encoder = keras.Model(question, encoded_question, name='question_encoder')
    video_question = keras.Input((size.words,), dtype='int32', name='video_question')
    merged = k.Concatenate()([encoded_video, question_encoder(video_question)])
    answer = k.Dense(size.answers, activation='softmax', name='answer')(merged)
    return keras.Model([video, video_question], answer, name='videoQa')


Size = SimpleNamespace
BINARY, CATEGORICAL, SPARSE, SQUARED = (
    losses.BinaryCrossentropy, losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy,
    losses.MeanSquaredError,
)


def programs():
    """Yields (name, model of a size, the guide's size, a small size, batch, losses, their weights, optimizer)."""
    yield (
        'dense', classifier, Size(pixels=784, hidden=64, classes=10), Size(pixels=20, hidden=8, classes=5), 4,
        [CATEGORICAL()], None, optimizers.RMSprop(0.01),
    )
    yield (
        'timeDistributed', time_distributed, Size(steps=20, pixels=784, hidden=64, classes=10),
        Size(steps=4, pixels=20, hidden=8, classes=5), 3, [CATEGORICAL()], None, optimizers.Adam(0.01),
    )
    yield (
        'headline', headline, Size(words=100, vocabulary=10_000, features=512, units=32, hidden=64),
        Size(words=10, vocabulary=30, features=6, units=4, hidden=6), 4, [BINARY(), BINARY()], [1.0, 0.2],
        optimizers.RMSprop(0.01),
    )
    yield (
        'sharedLstm', shared_lstm, Size(steps=280, characters=256, units=64), Size(steps=6, characters=5, units=4), 4,
        [BINARY()], None, optimizers.Adam(0.01),
    )
    yield (
        'inception', inception, Size(side=256, filters=64), Size(side=6, filters=3), 2, [SQUARED(), SQUARED()],
        None, optimizers.SGD(0.2),
    )
    yield (
        'residual', residual, Size(side=256), Size(side=7), 2, [SQUARED()], None, optimizers.SGD(0.2, momentum=0.9),
    )
    yield (
        'sharedVision', shared_vision, Size(side=27, filters=64), Size(side=9, filters=3), 3, [BINARY()], None,
        optimizers.Adam(0.01),
    )
    full = Size(side=224, filters=(64, 128, 256), words=100, vocabulary=10_000, units=256, answers=1000, frames=100)
    small = Size(side=30, filters=(2, 3, 4), words=6, vocabulary=12, units=4, answers=5, frames=2)
    yield 'visualQa', visual_qa, full, small, 2, [SPARSE()], None, optimizers.Adam(0.01)
    yield 'videoQa', video_qa, full, small, 2, [SPARSE()], None, optimizers.SGD(0.1)


def drawn_inputs(random, model, size, batch):
    return [
        random.integers(0, size.vocabulary, (batch, *x.shape[1:])).astype('int32')
        if x.dtype == 'int32' else normal(random, batch, *x.shape[1:])
        for x in model.inputs
    ]


def drawn_target(random, loss, output, batch):
    if isinstance(loss, SQUARED):
        return normal(random, batch, *output.shape[1:])
    if isinstance(loss, BINARY):
        return (random.random((batch, 1)) < 0.5).astype('float32')
    labels = random.integers(0, output.shape[-1], (batch, *output.shape[1:-1])).astype('int32')
    return labels if isinstance(loss, SPARSE) else one_hot(labels, output.shape[-1])


def single(values):
    return values[0] if len(values) == 1 else values


def drawn(name, model, size, batch, loss, slopes):
    """Weights, inputs and targets, so that no slope but an exact zero is so small that rounding gives it its sign:
    an adaptive optimizer would make a whole step of it."""
    for attempt in range(100):
        random = rng('guide', name, str(attempt))
        weights = random_weights(random, model)
        model.set_weights(weights)
        x = drawn_inputs(random, model, size, batch)
        y = [drawn_target(random, item, output, batch) for item, output in zip(loss, model.outputs)]
        value, gradients = slopes([variable.value for variable in model.trainable_variables], x, y)
        sizes = np.abs(np.concatenate([np.ravel(gradient) for gradient in gradients]))
        if sizes[sizes > 0].min() > SMALLEST:
            return weights, x, y, value, gradients
    raise ValueError(f'{name}: every draw has slopes of almost nothing')


def make_small(name, model, size, batch, loss, loss_weights, optimizer):
    fixed = [variable.value for variable in model.non_trainable_variables]

    @jax.jit
    @jax.value_and_grad
    def slopes(trainable, x, y):
        outputs, _ = model.stateless_call(trainable, fixed, single(x), training=True)
        values = [item(target, output) for item, target, output in zip(loss, y, keras.tree.flatten(outputs))]
        return sum(value * weight for value, weight in zip(values, loss_weights or [1.0] * len(values)))

    weights, x, y, value, gradients = drawn(name, model, size, batch, loss, slopes)
    config = plain(keras.saving.serialize_keras_object(model))
    outputs = keras.tree.flatten(model.predict_on_batch(single(x)))
    model.compile(optimizer=optimizer, loss=single(loss), loss_weights=loss_weights)
    step_losses = []
    for _ in range(STEPS):
        model.reset_metrics()
        step_losses.append(number(model.train_on_batch(single(x), single(y), return_dict=True)['loss']))
    np.testing.assert_allclose(step_losses[0], value, rtol=1e-5)

    summary = summary_of(model)
    write('guide', name, {
        'model': {'class_name': config['class_name'], 'config': config['config']},
        'weightPaths': [variable.path for variable in model.weights],
        'trainable': [bool(variable.trainable) for variable in model.weights],
        'weights': tensors(weights),
        'inputNames': [tensor.name for tensor in model.inputs],
        'outputNames': list(model.output_names),
        'inputs': tensors(x),
        'targets': tensors(y),
        'outputs': tensors(outputs),
        'compile': {
            'optimizer': described(optimizer),
            'loss': [described(item) for item in loss],
            'loss_weights': loss_weights,
        },
        'loss': number(value),
        'gradients': tensors(gradients),
        'stepLosses': step_losses,
        'weightsAfter': tensors(model.get_weights()),
        **{key: summary[key] for key in ['totalParams', 'trainableParams', 'nonTrainableParams']},
    })


def make():
    start('guide')
    start('guideSummary')
    count = 0
    for name, build, full, small, batch, *training in programs():
        count_names()
        make_small(name, build(small), small, batch, *training)
        count_names()
        write('guideSummary', name, summary_of(build(full)))
        count += 2
    return count
