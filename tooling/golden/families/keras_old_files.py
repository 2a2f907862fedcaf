"""HDF5 files: whole models as Keras saves them with the suffix .h5, and files that nobody should open."""

import gzip
import os
import tempfile

import h5py
import keras
import numpy as np

from .common import rng, start, tensors, write
from .keras_files import BATCH, CASES, bytes_of, encoded, feed, one_epoch, set_weights

# Operations on tensors lose their module there, and Keras itself can not load them.
OLD = ['sequential', 'tagger', 'seq2seq', 'unet', 'invertedResidual', 'stackedCells']


def zipped(data):
    return encoded(gzip.compress(data, 9, mtime=0))


def old(name):
    keras.utils.clear_session()
    random = rng('kerasOldFiles', name)
    model, x, y = CASES[name](random)
    set_weights(model, random)
    one_epoch(model, feed(x), feed(y))
    data = bytes_of(model, '.h5')
    outputs = model.predict(feed(x), batch_size=BATCH, verbose=0)
    history = one_epoch(model, feed(x), feed(y))
    write('kerasOldFiles', name, {
        'file': zipped(data),
        'inputs': tensors(x),
        'targets': tensors(y),
        'outputs': tensors(keras.tree.flatten(outputs)),
        'weightPaths': [variable.path for variable in model.weights],
        'batchSize': BATCH,
        'history': history,
        'weightsAfter': tensors(model.get_weights()),
        'outputsAfter': tensors(keras.tree.flatten(model.predict(feed(x), batch_size=BATCH, verbose=0))),
    })


KERNEL, BIAS = 'layers/dense/vars/0', 'layers/dense/vars/1'


def external_device(file):
    file.create_dataset(KERNEL, (3, 2), 'f4', external=[('/dev/urandom', 0, 24)])


def external_file(file):
    file.create_dataset(KERNEL, (3, 2), 'f4', external=[('other.bin', 0, 24)])


def virtual(file):
    layout = h5py.VirtualLayout((3, 2), 'f4')
    layout[:] = h5py.VirtualSource('other.h5', 'x', (3, 2))
    file.create_virtual_dataset(KERNEL, layout)


def soft_link(file):
    file['elsewhere'] = np.zeros((3, 2), 'f4')
    file[KERNEL] = h5py.SoftLink('/elsewhere')


def external_link(file):
    file[KERNEL] = h5py.ExternalLink('other.h5', '/x')


def soft_group(file):
    file['elsewhere/vars/0'] = np.zeros((3, 2), 'f4')
    file.create_group('layers')['dense'] = h5py.SoftLink('/elsewhere')


def empty_bomb(file):
    file.create_dataset(KERNEL, (100_000, 100_000), 'f4')


def packed_bomb(file):
    file.create_dataset(KERNEL, (100_000, 100_000), 'f4', chunks=(1000, 1000), compression='gzip')


def other_shape(file):
    file[KERNEL] = np.zeros((2, 3), 'f4')


def words(file):
    file[KERNEL] = np.array([['a', 'b']] * 3, 'S1')


def no_kernel(file):
    file[BIAS] = np.zeros(2, 'f4')


def group_for_dataset(file):
    file.create_group(KERNEL)


def three_variables(file):
    file[KERNEL] = np.zeros((3, 2), 'f4')
    file['layers/dense/vars/2'] = np.zeros(2, 'f4')


def half(file):
    file[KERNEL] = np.array([[1, -2], [0.1, 65504], [6e-8, np.inf]], 'f2')


HOSTILE = [
    external_device, external_file, virtual, soft_link, external_link, soft_group, empty_bomb, packed_bomb, other_shape,
    words, no_kernel, group_for_dataset, three_variables, half,
]


def hostile(build):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'weights.h5')
        with h5py.File(path, 'w') as file:
            build(file)
            if BIAS not in file:
                try:
                    file[BIAS] = np.zeros(2, 'f4')
                except (KeyError, ValueError, OSError):
                    pass  # below a link that leads nowhere
        with open(path, 'rb') as file:
            write('hdf5Files', build.__name__, {'file': zipped(file.read())})


def make():
    start('kerasOldFiles')
    start('hdf5Files')
    for name in OLD:
        old(name)
    for build in HOSTILE:
        hostile(build)
    return len(OLD) + len(HOSTILE)
