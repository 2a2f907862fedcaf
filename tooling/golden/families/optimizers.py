"""Optimizers: two variables, five steps with given gradients."""

import keras
import numpy as np
from keras import optimizers as o

from .common import described, normal, rng, start, tensors, write

STEPS = 5


def cases():
    yield 'sgd', o.SGD(0.1)
    yield 'sgd-momentum', o.SGD(0.1, momentum=0.9)
    yield 'sgd-nesterov', o.SGD(0.1, momentum=0.9, nesterov=True)
    yield 'rmsprop', o.RMSprop()
    yield 'rmsprop-momentum', o.RMSprop(0.01, momentum=0.8)
    yield 'rmsprop-centered', o.RMSprop(0.01, centered=True)
    yield 'rmsprop-rho-epsilon', o.RMSprop(0.01, rho=0.7, epsilon=1e-3)
    yield 'rmsprop-momentum-centered', o.RMSprop(0.01, momentum=0.8, centered=True)
    yield 'adam', o.Adam()
    yield 'adam-amsgrad', o.Adam(0.01, amsgrad=True)
    yield 'adam-betas-epsilon', o.Adam(0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-3)
    extras = {
        'clipnorm': {'clipnorm': 0.9},
        'clipvalue': {'clipvalue': 0.4},
        'global-clipnorm': {'global_clipnorm': 1.1},
        'weight-decay': {'weight_decay': 0.05},
    }
    for extra, arguments in extras.items():
        yield f'sgd-{extra}', o.SGD(0.1, momentum=0.9, **arguments)
        yield f'rmsprop-{extra}', o.RMSprop(0.01, **arguments)
        yield f'adam-{extra}', o.Adam(0.01, **arguments)


def make():
    start('optimizers')
    random = rng('optimizers')
    initial = [normal(random, 3, 4), normal(random, 4)]
    gradients = []
    for step in range(STEPS):
        # The sizes differ from step to step, so that clipping acts on some steps and not on others.
        size = np.float32([1.0, 0.1, 2.0, 0.3, 0.02][step])
        gradients.append([normal(random, 3, 4) * size, normal(random, 4) * size])
    gradients[1][1][2] = 0
    count = 0
    for name, optimizer in cases():
        variables = [keras.Variable(initial[0], name='kernel'), keras.Variable(initial[1], name='bias')]
        config = described(optimizer)
        optimizer.build(variables)
        after = []
        for step in gradients:
            optimizer.apply([keras.ops.convert_to_tensor(gradient) for gradient in step], variables)
            after.append(tensors([variable.value for variable in variables]))
        write('optimizers', name, {
            **config,
            'initial': tensors(initial),
            'gradients': [tensors(step) for step in gradients],
            'after': after,
            'stateNames': [variable.path for variable in optimizer.variables],
            'state': tensors([variable.value for variable in optimizer.variables]),
        })
        count += 1
        keras.utils.clear_session()
    return count
