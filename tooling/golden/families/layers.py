"""Layers: values, gradients, shapes."""

import jax
import keras
import numpy as np
from keras import layers as k

from .common import config_of, normal, rng, start, tensor, tensors, write

ACTIVATIONS = [
    'linear', 'relu', 'softmax', 'log_softmax', 'softplus', 'sigmoid', 'tanh', 'elu', 'leaky_relu', 'gelu',
    'exponential', 'softsign', 'silu', 'relu6', 'selu', 'hard_sigmoid',
]
# Far from zero, but on no kink of any activation.
EXTREMES = [-50, -20, -6.5, -3.5, -1e-3, 1e-3, 3.5, 6.5, 20, 50]


def cases():
    """Yields (name, layer, input shapes or arrays, training)."""
    for activation in ['relu', 'tanh', 'sigmoid', 'elu', 'softplus', 'selu', 'gelu', 'silu', 'softmax']:
        yield f'dense-{activation}', k.Dense(4, activation=activation), [(3, 5)], False
    yield 'dense-linear', k.Dense(4), [(3, 5)], False
    yield 'dense-softmax-rank3', k.Dense(4, activation='softmax'), [(2, 3, 5)], False
    yield 'dense-rank4', k.Dense(3), [(2, 3, 2, 5)], False
    yield 'dense-no-bias', k.Dense(4, use_bias=False), [(3, 5)], False
    yield 'dense-one-unit', k.Dense(1, activation='sigmoid'), [(3, 5)], False

    for activation in ACTIVATIONS:
        yield f'activation-{activation}', k.Activation(activation), [(3, 7)], False
        extreme = np.array([EXTREMES, EXTREMES[::-1]], 'float32')
        yield f'activation-{activation}-extreme', k.Activation(activation), [extreme], False
    yield 'activation-softmax-rank3', k.Activation('softmax'), [(2, 3, 5)], False

    yield 'dropout-inference', k.Dropout(0.4), [(3, 7)], False
    yield 'dropout-noise-shape-inference', k.Dropout(0.25, noise_shape=(None, 1, 4), seed=7), [(2, 3, 4)], False
    yield 'flatten-rank4', k.Flatten(), [(2, 5, 6, 3)], False
    yield 'flatten-rank3', k.Flatten(), [(2, 5, 3)], False
    yield 'flatten-rank2', k.Flatten(), [(3, 5)], False
    yield 'reshape', k.Reshape((4, 3)), [(2, 12)], False
    yield 'reshape-infer-last', k.Reshape((3, -1)), [(2, 5, 6)], False
    yield 'reshape-infer-first', k.Reshape((-1, 5)), [(2, 3, 10)], False
    yield 'reshape-flat', k.Reshape((-1,)), [(2, 3, 4)], False

    image = [(2, 7, 8, 3)]
    yield 'conv2d-valid', k.Conv2D(4, 3), image, False
    yield 'conv2d-same', k.Conv2D(4, 3, padding='same'), image, False
    yield 'conv2d-same-even-kernel', k.Conv2D(4, 4, padding='same'), image, False
    yield 'conv2d-valid-strides2-odd', k.Conv2D(4, 3, strides=2), [(2, 7, 9, 3)], False
    yield 'conv2d-same-strides2-odd', k.Conv2D(4, 3, strides=2, padding='same'), [(2, 7, 9, 3)], False
    yield 'conv2d-same-strides2-even', k.Conv2D(4, 3, strides=2, padding='same'), [(2, 6, 8, 3)], False
    yield 'conv2d-same-strides3-kernel2', k.Conv2D(4, 2, strides=3, padding='same'), [(2, 8, 9, 3)], False
    yield 'conv2d-valid-dilation2', k.Conv2D(4, 3, dilation_rate=2), [(2, 7, 8, 3)], False
    yield 'conv2d-same-dilation2', k.Conv2D(4, 3, dilation_rate=2, padding='same'), image, False
    yield 'conv2d-same-dilation2x1', k.Conv2D(4, 3, dilation_rate=(2, 1), padding='same'), image, False
    yield 'conv2d-groups2', k.Conv2D(4, 3, groups=2, padding='same'), [(2, 6, 5, 4)], False
    yield 'conv2d-no-bias-relu', k.Conv2D(4, 3, use_bias=False, activation='relu'), image, False
    yield 'conv2d-kernel3x2', k.Conv2D(4, (3, 2)), image, False
    yield 'conv2d-kernel3x2-same', k.Conv2D(4, (3, 2), padding='same'), image, False
    yield 'conv2d-strides2x1', k.Conv2D(4, 3, strides=(2, 1)), image, False
    yield 'conv2d-strides2x1-same', k.Conv2D(4, (3, 2), strides=(2, 1), padding='same'), image, False
    yield 'conv2d-1x1', k.Conv2D(4, 1, activation='sigmoid'), image, False

    for name, Layer in [('maxPooling2d', k.MaxPooling2D), ('averagePooling2d', k.AveragePooling2D)]:
        for padding in ['valid', 'same']:
            yield f'{name}-{padding}', Layer(2, padding=padding), [(2, 6, 8, 3)], False
            yield f'{name}-{padding}-odd', Layer(2, padding=padding), [(2, 7, 9, 3)], False
            yield f'{name}-{padding}-pool3-strides1', Layer(3, strides=1, padding=padding), [(2, 5, 6, 2)], False
            yield f'{name}-{padding}-pool3-strides2', Layer(3, strides=2, padding=padding), [(2, 7, 8, 2)], False
            yield f'{name}-{padding}-pool2-strides3', Layer(2, strides=3, padding=padding), [(2, 8, 9, 2)], False
            yield f'{name}-{padding}-pool3x2-strides2x1', Layer(
                (3, 2), strides=(2, 1), padding=padding
            ), [(2, 7, 6, 2)], False
            negative = -1 - np.abs(normal(rng(name, padding), 2, 7, 7, 2))
            yield f'{name}-{padding}-negative', Layer(3, strides=2, padding=padding), [negative], False

    yield 'globalAveragePooling2d', k.GlobalAveragePooling2D(), [(2, 5, 6, 3)], False
    yield 'globalAveragePooling2d-keepdims', k.GlobalAveragePooling2D(keepdims=True), [(2, 5, 6, 3)], False

    for training in [True, False]:
        mode = 'training' if training else 'inference'
        yield f'batchNormalization-rank2-{mode}', k.BatchNormalization(), [(3, 5)], training
        yield f'batchNormalization-rank4-{mode}', k.BatchNormalization(), [(2, 5, 6, 3)], training
        yield f'batchNormalization-no-center-{mode}', k.BatchNormalization(center=False), [(3, 5)], training
        yield f'batchNormalization-no-scale-{mode}', k.BatchNormalization(scale=False), [(3, 5)], training
        yield f'batchNormalization-bare-{mode}', k.BatchNormalization(
            center=False, scale=False
        ), [(2, 5, 5, 2)], training
        yield f'batchNormalization-epsilon-momentum-{mode}', k.BatchNormalization(
            epsilon=0.05, momentum=0.7
        ), [(2, 5, 6, 3)], training
    yield 'batchNormalization-axis1-training', k.BatchNormalization(axis=1), [(3, 4, 5)], True
    frozen = k.BatchNormalization(trainable=False)
    yield 'batchNormalization-frozen-training', frozen, [(3, 5)], True

    yield 'concatenate-last', k.Concatenate(), [(3, 5), (3, 2)], False
    yield 'concatenate-axis1', k.Concatenate(axis=1), [(2, 3, 4), (2, 5, 4)], False
    yield 'concatenate-three', k.Concatenate(axis=-1), [(2, 5, 5, 1), (2, 5, 5, 3), (2, 5, 5, 2)], False
    yield 'concatenate-three-axis1', k.Concatenate(axis=1), [(3, 2), (3, 5), (3, 1)], False
    yield 'add-two', k.Add(), [(3, 5), (3, 5)], False
    yield 'add-three', k.Add(), [(2, 5, 6, 3)] * 3, False
    yield 'add-broadcast', k.Add(), [(2, 5, 6), (2, 1, 6)], False
    yield 'add-broadcast-rank', k.Add(), [(2, 5, 6), (2, 6)], False

    sequence = [(2, 9, 3)]
    for padding in ['valid', 'same', 'causal']:
        yield f'conv1d-{padding}', k.Conv1D(4, 3, padding=padding), sequence, False
        yield f'conv1d-{padding}-even-kernel', k.Conv1D(4, 4, padding=padding), sequence, False
        yield f'conv1d-{padding}-strides2-odd', k.Conv1D(4, 3, strides=2, padding=padding), sequence, False
        yield f'conv1d-{padding}-strides2-even', k.Conv1D(4, 3, strides=2, padding=padding), [(2, 8, 3)], False
        yield f'conv1d-{padding}-strides3-kernel2', k.Conv1D(4, 2, strides=3, padding=padding), sequence, False
        yield f'conv1d-{padding}-dilation2', k.Conv1D(4, 3, dilation_rate=2, padding=padding), sequence, False
        yield f'conv1d-{padding}-groups2', k.Conv1D(4, 3, groups=2, padding=padding), [(2, 7, 6)], False
    yield 'conv1d-no-bias-relu', k.Conv1D(4, 3, use_bias=False, activation='relu'), sequence, False
    yield 'conv1d-kernel1', k.Conv1D(4, 1, activation='sigmoid'), sequence, False

    volume = [(2, 4, 5, 6, 2)]
    for padding in ['valid', 'same']:
        yield f'conv3d-{padding}', k.Conv3D(3, 3, padding=padding), volume, False
        yield f'conv3d-{padding}-even-kernel', k.Conv3D(3, 2, padding=padding), volume, False
        yield f'conv3d-{padding}-strides2-odd', k.Conv3D(3, 3, strides=2, padding=padding), [(2, 5, 7, 5, 2)], False
        yield f'conv3d-{padding}-strides2-even', k.Conv3D(3, 2, strides=2, padding=padding), [(2, 4, 6, 4, 2)], False
        yield f'conv3d-{padding}-strides3-kernel2', k.Conv3D(3, 2, strides=3, padding=padding), [(2, 5, 6, 8, 2)], False
        yield f'conv3d-{padding}-dilation2', k.Conv3D(3, 2, dilation_rate=2, padding=padding), volume, False
        yield f'conv3d-{padding}-dilation2x1x1', k.Conv3D(
            3, 2, dilation_rate=(2, 1, 1), padding=padding
        ), volume, False
        yield f'conv3d-{padding}-groups2', k.Conv3D(4, 2, groups=2, padding=padding), [(2, 3, 4, 3, 4)], False
        yield f'conv3d-{padding}-kernel3x2x1-strides1x2x1', k.Conv3D(
            3, (3, 2, 1), strides=(1, 2, 1), padding=padding
        ), volume, False
    yield 'conv3d-no-bias-relu', k.Conv3D(3, 2, use_bias=False, activation='relu'), volume, False
    yield 'conv3d-1x1x1', k.Conv3D(3, 1, activation='sigmoid'), [(2, 3, 2, 3, 2)], False

    for name, Layer in [('maxPooling1d', k.MaxPooling1D), ('averagePooling1d', k.AveragePooling1D)]:
        for padding in ['valid', 'same']:
            yield f'{name}-{padding}', Layer(2, padding=padding), [(2, 8, 3)], False
            yield f'{name}-{padding}-odd', Layer(2, padding=padding), [(2, 9, 3)], False
            yield f'{name}-{padding}-pool3-strides1', Layer(3, strides=1, padding=padding), [(2, 6, 2)], False
            yield f'{name}-{padding}-pool3-strides2', Layer(3, strides=2, padding=padding), [(2, 8, 2)], False
            yield f'{name}-{padding}-pool2-strides3', Layer(2, strides=3, padding=padding), [(2, 9, 2)], False
            negative = -1 - np.abs(normal(rng(name, padding), 2, 7, 2))
            yield f'{name}-{padding}-negative', Layer(3, strides=2, padding=padding), [negative], False

    for name, Layer in [('maxPooling3d', k.MaxPooling3D), ('averagePooling3d', k.AveragePooling3D)]:
        for padding in ['valid', 'same']:
            yield f'{name}-{padding}', Layer(2, padding=padding), [(2, 4, 4, 6, 2)], False
            yield f'{name}-{padding}-odd', Layer(2, padding=padding), [(2, 3, 5, 7, 2)], False
            yield f'{name}-{padding}-pool3-strides1', Layer(3, strides=1, padding=padding), [(2, 4, 5, 3, 2)], False
            yield f'{name}-{padding}-pool3-strides2', Layer(3, strides=2, padding=padding), [(2, 6, 5, 4, 2)], False
            yield f'{name}-{padding}-pool2-strides3', Layer(2, strides=3, padding=padding), [(2, 5, 6, 8, 2)], False
            yield f'{name}-{padding}-pool1x3x2-strides1x2x1', Layer(
                (1, 3, 2), strides=(1, 2, 1), padding=padding
            ), [(2, 3, 7, 4, 2)], False
            yield f'{name}-{padding}-pool3x1x1-strides2x1x1', Layer(
                (3, 1, 1), strides=(2, 1, 1), padding=padding
            ), [(2, 6, 3, 2, 2)], False
            negative = -1 - np.abs(normal(rng(name, padding), 2, 5, 4, 5, 2))
            yield f'{name}-{padding}-negative', Layer(3, strides=2, padding=padding), [negative], False

    spatial = {1: [(2, 7, 3)], 2: [(2, 5, 6, 3)], 3: [(2, 3, 4, 5, 3)]}
    for rank, shapes in spatial.items():
        Maximum, Average = [getattr(k, f'Global{kind}Pooling{rank}D') for kind in ['Max', 'Average']]
        yield f'globalMaxPooling{rank}d', Maximum(), shapes, False
        yield f'globalMaxPooling{rank}d-keepdims', Maximum(keepdims=True), shapes, False
        negative = -1 - np.abs(normal(rng('globalMaxPooling', str(rank)), *shapes[0]))
        yield f'globalMaxPooling{rank}d-negative', Maximum(), [negative], False
        if rank == 2:
            continue
        yield f'globalAveragePooling{rank}d', Average(), shapes, False
        yield f'globalAveragePooling{rank}d-keepdims', Average(keepdims=True), shapes, False
    tied = np.array([[[1, -2], [3, -2], [3, -4]]], 'float32')
    yield 'globalMaxPooling1d-ties', k.GlobalMaxPooling1D(), [tied], False

    for name, Layer in [
        ('multiply', k.Multiply), ('average', k.Average), ('maximum', k.Maximum), ('minimum', k.Minimum)
    ]:
        yield f'{name}-two', Layer(), [(3, 5), (3, 5)], False
        yield f'{name}-three', Layer(), [(2, 3, 4, 2)] * 3, False
        yield f'{name}-broadcast', Layer(), [(2, 5, 6), (2, 1, 6)], False
        yield f'{name}-broadcast-both', Layer(), [(2, 5, 1), (2, 1, 6)], False
        yield f'{name}-broadcast-rank', Layer(), [(2, 6), (2, 5, 6), (2, 3, 1, 1)], False
    yield 'subtract-two', k.Subtract(), [(3, 5), (3, 5)], False
    yield 'subtract-broadcast', k.Subtract(), [(2, 1, 6), (2, 5, 6)], False
    yield 'subtract-broadcast-rank', k.Subtract(), [(2, 6), (2, 5, 6)], False

    for normalize in [False, True]:
        suffix = '-normalize' if normalize else ''
        yield f'dot-vectors{suffix}', k.Dot(1, normalize=normalize), [(3, 5), (3, 5)], False
        yield f'dot-matrices{suffix}', k.Dot((2, 1), normalize=normalize), [(2, 3, 4), (2, 4, 5)], False
        yield f'dot-last{suffix}', k.Dot(-1, normalize=normalize), [(2, 3, 4), (2, 5, 4)], False
        yield f'dot-last-of-ranks{suffix}', k.Dot(-1, normalize=normalize), [(2, 3, 4), (2, 4)], False
        yield f'dot-vector-matrix{suffix}', k.Dot((1, 2), normalize=normalize), [(2, 4), (2, 3, 4)], False
        yield f'dot-middle{suffix}', k.Dot((1, -2), normalize=normalize), [(2, 3, 4, 2), (2, 5, 3, 2)], False

    yield 'permute', k.Permute((2, 1)), [(2, 3, 5)], False
    yield 'permute-three', k.Permute((3, 1, 2)), [(2, 3, 4, 5)], False
    yield 'permute-one', k.Permute((1,)), [(2, 5)], False
    yield 'repeatVector', k.RepeatVector(3), [(2, 5)], False
    yield 'repeatVector-once', k.RepeatVector(1), [(2, 5)], False
    yield 'identity', k.Identity(), [(2, 3, 4)], False
    for rank, shapes in spatial.items():
        yield f'spatialDropout{rank}d-inference', getattr(k, f'SpatialDropout{rank}D')(0.4, seed=3), shapes, False

    yield 'layerNormalization', k.LayerNormalization(), [(3, 5)], False
    yield 'layerNormalization-rank3', k.LayerNormalization(), [(2, 3, 5)], False
    yield 'layerNormalization-rank4-training', k.LayerNormalization(), [(2, 3, 4, 5)], True
    yield 'layerNormalization-epsilon', k.LayerNormalization(epsilon=0.05), [(3, 5)], False
    yield 'layerNormalization-no-center', k.LayerNormalization(center=False), [(3, 5)], False
    yield 'layerNormalization-no-scale', k.LayerNormalization(scale=False), [(3, 5)], False
    yield 'layerNormalization-bare', k.LayerNormalization(center=False, scale=False), [(2, 3, 5)], False
    yield 'layerNormalization-axis1', k.LayerNormalization(axis=1), [(2, 4, 5)], False
    yield 'layerNormalization-axes-last', k.LayerNormalization(axis=[-1, -2]), [(2, 3, 4, 5)], False
    yield 'layerNormalization-axes-first', k.LayerNormalization(axis=(1, 2)), [(2, 3, 4, 5)], False
    yield 'layerNormalization-axes-apart', k.LayerNormalization(axis=[3, 1]), [(2, 3, 4, 5)], False
    yield 'layerNormalization-axes-all', k.LayerNormalization(axis=[1, 2]), [(2, 3, 4)], False

    yield 'depthwiseConv2d-valid', k.DepthwiseConv2D(3), image, False
    yield 'depthwiseConv2d-same', k.DepthwiseConv2D(3, padding='same'), image, False
    yield 'depthwiseConv2d-same-strides2', k.DepthwiseConv2D(3, strides=2, padding='same'), image, False
    yield 'depthwiseConv2d-multiplier', k.DepthwiseConv2D((3, 2), depth_multiplier=2), image, False
    yield 'depthwiseConv2d-dilation2', k.DepthwiseConv2D(2, dilation_rate=2, padding='same'), image, False
    yield 'depthwiseConv2d-no-bias-relu', k.DepthwiseConv2D(3, use_bias=False, activation='relu'), image, False
    yield 'depthwiseConv1d-valid', k.DepthwiseConv1D(3), sequence, False
    yield 'depthwiseConv1d-same-strides2-multiplier', k.DepthwiseConv1D(
        3, strides=2, padding='same', depth_multiplier=2
    ), sequence, False
    yield 'separableConv2d-valid', k.SeparableConv2D(4, 3), image, False
    yield 'separableConv2d-same-strides2-multiplier', k.SeparableConv2D(
        4, 3, strides=2, padding='same', depth_multiplier=2, activation='tanh'
    ), image, False
    yield 'separableConv2d-no-bias-dilation2', k.SeparableConv2D(4, 2, use_bias=False, dilation_rate=2), image, False
    yield 'separableConv1d-valid', k.SeparableConv1D(4, 3), sequence, False
    yield 'separableConv1d-same-strides2-multiplier', k.SeparableConv1D(
        4, 3, strides=2, padding='same', depth_multiplier=2
    ), sequence, False

    small = [(2, 4, 3, 3)]
    for padding in ['valid', 'same']:
        yield f'conv2dTranspose-{padding}', k.Conv2DTranspose(2, 3, padding=padding), small, False
        for strides, kernel in [(2, 3), (2, 2), (2, 4), (3, 2), (2, 5), (3, 4), (2, 1)]:
            yield f'conv2dTranspose-{padding}-strides{strides}-kernel{kernel}', k.Conv2DTranspose(
                2, kernel, strides=strides, padding=padding
            ), small, False
        for output_padding in [0, 1]:
            for kernel in [2, 3, 4]:
                yield f'conv2dTranspose-{padding}-strides2-kernel{kernel}-output{output_padding}', k.Conv2DTranspose(
                    2, kernel, strides=2, padding=padding, output_padding=output_padding
                ), small, False
        yield f'conv2dTranspose-{padding}-kernel3x2-strides1x2', k.Conv2DTranspose(
            2, (3, 2), strides=(1, 2), padding=padding, activation='relu', use_bias=False
        ), small, False
        yield f'conv2dTranspose-{padding}-dilation2', k.Conv2DTranspose(
            2, 2, dilation_rate=2, padding=padding
        ), small, False
        yield f'conv1dTranspose-{padding}-strides2', k.Conv1DTranspose(2, 3, strides=2, padding=padding), [(2, 5, 3)], False
        yield f'conv3dTranspose-{padding}-strides2', k.Conv3DTranspose(
            2, 2, strides=2, padding=padding
        ), [(2, 2, 3, 2, 2)], False

    yield 'zeroPadding1d', k.ZeroPadding1D(2), sequence, False
    yield 'zeroPadding1d-sides', k.ZeroPadding1D((0, 3)), sequence, False
    yield 'zeroPadding2d', k.ZeroPadding2D(1), [(2, 3, 4, 2)], False
    yield 'zeroPadding2d-axes', k.ZeroPadding2D((2, 1)), [(2, 3, 4, 2)], False
    yield 'zeroPadding2d-sides', k.ZeroPadding2D(((0, 1), (2, 0))), [(2, 3, 4, 2)], False
    yield 'zeroPadding3d', k.ZeroPadding3D(((1, 0), (0, 1), (1, 1))), [(2, 2, 3, 2, 2)], False
    yield 'cropping1d', k.Cropping1D(2), sequence, False
    yield 'cropping1d-sides', k.Cropping1D((0, 3)), sequence, False
    yield 'cropping2d', k.Cropping2D(1), image, False
    yield 'cropping2d-sides', k.Cropping2D(((0, 2), (1, 0))), image, False
    yield 'cropping3d', k.Cropping3D(((1, 0), (0, 1), (1, 1))), volume, False
    yield 'upSampling1d', k.UpSampling1D(3), [(2, 4, 3)], False
    yield 'upSampling2d', k.UpSampling2D(2), [(2, 3, 4, 2)], False
    yield 'upSampling2d-size3x1', k.UpSampling2D((3, 1)), [(2, 3, 4, 2)], False
    yield 'upSampling2d-bilinear', k.UpSampling2D(2, interpolation='bilinear'), [(2, 3, 4, 2)], False
    yield 'upSampling2d-bilinear-size3x2', k.UpSampling2D((3, 2), interpolation='bilinear'), [(2, 3, 4, 2)], False
    yield 'upSampling3d', k.UpSampling3D((2, 1, 3)), [(2, 2, 3, 2, 2)], False

    yield 'reLU', k.ReLU(), [(3, 7)], False
    yield 'reLU-max-value', k.ReLU(max_value=6.0), [np.array([EXTREMES, EXTREMES[::-1]], 'float32')], False
    yield 'reLU-slope', k.ReLU(negative_slope=0.2), [(3, 7)], False
    yield 'reLU-all', k.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.3), [(3, 7)], False
    yield 'leakyReLU', k.LeakyReLU(), [(3, 7)], False
    yield 'leakyReLU-slope', k.LeakyReLU(negative_slope=0.05), [(3, 7)], False
    yield 'prelu', k.PReLU(), [(3, 4, 5)], False
    yield 'prelu-shared-axes', k.PReLU(shared_axes=[1, 2]), [(2, 3, 4, 5)], False
    yield 'elu', k.ELU(), [(3, 7)], False
    yield 'elu-alpha', k.ELU(alpha=0.5), [(3, 7)], False
    yield 'softmax', k.Softmax(), [(3, 7)], False
    yield 'softmax-axis1', k.Softmax(axis=1), [(2, 3, 4, 5)], False

    yield 'rescaling', k.Rescaling(1 / 127.5, offset=-1), [(2, 3, 4)], False
    yield 'rescaling-channels', k.Rescaling([0.5, 2, 3.5], offset=[1, 0, -1]), [(2, 4, 3)], False
    yield 'normalization', k.Normalization(), [(3, 5)], False
    yield 'normalization-axes', k.Normalization(axis=(1, 3)), [(2, 3, 4, 2)], False
    yield 'normalization-no-axis', k.Normalization(axis=None), [(3, 5)], False
    yield 'normalization-given', k.Normalization(mean=[1.0, 2.0], variance=[4.0, 0.25]), [(3, 2)], False
    yield 'normalization-given-numbers', k.Normalization(axis=None, mean=3.0, variance=2.0), [(3, 5)], False
    yield 'normalization-invert', k.Normalization(invert=True, mean=[1.0, 2.0], variance=[4.0, 0.25]), [(3, 2)], False
    yield 'gaussianNoise-inference', k.GaussianNoise(0.1), [(3, 7)], False
    yield 'gaussianDropout-inference', k.GaussianDropout(0.1), [(3, 7)], False
    yield 'alphaDropout-inference', k.AlphaDropout(0.1), [(3, 7)], False

    yield 'unitNormalization', k.UnitNormalization(), [(3, 5)], False
    yield 'unitNormalization-axes', k.UnitNormalization(axis=[1, 2]), [(2, 3, 4, 2)], False
    yield 'groupNormalization', k.GroupNormalization(2), [(2, 3, 4, 6)], False
    yield 'groupNormalization-each', k.GroupNormalization(-1, epsilon=0.01), [(2, 3, 4, 6)], False
    yield 'groupNormalization-axis1', k.GroupNormalization(2, axis=1, center=False), [(2, 4, 3)], False
    yield 'groupNormalization-bare', k.GroupNormalization(3, center=False, scale=False), [(2, 4, 3)], False
    yield 'rmsNormalization', k.RMSNormalization(), [(2, 3, 5)], False

    yield 'einsumDense', k.EinsumDense('abc,cd->abd', (3, 4), bias_axes='d'), [(2, 3, 5)], False
    yield 'einsumDense-heads', k.EinsumDense('abc,cde->abde', (3, 2, 4), bias_axes='de'), [(2, 3, 5)], False
    yield 'einsumDense-output', k.EinsumDense(
        'abcd,cde->abe', (3, 3), bias_axes='e', activation='relu'
    ), [(2, 3, 2, 4)], False
    yield 'einsumDense-steps', k.EinsumDense('abc,bd->acd', (5, 4)), [(2, 3, 5)], False
    yield 'einsumDense-batch', k.EinsumDense('abc,bcd->abd', (3, 4), bias_axes='bd'), [(2, 3, 5)], False
    yield 'einsumDense-transposed', k.EinsumDense('abc,cd->adb', (4, 3), bias_axes='d'), [(2, 3, 5)], False


