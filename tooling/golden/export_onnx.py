"""Models of Keras with the ONNX files that Keras itself makes of them: python export_onnx.py FOLDER [NAMES…]

For each model NAME.keras and NAME.onnx. Keras writes ONNX with TensorFlow and tf2onnx, which are no part of
requirements.txt: `pip install keras==3.15.1 tensorflow-cpu tf2onnx` into an environment of their own.
"""

import os
import sys

os.environ['KERAS_BACKEND'] = 'tensorflow'
os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')

import keras
import numpy as np
from keras import layers


def dense():
    x = inputs = keras.Input((784,), name='digits')
    for units in (512, 512):
        x = layers.Dense(units, activation='relu')(x)
        x = layers.Dropout(0.2)(x)
    return keras.Model(inputs, layers.Dense(10, activation='softmax', name='digit')(x))


def conv():
    x = inputs = keras.Input((32, 32, 3), name='image')
    for filters in (16, 32, 64):
        for use_bias in (True, False):
            x = layers.Conv2D(filters, 3, padding='same', use_bias=use_bias)(x)
            x = layers.BatchNormalization()(x)
            x = layers.Activation('relu')(x)
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(10, activation='softmax', name='label')(x))


def bilstm():
    x = inputs = keras.Input((None, 64), name='sentence')
    x = layers.Bidirectional(layers.LSTM(64, return_sequences=True))(x)
    return keras.Model(inputs, layers.Dense(12, activation='softmax', name='tags')(x))


def transformer():
    x = inputs = keras.Input((24, 64), name='tokens')
    for _ in range(2):
        y = layers.LayerNormalization()(x)
        x = layers.Add()([x, layers.MultiHeadAttention(4, 16)(y, y)])
        y = layers.Dense(128, activation='relu')(layers.LayerNormalization()(x))
        x = layers.Add()([x, layers.Dense(64)(y)])
    x = layers.GlobalAveragePooling1D()(layers.LayerNormalization()(x))
    return keras.Model(inputs, layers.Dense(5, activation='softmax', name='topic')(x))


def unet():
    x = inputs = keras.Input((64, 64, 3), name='image')
    bypasses = []
    for filters in (8, 16):
        x = layers.Conv2D(filters, 3, padding='same', activation='relu')(x)
        bypasses.append(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(32, 3, padding='same', activation='relu')(x)
    for filters, bypass in zip((16, 8), reversed(bypasses)):
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Concatenate()([x, bypass])
        x = layers.Conv2D(filters, 3, padding='same', activation='relu')(x)
    return keras.Model(inputs, layers.Conv2D(1, 1, activation='sigmoid', name='mask')(x))


# Of EfficientNet and of gelu what Keras 3.15.1 writes does not run: an input too many, an operator that is not there.
MODELS = {
    'dense': dense,
    'conv': conv,
    'bilstm': bilstm,
    'transformer': transformer,
    'unet': unet,
    'mobilenetv2': lambda: keras.applications.MobileNetV2(weights=None),
    'resnet50': lambda: keras.applications.ResNet50(weights=None),
}


def unsettle(model):
    """Normalization that does something, as after training."""
    random = np.random.default_rng(0)
    for weight in model.weights:
        if weight.path.endswith(('gamma', 'moving_variance')):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif weight.path.endswith(('beta', 'moving_mean', 'bias')):
            weight.assign(random.normal(0, 0.1, weight.shape))


def main(folder, names):
    os.makedirs(folder, exist_ok=True)
    for name in names or MODELS:
        keras.utils.set_random_seed(1)
        model = MODELS[name]()
        unsettle(model)
        # Keras exports models that have been called.
        model(np.zeros([2] + [size or 5 for size in model.input_shape[1:]], 'float32'))
        model.save(os.path.join(folder, f'{name}.keras'))
        model.export(os.path.join(folder, f'{name}.onnx'), format='onnx', verbose=False)
        print(name)


if __name__ == '__main__':
    if len(sys.argv) < 2:
        sys.exit('usage: python export_onnx.py FOLDER [NAMES…]')
    main(sys.argv[1], sys.argv[2:])
