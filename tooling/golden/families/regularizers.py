"""Regularizers: the penalty of given weights and its gradient."""

import jax
import numpy as np
from keras import regularizers as r

from .common import described, normal, number, rng, start, tensor, write


def cases():
    """Yields (name, regularizer, shape or weights)."""
    for name, regularizer in [
        ('l1', r.L1(0.3)),
        ('l1-default', r.L1()),
        ('l2', r.L2(0.2)),
        ('l2-default', r.L2()),
        ('l1l2', r.L1L2(l1=0.05, l2=0.4)),
        ('l1l2-only-l1', r.L1L2(l1=0.05)),
        ('l1l2-only-l2', r.L1L2(l2=0.4)),
        ('l1l2-default', r.L1L2()),
    ]:
        yield name, regularizer, (3, 4)
        yield f'{name}-rank1', regularizer, (5,)
        yield f'{name}-rank4', regularizer, (2, 3, 2, 2)
    yield 'l1-zeros', r.L1(0.3), np.array([[0, 1.5, 0], [-0.5, 0, 2]], 'float32')
    for mode in ['rows', 'columns']:
        yield f'orthogonal-{mode}', r.OrthogonalRegularizer(0.7, mode=mode), (3, 4)
        yield f'orthogonal-{mode}-tall', r.OrthogonalRegularizer(mode=mode), (5, 2)
        yield f'orthogonal-{mode}-square', r.OrthogonalRegularizer(0.3, mode=mode), (3, 3)


def make():
    start('regularizers')
    count = 0
    for name, regularizer, weights in cases():
        if isinstance(weights, tuple):
            weights = normal(rng('regularizers', name), *weights)
        value, gradient = jax.value_and_grad(regularizer)(jax.numpy.asarray(weights))
        write('regularizers', name, {
            **described(regularizer),
            'weights': tensor(weights),
            'value': number(value),
            'gradient': tensor(gradient),
        })
        count += 1
    return count
