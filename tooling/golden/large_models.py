"""Makes large models of Keras, with what they answer: python large_models.py FOLDER [NAME…]

NAME.keras and NAME.json beside it: the inputs and the outputs. The weights are those that Keras starts with, the statistics
of normalizations drawn.
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
from keras import applications as a  # noqa: E402

SIZE = 64

MODELS = {
    'MobileNetV2': lambda: a.MobileNetV2(weights=None, input_shape=(SIZE, SIZE, 3)),
    'ResNet50': lambda: a.ResNet50(weights=None, input_shape=(SIZE, SIZE, 3)),
    'VGG16': lambda: a.VGG16(weights=None, include_top=False, input_shape=(SIZE, SIZE, 3)),
    'EfficientNetB0': lambda: a.EfficientNetB0(weights=None, input_shape=(SIZE, SIZE, 3)),
}


def encoded(array):
    array = np.ascontiguousarray(array, '<f4')
    return {'shape': list(array.shape), 'dtype': 'float32', 'data': base64.b64encode(array.tobytes()).decode()}


def main(folder, *names):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name in names or MODELS:
        path = Path(folder, f'{name}.keras')
        if path.exists():
            continue
        keras.utils.set_random_seed(1)
        model = MODELS[name]()
        random = np.random.default_rng(2)
        for variable in model.weights:
            if variable.name == 'moving_variance':
                variable.assign(random.uniform(0.5, 1.5, variable.shape))
            elif variable.name == 'moving_mean':
                variable.assign(random.normal(0, 0.1, variable.shape))
        x = random.uniform(0, 255 if name == 'EfficientNetB0' else 1, (2, SIZE, SIZE, 3)).astype('float32')
        y = model.predict(x, verbose=0)
        model.save(path)
        path.with_suffix('.json').write_text(json.dumps({'inputs': [encoded(x)], 'outputs': [encoded(y)]}))
        print(f'{name}: {model.count_params():,} parameters, {path.stat().st_size:,} bytes', flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
