"""Makes the golden fixtures: python make.py [family…] (all families without an argument)."""

import importlib
import os
import sys
import time

os.environ['KERAS_BACKEND'] = 'jax'
os.environ['JAX_PLATFORMS'] = 'cpu'
os.environ['XLA_FLAGS'] = '--xla_cpu_multi_thread_eigen=false'

FAMILIES = [
    'layers', 'losses', 'metrics', 'optimizers', 'training', 'summary', 'initializers', 'recurrent', 'regularizers',
    'constraints', 'training_options', 'guide', 'operations', 'keras_files',
    'keras_old_files', 'frozen', 'structures', 'early_stopping', 'file_masks', 'dtypes', 'applications', 'dynamic_shapes',
]


def main(names):
    from families.common import save

    unknown = [name for name in names if name not in FAMILIES]
    if unknown:
        sys.exit(f'unknown: {", ".join(unknown)}; families: {", ".join(FAMILIES)}')
    for name in names or FAMILIES:
        begin = time.time()
        count = importlib.import_module(f'families.{name}').make()
        save()
        print(f'{name}: {count} fixtures, {time.time() - begin:.1f} s', flush=True)


if __name__ == '__main__':
    main(sys.argv[1:])
