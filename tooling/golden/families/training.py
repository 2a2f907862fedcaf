"""Training: one fit call from given weights, unshuffled; the data stands in the family trainingData."""

import keras
import numpy as np
from keras import losses, optimizers

from . import models
from .common import described, normal, plain, rng, start, tensor, tensors, write
from .losses import one_hot

TRAIN, VALIDATION, BATCH, PREDICTED = 50, 20, 16, 10
COUNT = TRAIN + VALIDATION


def tensor_tree(value):
    if isinstance(value, dict):
        return {key: tensor_tree(item) for key, item in value.items()}
    return tensor(value)


def mlp_data():
    random = rng('training', 'mlp')
    x = normal(random, COUNT, 8)
    scores = x @ normal(random, 8, 4) + normal(random, COUNT, 4, scale=0.5)
    labels = scores.argmax(-1).astype('int32')
    targets = {
        'oneHot': one_hot(labels, 4),
        'sparse': labels,
        'sparseColumn': labels[:, None],
        'binary': (scores > 0).astype('float32'),
        'real': (scores * np.float32(0.3)).astype('float32'),
    }
    return {'features': x}, targets


def cnn_data():
    random = rng('training', 'cnn')
    x = normal(random, COUNT, 8, 8, 1)
    labels = random.integers(0, 3, COUNT).astype('int32')
    for index, label in enumerate(labels):
        x[index, 2 * label:2 * label + 3, 1:6, 0] += np.float32(1.2)
    return {'image': x}, {'oneHot': one_hot(labels, 3), 'sparse': labels}


def two_in_two_out_data():
    random = rng('training', 'twoInTwoOut')
    left, right = normal(random, COUNT, 6), normal(random, COUNT, 4)
    both = np.concatenate([left, right], -1)
    labels = (both @ normal(random, 10, 3)).argmax(-1)
    aux = (right.sum(-1, keepdims=True) + normal(random, COUNT, 1, scale=0.5) > 0).astype('float32')
    return {'left': left, 'right': right}, {'main': one_hot(labels, 3), 'aux': aux}


MODELS = {
    'mlp': (models.mlp, mlp_data),
    'cnn': (models.cnn, cnn_data),
    'twoInTwoOut': (models.two_in_two_out, two_in_two_out_data),
}

OPTIMIZERS = {
    'sgd': lambda: optimizers.SGD(0.05),
    'sgd-nesterov': lambda: optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    'rmsprop': lambda: optimizers.RMSprop(0.005),
    'adam': lambda: optimizers.Adam(0.01),
}


def variants():
    """Yields (name, model, last activation, targets, optimizer, loss, extras)."""
    for name, optimizer in OPTIMIZERS.items():
        yield f'mlp-{name}', 'mlp', 'softmax', 'oneHot', optimizer, losses.CategoricalCrossentropy, {}
        yield f'cnn-{name}', 'cnn', None, 'sparse', optimizer, losses.SparseCategoricalCrossentropy, {}
        yield f'twoInTwoOut-{name}', 'twoInTwoOut', None, None, optimizer, lambda: {
            'main': losses.CategoricalCrossentropy(), 'aux': losses.BinaryCrossentropy()
        }, {'loss_weights': {'main': 1.0, 'aux': 0.2}}

    adam = OPTIMIZERS['adam']
    logits = {'from_logits': True}
    for name, last, targets, loss in [
        ('categoricalCrossentropy-logits', 'linear', 'oneHot', lambda: losses.CategoricalCrossentropy(**logits)),
        ('sparseCategoricalCrossentropy', 'softmax', 'sparse', losses.SparseCategoricalCrossentropy),
        ('sparseCategoricalCrossentropy-column', 'softmax', 'sparseColumn', losses.SparseCategoricalCrossentropy),
        ('sparseCategoricalCrossentropy-logits', 'linear', 'sparse',
         lambda: losses.SparseCategoricalCrossentropy(**logits)),
        ('binaryCrossentropy', 'sigmoid', 'binary', losses.BinaryCrossentropy),
        ('binaryCrossentropy-logits', 'linear', 'binary', lambda: losses.BinaryCrossentropy(**logits)),
        ('meanSquaredError', 'linear', 'real', losses.MeanSquaredError),
        ('meanAbsoluteError', 'linear', 'real', losses.MeanAbsoluteError),
    ]:
        yield f'mlp-adam-{name}', 'mlp', last, targets, adam, loss, {}

    categorical, sparse = losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy
    class_weight = {0: 0.5, 1: 2.0, 2: 1.0, 3: 3.0}
    yield 'mlp-adam-sampleWeight', 'mlp', 'softmax', 'oneHot', adam, categorical, {'sample_weight': True}
    yield 'mlp-adam-weightedMetrics', 'mlp', 'softmax', 'oneHot', adam, categorical, {
        'sample_weight': True, 'weighted_metrics': ['accuracy']
    }
    yield 'mlp-adam-classWeight', 'mlp', 'softmax', 'sparse', adam, sparse, {'class_weight': class_weight}
    yield 'mlp-adam-classWeight-oneHot', 'mlp', 'softmax', 'oneHot', adam, categorical, {
        'class_weight': class_weight
    }


