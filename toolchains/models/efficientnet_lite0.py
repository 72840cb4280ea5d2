"""EfficientNet-Lite0 (ImageNet-1k) as ONNX, from the weights of its PyTorch checkpoint.

input  f32 [N, 3, 224, 224], (rgb - 127) / 128, channels first
logits f32 [N, 1000]
"""

from typing import NamedTuple

import onnx
from onnx import helper, numpy_helper

from models import torch_checkpoint


class Stage(NamedTuple):
    """Inverted residual blocks that share all but the stride, which only the first has."""

    blocks: int
    kernel: int
    stride: int
    expand: int  # channels inside a block over channels going in
    channels: int  # coming out


STAGES = (
    Stage(blocks=1, kernel=3, stride=1, expand=1, channels=16),
    Stage(blocks=2, kernel=3, stride=2, expand=6, channels=24),
    Stage(blocks=2, kernel=5, stride=2, expand=6, channels=40),
    Stage(blocks=3, kernel=3, stride=2, expand=6, channels=80),
    Stage(blocks=3, kernel=5, stride=1, expand=6, channels=112),
    Stage(blocks=4, kernel=5, stride=2, expand=6, channels=192),
    Stage(blocks=1, kernel=3, stride=1, expand=6, channels=320),
)


class Graph:
    """Nodes and weights as they are added, in order; a value is called after its node."""

    def __init__(self, checkpoint: bytes):
        self._checkpoint = torch_checkpoint.load(checkpoint)
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}

    def weight(self, name: str) -> str:
        array = self._checkpoint[name]
        self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def scalar(self, name: str, value: float) -> str:
        self.weights[name] = helper.make_tensor(name, onnx.TensorProto.FLOAT, [], [value])
        return name

    def add(self, op: str, name: str, inputs: list[str], **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x: str, name: str, stride: int = 1, depthwise: bool = False) -> str:
        weight = self.weight(f"{name}.weight")
        channels, _, height, width = self.weights[weight].dims
        return self.add(
            "Conv",
            name,
            [x, weight],
            # TensorFlow's padding, with which the weights were trained: the odd one at the end.
            auto_pad="SAME_UPPER",
            group=channels if depthwise else 1,
            kernel_shape=[height, width],
            strides=[stride, stride],
        )

    def norm(self, x: str, name: str) -> str:
        parts = ("weight", "bias", "running_mean", "running_var")
        inputs = [x, *(self.weight(f"{name}.{part}") for part in parts)]
        return self.add("BatchNormalization", name, inputs, epsilon=1e-3)

    def relu6(self, x: str) -> str:
        limits = [self.scalar("zero", 0.0), self.scalar("six", 6.0)]
        return self.add("Clip", f"{x}.relu6", [x, *limits])

    def block(self, x: str, name: str, stage: Stage, first: bool) -> str:
        y = x
        if stage.expand != 1:
            y = self.relu6(self.norm(self.conv(y, f"{name}._expand_conv"), f"{name}._bn0"))
        stride = stage.stride if first else 1
        y = self.conv(y, f"{name}._depthwise_conv", stride, depthwise=True)
        y = self.relu6(self.norm(y, f"{name}._bn1"))
        y = self.norm(self.conv(y, f"{name}._project_conv"), f"{name}._bn2")
        # The first block of a stage changes the shape, so it has no way around it.
        return y if first else self.add("Add", f"{name}.add", [y, x])


def build(checkpoint: bytes) -> bytes:
    """The model's bytes, the same on every machine."""
    graph = Graph(checkpoint)
    x = graph.relu6(graph.norm(graph.conv("input", "_conv_stem", stride=2), "_bn0"))
    number = 0
    for stage in STAGES:
        for block in range(stage.blocks):
            x = graph.block(x, f"_blocks.{number}", stage, first=block == 0)
            number += 1
    x = graph.relu6(graph.norm(graph.conv(x, "_conv_head"), "_bn1"))
    x = graph.add("GlobalAveragePool", "pool", [x])
    x = graph.add("Flatten", "flatten", [x], axis=1)
    classifier = [x, graph.weight("_fc.weight"), graph.weight("_fc.bias")]
    graph.add("Gemm", "logits", classifier, transB=1)
    return _serialize(graph)


def _serialize(graph: Graph) -> bytes:
    def tensor(name: str, shape: list[str | int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    proto = helper.make_graph(
        graph.nodes,
        "efficientnet_lite0",
        [tensor("input", ["N", 3, 224, 224])],
        [tensor("logits", ["N", 1000])],
        list(graph.weights.values()),
    )
    model = helper.make_model(
        proto,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)],
        producer_name="tenon",
        doc_string="EfficientNet-Lite0, ImageNet-1k. Weights: Apache-2.0, (c) 2020 ML Illustrated.",
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)
