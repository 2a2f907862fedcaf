"""Metrics: the result after each of three updates with batches of 4, 5 and 2 samples."""

import keras
import numpy as np
from keras import metrics

from .common import described, normal, number, rng, start, tensor, write
from .losses import one_hot, softmax

SIZES = [4, 5, 2]


def batches(random, truth, prediction, weighted):
    for size in SIZES:
        weight = random.choice([0.0, 0.25, 0.5, 1.0, 2.0, 3.0], size).astype('float32') if weighted else None
        yield truth(size), prediction(size), weight


def cases():
    """Yields (name, metric factory, maker of y_true, maker of y_pred)."""
    random = rng('metrics')

    def bits(columns):
        return lambda n: (random.random((n, columns)) < 0.5).astype('float32')

    def sigmoid(columns):
        return lambda n: (1 / (1 + np.exp(-normal(random, n, columns, scale=1.5)))).astype('float32')

    def logits(*shape):
        return lambda n: normal(random, n, *shape, scale=2)

    def probabilities(*shape):
        return lambda n: softmax(normal(random, n, *shape, scale=1.5))

    def labels(n):
        return random.integers(0, 4, n).astype('int32')

    def classes(n):
        return one_hot(labels(n), 4)

    m = metrics
    yield 'binaryAccuracy', m.BinaryAccuracy, bits(3), sigmoid(3)
    yield 'binaryAccuracy-column', m.BinaryAccuracy, bits(1), sigmoid(1)
    yield 'binaryAccuracy-threshold', lambda: m.BinaryAccuracy(threshold=0.3), bits(3), sigmoid(3)
    yield 'categoricalAccuracy', m.CategoricalAccuracy, classes, probabilities(4)
    yield 'categoricalAccuracy-rank3', m.CategoricalAccuracy, lambda n: one_hot(
        random.integers(0, 4, (n, 3)), 4
    ), probabilities(3, 4)
    yield 'sparseCategoricalAccuracy', m.SparseCategoricalAccuracy, labels, probabilities(4)
    yield 'sparseCategoricalAccuracy-column', m.SparseCategoricalAccuracy, lambda n: labels(n)[
        :, None
    ], probabilities(4)
    yield 'binaryCrossentropy', m.BinaryCrossentropy, bits(3), sigmoid(3)
    yield 'binaryCrossentropy-logits-smoothing', lambda: m.BinaryCrossentropy(
        from_logits=True, label_smoothing=0.1
    ), bits(3), logits(3)
    yield 'categoricalCrossentropy', m.CategoricalCrossentropy, classes, probabilities(4)
    yield 'categoricalCrossentropy-logits-smoothing', lambda: m.CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.1
    ), classes, logits(4)
    yield 'sparseCategoricalCrossentropy', m.SparseCategoricalCrossentropy, labels, probabilities(4)
    yield 'sparseCategoricalCrossentropy-logits', lambda: m.SparseCategoricalCrossentropy(
        from_logits=True
    ), labels, logits(4)


def make():
    start('metrics')
    count = 0
    for name, factory, truth, prediction in cases():
        for weighted in [False, True]:
            keras.utils.clear_session()
            metric = factory()
            random = rng('metrics', name, str(weighted))
            updates = []
            for y_true, y_pred, weight in batches(random, truth, prediction, weighted):
                metric.update_state(y_true, y_pred, weight)
                updates.append({
                    'y_true': tensor(y_true),
                    'y_pred': tensor(y_pred),
                    'sample_weight': None if weight is None else tensor(weight),
                    'result': number(metric.result()),
                })
            write('metrics', name + ('-weighted' if weighted else ''), {**described(metric), 'updates': updates})
            count += 1
    return count
