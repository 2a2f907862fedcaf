"""Constraints: what becomes of given weights."""

import numpy as np
from keras import constraints as c

from .common import described, normal, rng, start, tensor, write


def cases():
    """Yields (name, constraint, shape)."""
    for name, Constraint, options in [
        ('maxNorm', c.MaxNorm, {'max_value': 1.2}),
        ('minMaxNorm', c.MinMaxNorm, {'min_value': 0.8, 'max_value': 1.5}),
        ('minMaxNorm-rate', c.MinMaxNorm, {'min_value': 0.8, 'max_value': 1.5, 'rate': 0.3}),
        ('unitNorm', c.UnitNorm, {}),
    ]:
        yield name, Constraint(**options), (3, 5)
        yield f'{name}-axis1', Constraint(axis=1, **options), (3, 5)
        yield f'{name}-axes', Constraint(axis=[0, 1, 2], **options), (2, 3, 2, 4)
        yield f'{name}-rank1', Constraint(**options), (4,)
    yield 'maxNorm-default', c.MaxNorm(), (6, 3)
    yield 'minMaxNorm-default', c.MinMaxNorm(), (3, 5)
    yield 'nonNeg', c.NonNeg(), (3, 5)
    yield 'nonNeg-rank1', c.NonNeg(), (5,)


def make():
    start('constraints')
    count = 0
    for name, constraint, shape in cases():
        weights = normal(rng('constraints', name), *shape)
        # Columns of every size, and one of nothing but zeros.
        if len(shape) > 1:
            weights = weights * np.geomspace(0.2, 3, shape[-1], dtype='float32')
            weights[..., 1] = 0
        write('constraints', name, {
            **described(constraint),
            'weights': tensor(weights),
            'output': tensor(constraint(weights)),
        })
        count += 1
    return count
