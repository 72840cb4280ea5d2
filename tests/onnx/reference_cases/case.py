"""What the makers of cases share: a case is a model with inputs; make.py asks onnxruntime for its outputs."""

from typing import NamedTuple

import numpy as np
import onnx
from onnx import helper

IR_VERSION = 10
OPSET = 21


class Case(NamedTuple):
    name: str
    model: onnx.ModelProto
    inputs: list[np.ndarray]
    rtol: float = 1e-4
    atol: float = 1e-6


def numbers(name: str) -> np.random.Generator:
    """Random numbers that depend on the name alone: a new case changes no other."""
    return np.random.default_rng(list(name.encode()))


def model_of(nodes: list[onnx.NodeProto], inputs: dict[str, np.ndarray], outputs: list[str],
             initializers: dict[str, np.ndarray] | None = None, **domains: int) -> onnx.ModelProto:
    """A model of these nodes. Inputs are as the arrays are, but for the first dimension, which is open; `domains` are
    versions of others than ONNX's own, an underscore for each dot."""
    def port(name: str, array: np.ndarray) -> onnx.ValueInfoProto:
        shape = [f"{name}_0", *array.shape[1:]] if array.ndim else []
        element = onnx.TensorProto.STRING if array.dtype.kind in "UO" else helper.np_dtype_to_tensor_dtype(array.dtype)
        return helper.make_tensor_value_info(name, element, shape)
    graph = helper.make_graph(
        nodes, "case", [port(name, array) for name, array in inputs.items()],
        [helper.make_empty_tensor_value_info(name) for name in outputs],
        [onnx.numpy_helper.from_array(array, name) for name, array in (initializers or {}).items()])
    opsets = [helper.make_opsetid("", OPSET)]
    opsets += [helper.make_opsetid(name.replace("_", "."), version) for name, version in domains.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
