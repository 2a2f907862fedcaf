"""Initializers: the analytic distribution, and statistics of a draw of about a million values."""

import keras
import numpy as np
from keras import initializers as i

from .common import described, number, start, write

SHAPES = [[100, 50], [3, 3, 16, 32], [64], [5, 32]]
DRAWN = 1_000_000
# The standard deviation of a normal distribution cut at two standard deviations.
TRUNCATION = 0.87962566103423978
QUANTILES = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]


def cases():
    yield 'glorotUniform', i.GlorotUniform
    yield 'glorotNormal', i.GlorotNormal
    yield 'heNormal', i.HeNormal
    yield 'heUniform', i.HeUniform
    yield 'lecunNormal', i.LecunNormal
    yield 'lecunUniform', i.LecunUniform
    yield 'randomNormal', i.RandomNormal
    yield 'randomNormal-custom', lambda seed=None: i.RandomNormal(0.5, 0.2, seed=seed)
    yield 'truncatedNormal', i.TruncatedNormal
    yield 'truncatedNormal-custom', lambda seed=None: i.TruncatedNormal(-1.0, 0.5, seed=seed)
    yield 'randomUniform', i.RandomUniform
    yield 'randomUniform-custom', lambda seed=None: i.RandomUniform(-0.1, 0.4, seed=seed)
    yield 'varianceScaling', i.VarianceScaling
    for mode, distribution, scale in [
        ('fan_in', 'untruncated_normal', 2.0),
        ('fan_out', 'truncated_normal', 1.5),
        ('fan_avg', 'uniform', 3.0),
        ('fan_out', 'uniform', 0.5),
    ]:
        name = f'varianceScaling-{mode}-{distribution}'.replace('_', '')
        yield name, lambda seed=None, a=(scale, mode, distribution): i.VarianceScaling(*a, seed=seed)


def fans_of(shape):
    if len(shape) == 1:
        return shape[0], shape[0]
    field = int(np.prod(shape[:-2]))
    return field * shape[-2], field * shape[-1]


def analytic(initializer, shape):
    """Distribution, its stated parameters, its mean and its true standard deviation."""
    fan_in, fan_out = fans_of(shape)
    if isinstance(initializer, i.VarianceScaling):
        fan = {'fan_in': fan_in, 'fan_out': fan_out, 'fan_avg': (fan_in + fan_out) / 2}[initializer.mode]
        variance, mean = initializer.scale / max(1.0, fan), 0.0
        deviation = variance ** 0.5
        if initializer.distribution == 'uniform':
            limit = (3 * variance) ** 0.5
            return 'uniform', -limit, limit, mean, deviation
        if initializer.distribution == 'untruncated_normal':
            return 'normal', None, None, mean, deviation
        bound = 2 * deviation / TRUNCATION
        return 'truncatedNormal', -bound, bound, mean, deviation
    if isinstance(initializer, i.RandomUniform):
        low, high = initializer.minval, initializer.maxval
        return 'uniform', low, high, (low + high) / 2, (high - low) / 12 ** 0.5
    mean, deviation = initializer.mean, initializer.stddev
    if isinstance(initializer, i.TruncatedNormal):
        return 'truncatedNormal', mean - 2 * deviation, mean + 2 * deviation, mean, deviation * TRUNCATION
    return 'normal', None, None, mean, deviation


def make():
    start('initializers')
    count = 0
    for name, factory in cases():
        keras.utils.clear_session()
        results = []
        for shape in SHAPES:
            size = int(np.prod(shape))
            draws = -(-DRAWN // size) if size > 1000 else 2000
            values = np.concatenate([
                np.asarray(factory(seed=seed)(shape), 'float64').ravel() for seed in range(draws)
            ])
            distribution, low, high, mean, deviation = analytic(factory(), shape)
            # No fixture may state what the draw does not show.
            assert abs(values.mean() - mean) < 6 * deviation / values.size ** 0.5, name
            assert abs(values.std() / deviation - 1) < 0.01, (name, shape, values.std(), deviation)
            assert low is None or (low - 1e-6 <= values.min() and values.max() <= high + 1e-6), name
            fan_in, fan_out = fans_of(shape)
            results.append({
                'shape': shape,
                'fanIn': fan_in,
                'fanOut': fan_out,
                'distribution': distribution,
                'low': low,
                'high': high,
                'mean': mean,
                'stddev': deviation,
                'drawn': {
                    'count': int(values.size),
                    'mean': number(values.mean()),
                    'stddev': number(values.std()),
                    'min': number(values.min()),
                    'max': number(values.max()),
                    'quantiles': [[q, number(np.quantile(values, q))] for q in QUANTILES],
                },
            })
        write('initializers', name, {**described(factory()), 'cases': results})
        count += 1
    return count
