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


def inception():
    def conv(kernel):
        return layers.Conv2D(64, kernel, padding="same", activation="relu")

    image = keras.Input((64, 64, 3))
    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(image)
    towers = [conv(3)(conv(1)(image)), conv(5)(conv(1)(image)), conv(1)(pooled)]
    y = layers.GlobalAveragePooling2D()(layers.Concatenate()(towers))
    model = keras.Model(image, layers.Dense(10, activation="softmax")(y))
    model.compile("adam", "categorical_crossentropy")
    return model, random.random((8, 64, 64, 3), "float32"), one_hot(8, 10)


def transformer():
    text = keras.Input((64,), dtype="int32")
    x = layers.Embedding(1000, 128)(text)
    for _ in range(4):
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(4, 32)(x, x))
        wide = layers.Dense(128)(layers.Dense(512, activation="relu")(x))
        x = layers.LayerNormalization()(x + wide)
    y = layers.GlobalAveragePooling1D()(x)
    model = keras.Model(text, layers.Dense(10, activation="softmax")(y))
    model.compile("adam", "categorical_crossentropy")
    return model, random.integers(0, 1000, (16, 64)).astype("int32"), one_hot(16, 10)


def resnet():
    def conv(x, filters, strides=1, kernel=3):
        x = layers.Conv2D(filters, kernel, strides, padding="same", use_bias=False)(x)
        return layers.BatchNormalization()(x)

    def block(x, filters, strides):
        y = conv(layers.ReLU()(conv(x, filters, strides)), filters)
        return layers.ReLU()(y + (x if strides == 1 else conv(x, filters, strides, 1)))

    image = keras.Input((32, 32, 3))
    x = layers.ReLU()(conv(image, 16))
    for stage, filters in enumerate((16, 32, 64)):
        for at in range(3):
            x = block(x, filters, 2 if stage > 0 and at == 0 else 1)
    y = layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    model = keras.Model(image, y)
    model.compile("sgd", "categorical_crossentropy")
    return model, random.random((32, 32, 32, 3), "float32"), one_hot(32, 10)


def rows(data, count):
    """So many rows, those of the batch again and again."""
    if isinstance(data, list):
        return [rows(part, count) for part in data]
    return np.resize(data, (count, *data.shape[1:]))


WORKLOADS = [mlp, cnn, headline, tweets, inception, transformer, resnet]
model, x, y = {made.__name__: made for made in WORKLOADS}[sys.argv[1]]()


def train(count):
    times = []

    class Clock(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 0:
                self.last = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            float(logs["loss"])  # JAX answers before it is done
            now = time.perf_counter()
            # What stands between two steps counts, as it does for fn.
            times.append(1000 * (now - self.last))
            self.last = now

    def batches():
        while True:
            yield x if isinstance(x, np.ndarray) else tuple(x), y if isinstance(y, np.ndarray) else tuple(y)

    # Within one fit the state stays on the device, as it does in training.
    model.fit(batches(), steps_per_epoch=count, shuffle=False, verbose=0, callbacks=[Clock()])
    return times


def predict(given, count):
    times = []
    for _ in range(count):
        start = time.perf_counter()
        model.predict_on_batch(given)
        times.append(1000 * (time.perf_counter() - start))
    return times


given = {"predict 1": rows(x, 1), "predict 32": rows(x, 32)}
for line in sys.stdin:
    phase, count = line.strip().split(":")
    times = train(int(count)) if phase == "train" else predict(given[phase], int(count))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"times": times, "peakMb": peak}), flush=True)
