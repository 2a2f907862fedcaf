"""Loads `.keras` and `.h5` files in Keras and compares: python check_keras.py FOLDER

For each file that fn wrote there is another with .json behind its name: data, what fn predicts, and what another epoch of
training, unshuffled, makes of the model there. Keras has to predict the same, and to train on to the same weights.
NAME.back.keras and NAME.back.h5 are what Keras saves then, for fn to load.
"""

import base64
import json
import os
import sys
from pathlib import Path

os.environ['KERAS_BACKEND'] = 'jax'
os.environ['JAX_PLATFORMS'] = 'cpu'

import keras  # noqa: E402
import numpy as np  # noqa: E402

from families.keras_files import Scale  # noqa: E402, F401

PREDICTIONS, TRAINING = 1e-5, 1e-4


def array(tensor):
    dtype = {'float32': '<f4', 'int32': '<i4', 'bool': 'u1'}[tensor['dtype']]
    values = np.frombuffer(base64.b64decode(tensor['data']), dtype).reshape(tensor['shape'])
    return values.astype(bool) if tensor['dtype'] == 'bool' else values


def one(values):
    return values[0] if isinstance(values, list) and len(values) == 1 else values


def worst(actual, expected):
    return max(
        float(np.abs(np.asarray(a, 'float64') - e).max() / max(1.0, np.abs(e).max())) if e.size else 0.0
        for a, e in zip(actual, expected, strict=True)
    )


def check(path):
    case = json.loads(Path(f'{path}.json').read_text())
    model = keras.models.load_model(path)
    x = [array(tensor) for tensor in case['inputs']]
    names = getattr(model, '_inputs_struct', None)
    x = dict(zip(names, x)) if isinstance(names, dict) else one(x)
    targets = case['targets']
    y = {k: array(v) for k, v in targets.items()} if isinstance(targets, dict) else one([array(v) for v in targets])
    size = case['batchSize']
    predicted = worst(
        keras.tree.flatten(model.predict(x, batch_size=size, verbose=0)), [array(v) for v in case['outputs']]
    )
    steps = int(model.optimizer.iterations)
    history = model.fit(x, y, batch_size=size, epochs=1, shuffle=False, verbose=0).history
    loss = abs(history['loss'][0] - case['loss']) / max(1.0, abs(case['loss']))
    trained = worst(model.get_weights(), [array(v) for v in case['weightsAfter']])
    model.save(path.with_suffix(f'.back{path.suffix}'))
    good = predicted < PREDICTIONS and loss < TRAINING and trained < TRAINING and steps == case['iterations']
    print(
        f'{"ok  " if good else "BAD "} {path.name:24} predictions {predicted:.1e}, loss after {steps} steps {loss:.1e}, '
        f'weights {trained:.1e}',
        flush=True,
    )
    return good


def main(folder):
    files = sorted(path for path in Path(folder).iterdir() if path.suffix in ('.keras', '.h5') and '.back.' not in path.name)
    results = []
    for path in files:
        try:
            results.append(check(path))
        except Exception as error:
            print(f'BAD  {path.name:24} {type(error).__name__}: {str(error)[-300:]}', flush=True)
            results.append(False)
    print(f'{sum(results)} of {len(results)} files of fn load, predict and train on in Keras {keras.__version__}')
    sys.exit(0 if all(results) and results else 1)


if __name__ == '__main__':
    main(sys.argv[1])
