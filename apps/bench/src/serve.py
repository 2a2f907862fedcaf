"""A Keras contender: KERAS_BACKEND=<backend> python serve.py <workload>. It answers as serve.ts does."""

import json
import resource
import sys
import time

import keras
import numpy as np
from keras import layers

random = np.random.default_rng(1)


def one_hot(*shape):
    return np.eye(shape[-1], dtype="float32")[random.integers(0, shape[-1], shape[:-1])]


def bits(size):
    return random.integers(0, 2, (size, 1)).astype("float32")


def mlp():
    x = keras.Input((784,))
    y = layers.Dense(512, activation="relu")(x)
    y = layers.Dense(512, activation="relu")(y)
    model = keras.Model(x, layers.Dense(10, activation="softmax")(y))
    model.compile("adam", "categorical_crossentropy")
    return model, random.random((128, 784), "float32"), one_hot(128, 10)


def cnn():
    x = keras.Input((28, 28, 1))
    y = layers.Conv2D(32, 3, activation="relu")(x)
    y = layers.Conv2D(64, 3, activation="relu")(y)
    y = layers.Flatten()(layers.MaxPooling2D()(y))
    y = layers.Dense(128, activation="relu")(y)
    model = keras.Model(x, layers.Dense(10, activation="softmax")(y))
    model.compile("adam", "categorical_crossentropy")
    return model, random.random((32, 28, 28, 1), "float32"), one_hot(32, 10)


def headline():
    words, features = keras.Input((100,), dtype="int32"), keras.Input((5,))
    text = layers.LSTM(32)(layers.Embedding(10_000, 512)(words))
    early = layers.Dense(1, activation="sigmoid")(text)
    late = layers.Concatenate()([text, features])
    for _ in range(3):
        late = layers.Dense(64, activation="relu")(late)
    late = layers.Dense(1, activation="sigmoid")(late)
    model = keras.Model([words, features], [late, early])
    model.compile("rmsprop", ["binary_crossentropy"] * 2, loss_weights=[1, 0.2])
    x = [random.integers(0, 10_000, (32, 100)).astype("int32"), random.random((32, 5), "float32")]
    return model, x, [bits(32), bits(32)]


def tweets():
    left, right = keras.Input((280, 256)), keras.Input((280, 256))
    reader = layers.LSTM(64)
    both = layers.Concatenate()([reader(left), reader(right)])
    model = keras.Model([left, right], layers.Dense(1, activation="sigmoid")(both))
    model.compile("rmsprop", "binary_crossentropy")
    return model, [one_hot(32, 280, 256), one_hot(32, 280, 256)], bits(32)


model, x, y = {"mlp": mlp, "cnn": cnn, "headline": headline, "tweets": tweets}[sys.argv[1]]()
for line in sys.stdin:
    times = []

    class Clock(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            self.start = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])  # JAX answers before it is done
            times.append(1000 * (time.perf_counter() - self.start))

    def batches():
        while True:
            yield x if isinstance(x, np.ndarray) else tuple(x), y if isinstance(y, np.ndarray) else tuple(y)

    # Within one fit the state stays on the device, as it does in training.
    model.fit(batches(), steps_per_epoch=int(line), shuffle=False, verbose=0, callbacks=[Clock()])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"times": times, "peakMb": peak}), flush=True)
