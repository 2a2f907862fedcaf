"""What every family shares: seeds, tensors as JSON, writing files."""

import base64
import json
import os
import zlib

import keras
import numpy as np

REPOSITORY = os.path.abspath(__file__).rsplit(os.sep, 4)[0]
ROOT = os.path.join(REPOSITORY, 'packages', 'golden', 'fixtures')
MAX_FIXTURE = 150_000

made = {}


def rng(*names):
    """A generator that depends on the names only, so that adding a case never changes another."""
    return np.random.default_rng(zlib.crc32('/'.join(names).encode()))


def normal(random, *shape, scale=1.0):
    return (random.standard_normal(shape) * scale).astype('float32')


def random_weights(random, model):
    """For every weight of a model, of the size that its initializer would have given it; no bias is zero."""
    values = []
    for variable in model.weights:
        name, shape = variable.name, variable.shape
        if name == 'moving_variance':
            values.append(random.uniform(0.7, 1.3, shape).astype('float32'))
        elif name in ('kernel', 'recurrent_kernel', 'embeddings'):
            fan = 1 if name == 'embeddings' else int(np.prod(shape[:-1]))
            values.append(normal(random, *shape, scale=fan ** -0.5))
        else:
            values.append(normal(random, *shape, scale=0.1) + np.float32(name == 'gamma'))
    return values


def tensor(value):
    array = np.asarray(value)
    if array.dtype == np.bool_:
        dtype, data = 'bool', array.astype('u1')
    elif array.dtype.kind in 'iu':
        dtype, data = 'int32', array.astype('<i4')
    else:
        dtype, data = 'float32', array.astype('<f4')
    return {
        'shape': [int(size) for size in array.shape],
        'dtype': dtype,
        'data': base64.b64encode(np.ascontiguousarray(data).tobytes()).decode(),
    }


def tensors(values):
    return [tensor(value) for value in values]


def plain(value):
    """Keras objects, tuples and NumPy scalars as plain JSON values."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    return plain(keras.saving.serialize_keras_object(value))


def config_of(thing):
    return plain(keras.saving.serialize_keras_object(thing)['config'])


def described(thing):
    return {'class_name': type(thing).__name__, 'config': config_of(thing)}


def number(value):
    return float(np.asarray(value))


def start(family):
    made[family] = {}
    keras.utils.clear_session()


def write(family, name, content):
    if name in made[family]:
        raise ValueError(f'{family}/{name} is made twice')
    text = json.dumps(content, allow_nan=False, separators=(',', ':'))
    if len(text) > MAX_FIXTURE:
        raise ValueError(f'{family}/{name} has {len(text)} bytes, more than {MAX_FIXTURE}')
    made[family][name] = text


def save():
    """One file for each family that was made, one line for each fixture: compact, and readable in a diff."""
    for family, fixtures in made.items():
        lines = ',\n'.join(f'{json.dumps(name)}: {fixtures[name]}' for name in sorted(fixtures))
        with open(os.path.join(ROOT, f'{family}.json'), 'w', encoding='utf-8', newline='\n') as file:
            file.write('{\n' + lines + '\n}\n')
    made.clear()