def build(model_name, last):
    keras.utils.clear_session()
    factory = MODELS[model_name][0]
    return factory(last) if last else factory()


def initial_weights(model_name, model):
    random = rng('training', model_name, 'weights')
    values = []
    for variable in model.weights:
        name = variable.name
        if name == 'kernel':
            fan = int(np.prod(variable.shape[:-1]))
            values.append(normal(random, *variable.shape, scale=fan ** -0.5))
        elif name == 'moving_variance':
            values.append(random.uniform(0.7, 1.3, variable.shape).astype('float32'))
        else:
            values.append(normal(random, *variable.shape, scale=0.1) + np.float32(name == 'gamma'))
    return values


def single(values):
    return next(iter(values.values())) if len(values) == 1 else values


def part(value, begin, end):
    if isinstance(value, dict):
        return {key: item[begin:end] for key, item in value.items()}
    return value[begin:end]


def history_of(values):
    return {key: [float(item) for item in series] for key, series in values.items()}


def floats(values):
    return {key: float(value) for key, value in values.items()}


def make():
    start('training')
    start('trainingData')
    data, count = {}, 0
    for name, (_, make_data) in MODELS.items():
        x, targets = make_data()
        model = build(name, None)
        weights = initial_weights(name, model)
        sample_weight = rng('training', name, 'sampleWeight').choice(
            np.float32([0, 0.5, 1, 1.5, 3]), TRAIN
        ) if name == 'mlp' else None
        data[name] = (x, targets, weights, sample_weight)
        write('trainingData', name, {
            'model': name,
            'weightPaths': [variable.path for variable in model.weights],
            'trainable': [bool(variable.trainable) for variable in model.weights],
            'initialWeights': tensors(weights),
            'x': tensor_tree(part(x, 0, TRAIN)),
            'y': tensor_tree(part(targets, 0, TRAIN)),
            'xValidation': tensor_tree(part(x, TRAIN, COUNT)),
            'yValidation': tensor_tree(part(targets, TRAIN, COUNT)),
            'sampleWeight': None if sample_weight is None else tensor(sample_weight),
        })
        count += 1

    for name, model_name, last, targets_name, optimizer, loss, extras in variants():
        x, targets, weights, sample_weight = data[model_name]
        y = targets if targets_name is None else targets[targets_name]
        x = single(x)
        train = part(x, 0, TRAIN), part(y, 0, TRAIN)
        validation = part(x, TRAIN, COUNT), part(y, TRAIN, COUNT)
        predicted = part(x, 0, PREDICTED)
        runs = []
        for epochs in [1, 3]:
            model = build(model_name, last)
            model.set_weights(weights)
            config = plain(keras.saving.serialize_keras_object(model))
            compiled_loss, compiled_optimizer = loss(), optimizer()
            outputs = model.output_names if isinstance(y, dict) else None
            metrics = {key: ['accuracy'] for key in outputs} if outputs else ['accuracy']
            compile_config = {
                'optimizer': described(compiled_optimizer),
                'loss': (
                    {key: described(item) for key, item in compiled_loss.items()}
                    if outputs else described(compiled_loss)
                ),
                'metrics': metrics,
                'weighted_metrics': extras.get('weighted_metrics'),
                'loss_weights': extras.get('loss_weights'),
            }
            model.compile(
                optimizer=compiled_optimizer,
                loss=compiled_loss,
                metrics=metrics,
                weighted_metrics=extras.get('weighted_metrics'),
                loss_weights=extras.get('loss_weights'),
            )
            before = model.predict(predicted, verbose=0)
            history = model.fit(
                *train,
                batch_size=BATCH,
                epochs=epochs,
                shuffle=False,
                validation_data=validation,
                sample_weight=sample_weight if extras.get('sample_weight') else None,
                class_weight=extras.get('class_weight'),
                verbose=0,
            )
            runs.append({
                'epochs': epochs,
                'history': history_of(history.history),
                'evaluate': {
                    'train': floats(model.evaluate(*train, batch_size=BATCH, return_dict=True, verbose=0)),
                    'validation': floats(
                        model.evaluate(*validation, batch_size=BATCH, return_dict=True, verbose=0)
                    ),
                },
                'finalWeights': tensors(model.get_weights()),
                'predictions': outputs_of(model, model.predict(predicted, verbose=0)),
            })
        write('training', name, {
            'data': model_name,
            'targets': targets_name,
            'model': {'class_name': config['class_name'], 'config': config['config']},
            'compile': compile_config,
            'fit': {
                'batch_size': BATCH,
                'shuffle': False,
                'sample_weight': bool(extras.get('sample_weight')),
                'class_weight': plain(extras.get('class_weight')),
            },
            'initialPredictions': outputs_of(model, before),
            'runs': runs,
        })
        count += 1
    return count


def outputs_of(model, predictions):
    """By output name, for one output too."""
    values = predictions if isinstance(predictions, list) else [predictions]
    return dict(zip(model.output_names, tensors(values)))
