"""Losses: reduced value, values per sample, gradient of the reduced value with respect to y_pred."""

import jax
import numpy as np
from keras import losses

from .common import described, normal, number, rng, start, tensor, write


def softmax(values):
    exponent = np.exp(values - values.max(-1, keepdims=True))
    return (exponent / exponent.sum(-1, keepdims=True)).astype('float32')


def one_hot(labels, classes):
    return np.eye(classes, dtype='float32')[labels]


def cases():
    """Yields (name, loss, y_true, y_pred, sample_weight)."""
    random = rng('losses')
    weight = np.array([0.5, 2.0, 0.0, 1.25], 'float32')
    labels = np.array([2, 0, 1, 2], 'int32')
    labels3 = np.array([[0, 2, 1], [1, 1, 0]], 'int32')
    logits, logits3 = normal(random, 4, 3, scale=2), normal(random, 2, 3, 3, scale=2)
    probabilities, probabilities3 = softmax(logits), softmax(logits3)
    weight3 = np.array([[1, 0.5, 2], [0, 3, 0.25]], 'float32')
    extreme = np.array([[0, 0, 1], [0, 1, 0], [0.5, 0, 0.5], [1, 0, 0]], 'float32')
    extreme_logits = np.array([[-90, 3, 90], [100, -100, 0], [-1e3, 0, 1e3], [1e3, 0, -1e3]], 'float32')
    unscaled = np.abs(normal(random, 4, 3)) + np.float32(0.1)
    smooth = softmax(normal(random, 4, 3))

    for from_logits in [False, True]:
        suffix = '-logits' if from_logits else ''
        y, y3, ext = (logits, logits3, extreme_logits) if from_logits else (probabilities, probabilities3, extreme)

        name, Loss = 'categoricalCrossentropy' + suffix, losses.CategoricalCrossentropy
        yield name, Loss(from_logits), one_hot(labels, 3), y, None
        yield f'{name}-weighted', Loss(from_logits), one_hot(labels, 3), y, weight
        yield f'{name}-extreme', Loss(from_logits), one_hot(labels, 3), ext, None
        yield f'{name}-smoothing', Loss(from_logits, label_smoothing=0.15), one_hot(labels, 3), y, None
        yield f'{name}-soft-labels', Loss(from_logits), smooth, y, None
        yield f'{name}-rank3', Loss(from_logits), one_hot(labels3, 3), y3, None
        yield f'{name}-rank3-weighted', Loss(from_logits), one_hot(labels3, 3), y3, weight3
        yield f'{name}-sum', Loss(from_logits, reduction='sum'), one_hot(labels, 3), y, weight
        yield f'{name}-mean-with-sample-weight', Loss(
            from_logits, reduction='mean_with_sample_weight'
        ), one_hot(labels, 3), y, weight

        name, Loss = 'sparseCategoricalCrossentropy' + suffix, losses.SparseCategoricalCrossentropy
        yield name, Loss(from_logits=from_logits), labels, y, None
        yield f'{name}-column', Loss(from_logits=from_logits), labels[:, None], y, None
        yield f'{name}-weighted', Loss(from_logits=from_logits), labels, y, weight
        yield f'{name}-extreme', Loss(from_logits=from_logits), labels, ext, None
        yield f'{name}-rank3', Loss(from_logits=from_logits), labels3, y3, None
        yield f'{name}-rank3-weighted', Loss(from_logits=from_logits), labels3, y3, weight3

    yield 'categoricalCrossentropy-unscaled', losses.CategoricalCrossentropy(), one_hot(labels, 3), unscaled, None
    yield 'sparseCategoricalCrossentropy-unscaled', losses.SparseCategoricalCrossentropy(), labels, unscaled, None

    truth = (random.random((4, 3)) < 0.5).astype('float32')
    column = np.array([[1], [0], [1], [1]], 'float32')
    for from_logits in [False, True]:
        suffix = '-logits' if from_logits else ''
        y = normal(random, 4, 3, scale=2)
        ext = np.array([[-90, 0, 90], [100, -100, 0.5], [-1e3, 1, 1e3], [1e3, -2, -1e3]], 'float32')
        if not from_logits:
            y = (1 / (1 + np.exp(-y))).astype('float32')
            ext = np.array([[0, 1, 0.25], [1, 0, 1], [0.5, 0, 1], [1, 1, 0]], 'float32')
        name, Loss = 'binaryCrossentropy' + suffix, losses.BinaryCrossentropy
        yield name, Loss(from_logits), truth, y, None
        yield f'{name}-weighted', Loss(from_logits), truth, y, weight
        yield f'{name}-weighted-column', Loss(from_logits), truth, y, weight[:, None]
        yield f'{name}-extreme', Loss(from_logits), truth, ext, None
        yield f'{name}-smoothing', Loss(from_logits, label_smoothing=0.2), truth, y, None
        yield f'{name}-column', Loss(from_logits), column, y[:, :1], None
        yield f'{name}-squeezed', Loss(from_logits), column[:, 0], y[:, :1], None

    for name, Loss in [
        ('meanSquaredError', losses.MeanSquaredError),
        ('meanAbsoluteError', losses.MeanAbsoluteError),
    ]:
        truth, y = normal(random, 4, 3), normal(random, 4, 3)
        yield name, Loss(), truth, y, None
        yield f'{name}-weighted', Loss(), truth, y, weight
        yield f'{name}-extreme', Loss(), truth * np.float32(1e4), y * np.float32(1e-4), None
        yield f'{name}-rank3', Loss(), normal(random, 2, 3, 3), normal(random, 2, 3, 3), weight3
        yield f'{name}-squeezed', Loss(), truth[:, 0], y[:, :1], None
        yield f'{name}-sum', Loss(reduction='sum'), truth, y, None
        yield f'{name}-mean-with-sample-weight', Loss(reduction='mean_with_sample_weight'), truth, y, weight


def make():
    start('losses')
    count = 0
    for name, loss, y_true, y_pred, sample_weight in cases():
        loss.name = name.split('-')[0]
        config = described(loss)
        unreduced = type(loss).from_config({**loss.get_config(), 'reduction': None})

        def value(prediction):
            return loss(y_true, prediction, sample_weight)

        result, gradient = jax.value_and_grad(value)(jax.numpy.asarray(y_pred))
        weighted = None if sample_weight is None else tensor(unreduced(y_true, y_pred, sample_weight))
        write('losses', name, {
            **config,
            'y_true': tensor(y_true),
            'y_pred': tensor(y_pred),
            'sample_weight': None if sample_weight is None else tensor(sample_weight),
            'value': number(result),
            'perSample': tensor(unreduced(y_true, y_pred)),
            'perSampleWeighted': weighted,
            'gradient': tensor(gradient),
        })
        count += 1
    return count