def random_weight(random, variable):
    name = variable.name
    if name in ('moving_variance', 'variance'):
        return random.uniform(0.5, 1.5, variable.shape).astype('float32')
    offset = 1.0 if name == 'gamma' else 0.0
    return normal(random, *variable.shape, scale=0.4) + np.float32(offset)


def make_case(name, layer, inputs, training):
    random = rng('layers', name)
    layer.name = type(layer).__name__
    arrays = [item if isinstance(item, np.ndarray) else normal(random, *item) for item in inputs]
    many = len(arrays) > 1
    symbolic = [keras.Input(array.shape[1:]) for array in arrays]
    shape = layer(symbolic if many else symbolic[0]).shape
    weights = [random_weight(random, variable) for variable in layer.weights]
    layer.set_weights(weights)
    if isinstance(layer, k.Normalization):
        layer.finalize_state()
    states = [variable.value for variable in layer.non_trainable_variables]

    def call(trainable, values):
        keywords = {'training': training} if layer._call_has_training_arg else {}
        return layer.stateless_call(trainable, states, values if many else values[0], **keywords)

    trainable = [variable.value for variable in layer.trainable_variables]
    output, pull, after = jax.vjp(call, trainable, [jax.numpy.asarray(array) for array in arrays], has_aux=True)
    cotangent = normal(random, *output.shape)
    weight_gradients, input_gradients = pull(jax.numpy.asarray(cotangent))

    weights_after = None
    if isinstance(layer, k.BatchNormalization) and training:
        for variable, value in zip(layer.non_trainable_variables, after):
            variable.assign(value)
        weights_after = tensors(layer.get_weights())

    write('layers', name, {
        'class_name': type(layer).__name__,
        'config': config_of(layer),
        'inputs': tensors(arrays),
        'weights': tensors(weights),
        'weight_names': [variable.name for variable in layer.weights],
        'trainable': [bool(variable.trainable) for variable in layer.weights],
        'training': training,
        'output': tensor(output),
        'output_shape_symbolic': list(shape),
        'cotangent': tensor(cotangent),
        'gradients': {'inputs': tensors(input_gradients), 'weights': tensors(weight_gradients)},
        'weightsAfter': weights_after,
    })


def make():
    start('layers')
    count = 0
    for name, layer, inputs, training in cases():
        make_case(name, layer, inputs, training)
        count += 1
    return count
