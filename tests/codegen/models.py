"""The models that tests/codegen compiles to C++: models.py FOLDER."""

import random
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from handmade import FLOAT, INT64, field, integers, model, node, port  # noqa: E402

FLOAT16 = 10


def floats(name: str, dims: list[int], positive: bool = False) -> bytes:
    rng = random.Random(name)
    count = 1
    for d in dims:
        count *= d
    values = [rng.uniform(0.5 if positive else -1, 1) for _ in range(count)]
    return (b"".join(field(1, d) for d in dims) + field(2, FLOAT) + field(8, name)
            + field(9, struct.pack(f"<{count}f", *values)))


def halves(name: str, dims: list[int]) -> bytes:
    rng = random.Random(name)
    count = 1
    for d in dims:
        count *= d
    return (b"".join(field(1, d) for d in dims) + field(2, FLOAT16) + field(8, name)
            + field(9, struct.pack(f"<{count}e", *(rng.uniform(-1, 1) for _ in range(count)))))


def attribute(name: str, value: int | float | list[int]) -> bytes:
    if isinstance(value, int):
        content = field(3, value) + field(20, 2)
    elif isinstance(value, float):
        content = bytes([2 << 3 | 5]) + struct.pack("<f", value) + field(20, 1)
    else:
        content = b"".join(field(8, v) for v in value) + field(20, 7)
    return field(5, field(1, name) + content)


models = {
    "classifier": model(
        [node("Gemm", "x w1 b1", "h", "hidden") + attribute("transB", 1), node("Relu", "h", "r"),
         node("Gemm", "r w2 b2", "logits", "out"), node("Softmax", "logits", "probabilities")],
        [port("x", ["batch", 12])], [port("probabilities", ["batch", 5])],
        [floats("w1", [16, 12]), floats("b1", [16]), floats("w2", [16, 5]), floats("b2", [5])]),
    # Names that are none in C++, a fused normalisation, a residual, a clamp, weights that are used twice.
    "pictures": model(
        [node("Conv", "default stem/w", "stem:0", "stem") + attribute("pads", [1, 1, 1, 1]) + attribute("strides", [2, 2]),
         node("BatchNormalization", "stem:0 scale shift mean var", "stem/0", "norm") + attribute("epsilon", 0.001),
         node("Relu", "stem/0", "7"),
         node("Conv", "7 body/w", "8", 'a "body"') + attribute("pads", [1, 1, 1, 1]),
         node("Add", "7 8", "9"), node("Relu", "9", "NULL"),
         node("Conv", "NULL depth/w", "deep") + attribute("group", 8) + attribute("pads", [1, 1, 1, 1]),
         node("Conv", "deep body/w", "again") + attribute("pads", [1, 1, 1, 1]),
         node("MaxPool", "again", "pooled") + attribute("kernel_shape", [2, 2]) + attribute("strides", [2, 2]),
         node("GlobalAveragePool", "pooled", "averages"), node("Flatten", "averages", "flat"),
         node("Gemm", "flat fc", "model")],
        [port("default", [2, 3, 11, 9])], [port("model", [2, 5]), port("pooled", [2, 8, 3, 2])],
        [floats("stem/w", [8, 3, 3, 3]), floats("body/w", [8, 8, 3, 3]), floats("depth/w", [8, 1, 3, 3]),
         floats("scale", [8]), floats("shift", [8]), floats("mean", [8]), floats("var", [8], True), floats("fc", [8, 5])]),
    # Two inputs; outputs that are an input, a constant, a part; elements that are converted for the operator.
    "mixed": model(
        [node("Add", "a b", "sum"), node("Mul", "sum scale", "scaled"), node("MatMul", "scaled w", "product"),
         node("Identity", "a", "same"), node("Identity", "scale", "constant"),
         node("Transpose", "n", "turned") + attribute("perm", [1, 0]), node("Concat", "turned turned", "twice") + attribute("axis", 0)],
        [port("a", [3, 4], FLOAT16), port("b", ["rows", 4], FLOAT16), port("n", [2, "columns"], INT64)],
        [port("product", [3, 2], FLOAT16), port("same", [3, 4], FLOAT16), port("constant", [4], FLOAT16),
         port("twice", ["m", 2], INT64)],
        [halves("scale", [4]), halves("w", [4, 2])]),
    # What has no generated form: a shape that depends on elements.
    "deferred": model(
        [node("Reshape", "x dims", "y", "one"), node("Reshape", "y dims", "z", "two"), node("Relu", "z", "out", "three")],
        [port("x", [6]), port("dims", [2], INT64)], [port("out", ["r", "c"])]),
}

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in models.items():
        (folder / f"{name}.onnx").write_bytes(content)
