"""Trains a file that fn wrote on several devices at once: python data_parallel.py IN.keras OUT.keras DATA.json

DATA.json: {"x": [[…], …], "y": [[…], …], "epochs": 3, "batchSize": 32}. On a machine without that many devices the processor
stands for FN_DEVICES of them, 4 if nothing is said.
"""

import json
import os
import sys

os.environ['KERAS_BACKEND'] = 'jax'
devices = os.environ.get('FN_DEVICES', '4')
os.environ.setdefault('XLA_FLAGS', f'--xla_force_host_platform_device_count={devices}')

import keras  # noqa: E402
import numpy as np  # noqa: E402

source, target, data = sys.argv[1:]
with open(data, encoding='utf-8') as file:
    given = json.load(file)
x, y = (np.asarray(given[key], 'float32') for key in ('x', 'y'))

# Before the model is loaded: every variable is then on every device, and every device gets its share of each batch.
keras.distribution.set_distribution(keras.distribution.DataParallel())
model = keras.models.load_model(source)
before = model.evaluate(x, y, verbose=0, return_dict=True)
model.fit(x, y, epochs=given['epochs'], batch_size=given['batchSize'], shuffle=False, verbose=0)
after = model.evaluate(x, y, verbose=0, return_dict=True)
model.save(target)
print(json.dumps({
    'devices': [str(device) for device in keras.distribution.list_devices()],
    'shards': len(model.trainable_variables[0].value.sharding.device_set),
    'before': before,
    'after': after,
}))
