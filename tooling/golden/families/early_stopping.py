"""After which epoch EarlyStopping ends a training, for given values and options, and which weights it leaves."""

import keras

from .common import rng, start, write

FAMILY = 'earlyStopping'

FALLING = [1.0, 0.8, 0.9, 0.85, 0.7, 0.75, 0.76, 0.77, 0.78, 0.6, 0.61, 0.62]
OPTIONS = [
    {'patience': patience, 'restore_best_weights': restore}
    for patience in (0, 1, 2, 3, 5) for restore in (False, True)
] + [
    {'patience': 2, 'min_delta': 0.1},
    {'patience': 1, 'min_delta': -0.1},
    {'patience': 2, 'baseline': 0.65},
    {'patience': 1, 'baseline': 0.95},
    {'patience': 1, 'start_from_epoch': 3},
    {'patience': 2, 'start_from_epoch': 6, 'restore_best_weights': True},
    {'patience': 1, 'mode': 'max'},
    {'patience': 3, 'mode': 'max', 'min_delta': 0.05, 'restore_best_weights': True},
    {'patience': 2, 'mode': 'max', 'baseline': 0.8, 'restore_best_weights': True},
]


class Model:
    """As much of a model as the callback sees: its weights are the number of the epoch."""

    stop_training = False
    metrics = ()
    weights = -1

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights


def run(values, options):
    callback = keras.callbacks.EarlyStopping(monitor='loss', **options)
    model = Model()
    callback.set_model(model)
    callback.on_train_begin()
    epochs = 0
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {'loss': value})
        epochs += 1
        if model.stop_training:
            break
    callback.on_train_end()
    return epochs, model.weights


def make():
    start(FAMILY)
    random = rng(FAMILY)
    series = {'falling': FALLING, 'rising': [1 - value for value in FALLING], 'nan': [1.0, float('nan'), 0.5, float('nan'), float('nan')]}
    for i in range(3):
        series[f'random{i}'] = [round(float(value), 3) for value in random.random(12)]
    count = 0
    for name, values in series.items():
        for i, options in enumerate(OPTIONS):
            epochs, weights = run(values, options)
            write(FAMILY, f'{name}-{i}', {
                'values': [None if value != value else value for value in values],
                'options': options, 'epochs': epochs, 'weightsOfEpoch': weights,
            })
            count += 1
    return count
