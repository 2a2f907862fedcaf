"""Summary: layers, shapes, counts and connections."""

from keras.src.utils.summary_utils import count_params

import keras

from . import models
from .common import plain, start, write


def dimensions(shape):
    return [None if size is None else int(size) for size in shape]


def rows(model):
    nodes = {node for level in model._nodes_by_depth.values() for node in level}
    for layer in model.layers:
        connected, output_shapes = [], []
        for node in layer._inbound_nodes:
            if node not in nodes:
                continue
            output_shapes.append([dimensions(tensor.shape) for tensor in node.output_tensors])
            for tensor in node.input_tensors if not node.is_input else []:
                history = tensor._keras_history
                connected.append([history.operation.name, history.node_index, history.tensor_index])
        yield {
            'name': layer.name,
            'class_name': type(layer).__name__,
            'output_shape': output_shapes[0][0],
            'params': int(layer.count_params()),
            'trainable': bool(layer.trainable),
            'connectedTo': connected,
        }


def summary_of(model):
    trainable, frozen = count_params(model.trainable_weights), count_params(model.non_trainable_weights)
    config = plain(keras.saving.serialize_keras_object(model))
    return {
        'model': {'class_name': config['class_name'], 'config': config['config']},
        'name': model.name,
        'totalParams': int(trainable + frozen),
        'trainableParams': int(trainable),
        'nonTrainableParams': int(frozen),
        'layers': list(rows(model)),
        'weightPaths': [variable.path for variable in model.weights],
    }


def make():
    start('summary')
    factories = {
        'mlp': models.mlp,
        'cnn': models.cnn,
        'twoInTwoOut': models.two_in_two_out,
        'sharedLayer': models.shared_layer,
        'nested': models.nested,
        'residual': models.residual,
    }
    for name, factory in factories.items():
        keras.utils.clear_session()
        model = factory()
        write('summary', name, summary_of(model))
    return len(factories)
