"""The functional models of the families training and summary."""

import keras
from keras import layers as k


def mlp(last='softmax'):
    x = keras.Input((8,), name='features')
    y = k.Dense(16, activation='relu', name='hidden')(x)
    return keras.Model(x, k.Dense(4, activation=last, name='scores')(y), name='mlp')


def cnn():
    x = keras.Input((8, 8, 1), name='image')
    y = k.Conv2D(4, 3, padding='same', activation='relu', name='conv1')(x)
    y = k.BatchNormalization(name='norm1')(y)
    y = k.MaxPooling2D(name='pool')(y)
    # relu1 and the missing bias keep rounding out of the fixtures: norm2 would undo whatever norm1/beta or
    # a bias adds, their gradients would be nothing but rounding, and Adam would make whole steps of it.
    y = k.Activation('relu', name='relu1')(y)
    y = k.Conv2D(3, 3, use_bias=False, name='conv2')(y)
    y = k.BatchNormalization(name='norm2')(y)
    y = k.Activation('relu', name='relu2')(y)
    y = k.Flatten(name='flatten')(y)
    return keras.Model(x, k.Dense(3, activation='softmax', name='scores')(y), name='cnn')


def two_in_two_out():
    a = keras.Input((6,), name='left')
    b = keras.Input((4,), name='right')
    x = k.Dense(8, activation='relu', name='leftHidden')(a)
    y = k.Dense(5, activation='tanh', name='rightHidden')(b)
    both = k.Concatenate(name='both')([x, y])
    main = k.Dense(3, activation='softmax', name='main')(both)
    aux = k.Dense(1, activation='sigmoid', name='aux')(y)
    return keras.Model([a, b], [main, aux], name='twoInTwoOut')


def shared_layer():
    a = keras.Input((6,), name='left')
    b = keras.Input((6,), name='right')
    encoder = k.Dense(5, activation='relu', name='encoder')
    both = k.Concatenate(name='both')([encoder(a), encoder(b)])
    return keras.Model([a, b], k.Dense(2, name='scores')(both), name='sharedLayer')


def nested():
    inner_in = keras.Input((5,), name='innerInput')
    y = k.Dense(7, activation='relu', name='innerHidden')(inner_in)
    y = k.BatchNormalization(name='innerNorm')(y)
    inner = keras.Model(inner_in, y, name='inner')
    x = keras.Input((5,), name='features')
    z = keras.Input((5,), name='others')
    sum_ = k.Add(name='sum')([inner(x), inner(z)])
    return keras.Model([x, z], k.Dense(3, activation='softmax', name='scores')(sum_), name='nested')


def residual():
    x = keras.Input((8, 8, 3), name='image')
    y = k.Conv2D(6, 3, padding='same', use_bias=False, name='stem')(x)
    y = k.BatchNormalization(name='stemNorm')(y)
    a = k.Conv2D(6, 3, padding='same', activation='relu', groups=2, name='branch')(y)
    y = k.Add(name='sum')([y, a])
    frozen = k.Conv2D(4, 1, name='frozen', trainable=False)(y)
    y = k.GlobalAveragePooling2D(name='average')(frozen)
    y = k.Dropout(0.5, name='drop')(y)
    return keras.Model(x, k.Dense(2, name='scores')(y), name='residual')
