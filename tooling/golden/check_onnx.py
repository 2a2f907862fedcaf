"""Checks ONNX files with strict shape inference and data propagation: python check_onnx.py [--quiet] FILES…

A folder stands for all files *.onnx below it. With --quiet only those that fail are named, and all are counted.
"""

import sys
from pathlib import Path

import onnx
from onnx import shape_inference


def shape_text(value):
    kind = value.type.WhichOneof('value')
    if kind != 'tensor_type':
        return f'{value.name}: {kind}'
    tensor = value.type.tensor_type
    dims = [
        dim.dim_param or (str(dim.dim_value) if dim.HasField('dim_value') else '?') for dim in tensor.shape.dim
    ]
    return f'{value.name}: {onnx.TensorProto.DataType.Name(tensor.elem_type).lower()}[{", ".join(dims)}]'


def check(path):
    # By path, so that files beyond 2 GB and external data are checked too.
    onnx.checker.check_model(path, full_check=True)
    model = shape_inference.infer_shapes(onnx.load(path), check_type=True, strict_mode=True, data_prop=True)
    graph = model.graph
    opsets = ', '.join(f'{item.domain or "ai.onnx"} {item.version}' for item in model.opset_import)
    given = {item.name for item in graph.initializer}
    inputs = ', '.join(shape_text(value) for value in graph.input if value.name not in given)
    outputs = ', '.join(shape_text(value) for value in graph.output)
    return f'IR {model.ir_version}, {opsets}, {len(graph.node)} nodes, ({inputs}) → ({outputs})'


def files_in(path):
    return sorted(map(str, Path(path).rglob('*.onnx'))) if Path(path).is_dir() else [path]


def main(arguments):
    quiet = '--quiet' in arguments
    paths = [path for argument in arguments if argument != '--quiet' for path in files_in(argument)]
    if not paths:
        sys.exit('usage: python check_onnx.py [--quiet] FILES…')
    failed = 0
    for path in paths:
        try:
            text = check(path)
            if not quiet:
                print(f'ok    {path}: {text}')
        except Exception as error:
            failed += 1
            print(f'FAIL  {path}: {type(error).__name__}: {" ".join(str(error).split())}')
    if quiet:
        print(f'{len(paths)} files, {failed} of them refused by onnx.checker')
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main(sys.argv[1:])
