"""Random models of Keras, with what they predict and what training makes of them: python generate.py FOLDER COUNT SEED

Each is a functional model of layers with random options: several inputs and outputs, shared and nested models, frozen parts,
masks, initial states and wrappers. Every third is also trained for an epoch. Model number i of a seed is always the same.
"""

import json
import os
import random
import sys
import warnings
from pathlib import Path

os.environ.setdefault('KERAS_BACKEND', 'torch')
os.environ['JAX_PLATFORMS'] = 'cpu'
warnings.filterwarnings('ignore')
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras import layers as k  # noqa: E402

from families.common import random_weights, tensors  # noqa: E402

ROWS, BATCH = 8, 4


class Sketch:
    """A model that grows step by step. Tensors are kept by kind: vector [f], sequence [t, f], image [h, w, c]."""

    def __init__(self, pick, depth=0):
        self.pick, self.depth = pick, depth
        self.inputs, self.data = [], []
        self.pool = {'vector': [], 'sequence': [], 'image': []}

    def one(self, *choices):
        return self.pick.choice(choices)

    def maybe(self, share):
        return self.pick.random() < share

    def regularizer(self):
        return self.one(None, None, None, 'l2', keras.regularizers.L1(0.01))

    def activation(self):
        return self.one(None, 'relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'gelu', 'silu', 'hard_sigmoid', 'selu')

    # ---- Inputs

    def add_input(self, kind, shape=None):
        shape = shape or {
            'vector': (self.one(3, 4, 6),),
            'sequence': (self.one(4, 5, 6), self.one(2, 3)),
            'image': (self.one(5, 6, 8), self.one(5, 6, 8), self.one(1, 2, 3)),
        }[kind]
        x = keras.Input(shape)
        self.inputs.append(x)
        self.data.append(lambda random: random.standard_normal((ROWS, *shape)).astype('float32'))
        self.pool[kind].append(k.Masking()(x) if kind == 'sequence' and self.maybe(0.3) else x)

    def add_words(self):
        steps = self.one(4, 5)
        x = keras.Input((steps,), dtype='int32')
        self.inputs.append(x)

        def words(random):
            ids = random.integers(1, 9, (ROWS, steps)).astype('int32')
            for row, length in zip(ids, random.integers(1, steps + 1, ROWS)):
                row[length:] = 0
            return ids

        self.data.append(words)
        self.pool['sequence'].append(k.Embedding(9, self.one(2, 3), mask_zero=self.maybe(0.7))(x))

    # ---- Steps

    def recurrent(self, **options):
        cell = self.one(k.LSTM, k.GRU, k.SimpleRNN)
        more = {}
        if cell is k.GRU:
            more['reset_after'] = self.maybe(0.5)
        if cell is k.LSTM:
            more['unit_forget_bias'] = self.maybe(0.5)
        return cell(self.one(2, 3), use_bias=self.maybe(0.8), go_backwards=options.pop('backwards', self.maybe(0.3)),
                    kernel_regularizer=self.regularizer(), **more, **options)

    def sequence_step(self, x):
        kind = self.one('dense', 'recurrent', 'both', 'conv', 'norm', 'wrap', 'state', 'merge', 'shape', 'attend', 'pool')
        if kind == 'dense':
            return 'sequence', k.Dense(self.one(2, 3), activation=self.activation())(x)
        if kind == 'recurrent':
            whole = self.maybe(0.6)
            return ('sequence' if whole else 'vector'), self.recurrent(return_sequences=whole)(x)
        if kind == 'both':
            whole = self.maybe(0.6)
            layer = k.Bidirectional(self.recurrent(return_sequences=whole, backwards=False),
                                    merge_mode=self.one('concat', 'sum', 'mul', 'ave'))
            return ('sequence' if whole else 'vector'), layer(x)
        if kind == 'conv':
            padding = self.one('same', 'causal')
            return 'sequence', k.Conv1D(self.one(2, 3), self.one(2, 3), padding=padding, activation=self.activation())(x)
        if kind == 'norm':
            layer = self.one(
                lambda: k.BatchNormalization(momentum=self.one(0.5, 0.9), center=self.maybe(0.7), axis=self.one(-1, -1, 1)),
                lambda: k.LayerNormalization(), lambda: k.RMSNormalization(), lambda: k.UnitNormalization(),
                lambda: k.Dropout(0.0), lambda: k.Activation('tanh'), lambda: k.Rescaling(0.5, 0.1),
            )
            return 'sequence', layer()(x)
        if kind == 'wrap':
            inner = self.one(
                lambda: k.Dense(3, activation=self.activation()), lambda: k.BatchNormalization(momentum=0.7),
                lambda: k.LayerNormalization(), lambda: k.Dropout(0.0),
            )()
            return 'sequence', k.TimeDistributed(inner)(x)
        if kind == 'state':
            layer = self.one(k.SimpleRNN, k.GRU)(2, return_sequences=self.maybe(0.5))
            start = k.Dense(2, activation='tanh')(self.vector())
            return ('sequence' if layer.return_sequences else 'vector'), layer(x, initial_state=start)
        if kind == 'merge':
            other = k.Dense(x.shape[-1])(x)
            layer = self.one(k.Add, k.Multiply, k.Maximum, k.Average, k.Concatenate, k.Subtract)
            return 'sequence', layer()([x, other])
        if kind == 'shape':
            layer = self.one(lambda: k.ZeroPadding1D(1), lambda: k.UpSampling1D(2), lambda: k.Cropping1D((1, 0)),
                             lambda: k.Permute((2, 1)), lambda: k.Flatten())()
            return ('vector' if isinstance(layer, k.Flatten) else 'sequence'), layer(x)
        if kind == 'attend':
            return 'sequence', k.MultiHeadAttention(self.one(1, 2), 2, use_bias=self.maybe(0.7))(
                x, x, use_causal_mask=self.maybe(0.4))
        layer = self.one(k.GlobalAveragePooling1D, k.GlobalMaxPooling1D)
        return 'vector', layer()(x)

    def image_step(self, x):
        kind = self.one('conv', 'depthwise', 'separable', 'transpose', 'pool', 'norm', 'shape', 'end', 'merge')
        side = min(x.shape[1], x.shape[2])
        padding = self.one('same', 'valid') if side > 4 else 'same'
        if kind == 'conv':
            strides = self.one(1, 1, 2)
            return 'image', k.Conv2D(self.one(2, 4), self.one(1, 2, 3), strides=strides, padding=padding,
                                     dilation_rate=self.one(1, 1, 2) if strides == 1 and padding == 'same' else 1,
                                     activation=self.activation(), kernel_regularizer=self.regularizer())(x)
        if kind == 'depthwise':
            return 'image', k.DepthwiseConv2D(3, padding='same', depth_multiplier=self.one(1, 2))(x)
        if kind == 'separable':
            return 'image', k.SeparableConv2D(3, 2, padding='same', activation=self.activation())(x)
        if kind == 'transpose' and side < 9:
            return 'image', k.Conv2DTranspose(2, self.one(2, 3), strides=self.one(1, 2), padding=self.one('same', 'valid'))(x)
        if kind == 'pool' and side > 3:
            return 'image', self.one(k.MaxPooling2D, k.AveragePooling2D)(2, strides=self.one(1, 2), padding=padding)(x)
        if kind == 'norm':
            layer = self.one(
                lambda: k.BatchNormalization(axis=self.one(-1, -1, 1), momentum=0.7), lambda: k.GroupNormalization(1),
                lambda: k.LayerNormalization(), lambda: k.SpatialDropout2D(0.0), lambda: k.LeakyReLU(0.2),
                lambda: k.PReLU(shared_axes=[1, 2]), lambda: k.ReLU(max_value=self.one(None, 2.0)),
            )
            return 'image', layer()(x)
        if kind == 'shape':
            layer = self.one(lambda: k.ZeroPadding2D(1), lambda: k.Cropping2D(1) if side > 4 else k.ZeroPadding2D(((0, 1), (1, 0))),
                             lambda: k.UpSampling2D(2) if side < 6 else k.Identity())
            return 'image', layer()(x)
        if kind == 'merge':
            return 'image', self.one(k.Add, k.Concatenate, k.Minimum)()([x, k.Conv2D(x.shape[-1], 1)(x)])
        layer = self.one(k.Flatten, k.GlobalAveragePooling2D, k.GlobalMaxPooling2D)
        return 'vector', layer()(x)

    def vector_step(self, x):
        kind = self.one('dense', 'dense', 'norm', 'merge', 'repeat', 'nested', 'shared', 'operation')
        if kind == 'dense':
            return 'vector', k.Dense(self.one(2, 3, 4), activation=self.activation(), use_bias=self.maybe(0.8),
                                     kernel_regularizer=self.regularizer(), activity_regularizer=self.regularizer())(x)
        if kind == 'norm':
            return 'vector', self.one(lambda: k.BatchNormalization(momentum=0.6), lambda: k.LayerNormalization(),
                                      lambda: k.Activation(self.activation() or 'linear'), lambda: k.Dropout(0.0))()(x)
        if kind == 'merge':
            other = k.Dense(x.shape[-1])(self.vector())
            return 'vector', self.one(k.Add, k.Multiply, k.Maximum, k.Concatenate, k.Average)()([x, other])
        if kind == 'repeat':
            return 'sequence', k.RepeatVector(3)(k.Dense(3)(x))
        if kind == 'nested' and self.depth < 2:
            return 'vector', self.nested(x)
        if kind == 'shared':
            shared = k.Dense(x.shape[-1], activation='tanh')
            return 'vector', k.Concatenate()([shared(x), shared(shared(x))])
        return 'vector', self.one(lambda: x * 0.5 + 1.0, lambda: keras.ops.tanh(x) - x, lambda: keras.ops.maximum(x, 0.1))()

    def nested(self, x):
        inner = Sketch(self.pick, self.depth + 1)
        size = x.shape[-1]
        if self.maybe(0.5):
            z = keras.Input((size,))
            y = k.BatchNormalization(momentum=0.6)(k.Dense(3, activation='tanh')(z))
            model = keras.Model(z, k.Dense(3)(y))
            self.freeze(model)
            return k.Add()([model(x), model(k.Dense(size)(x))])
        names = self.one(('b', 'a'), ('a', 'b'))
        given = {name: keras.Input((size,), name=f'{name}{self.pick.randrange(10**6)}') for name in names}
        first, second = [k.Dense(3)(given[name]) for name in names]
        model = keras.Model(given, {'z': k.Add()([first, second]), 'y': inner.activate(k.Multiply()([first, second]))})
        self.freeze(model)
        made = model({name: y for name, y in zip(reversed(names), (x, k.Dense(size)(x)))})
        return k.Concatenate()([made['z'], made['y']])

    def activate(self, x):
        return k.Activation('tanh')(x)

    def freeze(self, model):
        if self.maybe(0.4):
            model.trainable = False
            if self.maybe(0.5):
                self.pick.choice(model.layers).trainable = True

    def vector(self):
        if self.pool['vector']:
            return self.pick.choice(self.pool['vector'])
        kind = 'sequence' if self.pool['sequence'] else 'image'
        x = self.pick.choice(self.pool[kind])
        return (k.GlobalAveragePooling1D() if kind == 'sequence' else k.GlobalAveragePooling2D())(x)

    def grow(self):
        kind = self.pick.choice([name for name, tensors in self.pool.items() if tensors])
        x = self.pick.choice(self.pool[kind][-3:])
        made, y = getattr(self, f'{kind}_step')(x)
        if int(np.prod([dim or 1 for dim in y.shape])) <= 2000:
            self.pool[made].append(y)


def build(seed, index):
    keras.utils.clear_session()
    pick = random.Random(f'{seed}/{index}')
    sketch = Sketch(pick)
    for _ in range(pick.randint(1, 2)):
        kind = pick.choice(['vector', 'sequence', 'image', 'words'])
        sketch.add_words() if kind == 'words' else sketch.add_input(kind)
    for _ in range(pick.randint(3, 9)):
        sketch.grow()
    heads = []
    for _ in range(pick.randint(1, 3)):
        kind = pick.choice([name for name, tensors in sketch.pool.items() if tensors])
        x = sketch.pool[kind][-1] if kind == 'sequence' and pick.random() < 0.4 else sketch.vector()
        heads.append(k.Dense(2)(x))
    names = pick.sample(['m', 'c', 'x', 'a'], len(heads))
    outputs = dict(zip(names, heads)) if pick.random() < 0.3 else heads if len(heads) > 1 else heads[0]
    inputs = sketch.inputs if len(sketch.inputs) > 1 else sketch.inputs[0]
    model = keras.Model(inputs, outputs)
    for layer in model.layers:
        if pick.random() < 0.1:
            layer.trainable = False
    return model, sketch, pick


def flat(values):
    return keras.tree.flatten(values)


def main(folder, count, seed):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        name = f'{seed}-{index}'
        try:
            model, sketch, pick = build(seed, index)
            numbers = np.random.default_rng([seed, index])
            model.set_weights(random_weights(numbers, model))
            data = [draw(numbers) for draw in sketch.data]
            x = data if len(data) > 1 else data[0]
            outputs = model.predict(x, batch_size=BATCH, verbose=0)
            report = {'inputs': tensors(data), 'outputs': tensors(flat(outputs))}
            fits = index % 3 == 0 and model.trainable_weights
            if fits:
                optimizer = pick.choice([keras.optimizers.SGD(0.05, momentum=0.5), keras.optimizers.Adam(0.01)])
                model.compile(optimizer, 'mse')
            model.save(folder / f'{name}.keras')
            if fits:
                targets = keras.tree.map_structure(
                    lambda value: numbers.standard_normal(value.shape).astype('float32'), outputs)
                history = model.fit(x, targets, batch_size=BATCH, epochs=1, shuffle=False, verbose=0).history
                report['fit'] = {
                    'targets': tensors(flat(targets)),
                    'loss': float(history['loss'][0]),
                    'outputs': tensors(flat(model.predict(x, batch_size=BATCH, verbose=0))),
                }
            (folder / f'{name}.json').write_text(json.dumps(report))
        except Exception as error:  # Keras refuses some models itself
            print(f'{name}: {type(error).__name__}: {str(error).splitlines()[0][:100]}', file=sys.stderr, flush=True)


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
