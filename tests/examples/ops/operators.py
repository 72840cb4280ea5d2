"""ops: its results against NumPy's, for operators of every kind, types and broadcast shapes."""

import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, fault, finish, run  # noqa: E402

TYPES = {"FP32": np.float32, "INT32": np.int32, "INT8": np.int8, "INT64": np.int64, "FP64": np.float64, "FP16": np.float16,
         "BOOL": np.bool_, "UINT8": np.uint8, "STRING": np.str_}
NAMES = {np.dtype(t): name for name, t in TYPES.items()}
SPECIAL = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
draw = np.random.default_rng(1)


def some(dtype: str, *shape: int) -> np.ndarray:
    if dtype.startswith("FP"):
        return draw.uniform(-3, 3, shape).astype(TYPES[dtype])
    if dtype == "BOOL":
        return draw.integers(0, 2, shape).astype(bool)
    return draw.integers(-100, 100, shape).astype(TYPES[dtype])


def described(x: np.ndarray | None, typed: bool) -> dict | None:
    if x is None:
        return None
    words = {repr(number): word for word, number in SPECIAL.items()}
    data = [words.get(repr(v), v) for v in x.flatten().tolist()]
    name = "STRING" if x.dtype.kind == "U" else NAMES[x.dtype]
    return {"input-data": {name + "Array": data} if typed else data, "shape": list(x.shape), "dim-size": x.ndim}


def tensor(from_json: dict) -> np.ndarray:
    (form, data), = from_json["input-data"].items()
    if form == "Numeric":
        return np.array(data)
    x = np.array([SPECIAL.get(v, v) if isinstance(v, str) and form != "STRINGArray" else v for v in data], TYPES[form.removesuffix("Array")])
    if from_json["dim-size"] != len(from_json["shape"]):
        fault(f"dim-size of {from_json}")
    return x.reshape(from_json["shape"])


def check(op: str, inputs: list, *wanted: object, type: str | None = None, ulps: int = 0, file: bool = False, **attributes: object) -> None:
    """Runs the operator and compares: of another type than the wanted or farther off than `ulps` is a fault."""
    text = json.dumps([described(x, type is None) for x in inputs])
    if file:
        (SCRATCH / "inputs.json").write_text(text)
    answer = run("-o", op, *(["-d", type] if type else []), *(["-i", SCRATCH / "inputs.json"] if file else ["-I", text]),
                 *(f"--attribute={name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in attributes.items()))
    if answer.code != 0 or answer.err:
        return fault(f"{op} does not run", answer)
    result = json.loads(answer.out)
    results = result if isinstance(result, list) else [result]
    if len(results) != len(wanted):
        return fault(f"{len(results)} results, not {len(wanted)}", answer)
    for r, w in zip(results, wanted):
        found, w = tensor(r), np.asarray(w)
        same = found.shape == w.shape and (found.dtype == w.dtype or "Numeric" in r["input-data"])
        if same and ulps:
            same = np.allclose(found, w, rtol=ulps * np.finfo(w.dtype).eps, atol=ulps * np.finfo(w.dtype).eps)
        elif same:
            same = np.array_equal(found, w, equal_nan=w.dtype.kind == "f")
        if not same:
            fault(f"{op} gives {found.dtype} {found.shape}, not {w.dtype} {w.shape}:\n{w}", answer)
    return None


# The seed's four operators in its three types, at any rank and with broadcasting.
for i, t in enumerate(["FP32", "INT32", "INT8"]):
    for j, (one, other) in enumerate([((2, 3), (2, 3)), ((4, 1, 3), (2, 1)), ((2, 1, 2, 1, 3, 1), (3, 1, 2)), ((), (5,)), ((0, 3), (1, 3))]):
        a, b = some(t, *one), some(t, *other)
        if (i + j) % 2 == 0:
            check("Add", [a, b], a + b, type=t)
        else:
            check("mul", [a, b], a * b, type=t, file=j == 1)
    long = np.full(300, 5).astype(TYPES[t])
    long[[200, 250]] = 9
    check("Argmax", [long], np.array([9, 200], np.int32 if t == "INT8" else TYPES[t]), type=t)
    a = some(t, 2, 3)
    check("ArgMax", [a, a], np.argmax(a, axis=1).astype(np.int64), type=t, axis=1, keepdims=False)
    check("equalcount", [long, np.full(300, 5).astype(TYPES[t])], 298, type=t)
check("argmax", [np.array([1, np.nan, 3], np.float32)], np.array([np.nan, 1], np.float32))

# Others: element by element,
a, b, c = some("FP32", 3, 4), some("FP32", 4), some("FP32", 2, 1, 1)
check("Sub", [a, b], a - b)
check("Div", [np.float32([1, 0, -1]), np.float32(0)], np.float32([np.inf, np.nan, -np.inf]))
check("Max", [a, b, c], np.maximum(np.maximum(a, b), c))
check("Exp", [a], np.exp(a), ulps=4)
check("Tanh", [a.astype(np.float64)], np.tanh(a.astype(np.float64)), ulps=4)
check("Sqrt", [np.abs(a)], np.sqrt(np.abs(a)))
check("Clip", [a, None, np.float32(1)], np.minimum(a, 1))
check("Where", [a > 0, a, b], np.where(a > 0, a, b))
check("Less", [a, b], a < b)
check("Not", [a > 0], a <= 0)
x, y = some("UINT8", 2, 3), some("UINT8", 3)
check("BitwiseXor", [x, y], x ^ y)
check("Cast", [np.float32([0.1, 65504, -2.5])], np.float16([0.1, 65504, -2.5]), to="FP16")
check("Cast", [np.float32([1.5, -2.5])], np.array([1, -2], np.int8), to="int8")
check("QuantizeLinear", [np.float32([0, 1, 2.4, 500]), np.float32(0.5), np.uint8(10)], np.uint8([10, 12, 15, 255]))
# over axes,
check("Softmax", [a], np.exp(a) / np.exp(a).sum(0), axis=0, ulps=8)
x = some("INT32", 2, 3, 4)
check("ReduceSum", [x, np.int64([0, 2])], x.sum((0, 2)).astype(np.int32), keepdims=0)
check("CumSum", [x, np.int64(1)], np.cumsum(x, 1).astype(np.int32))
check("TopK", [np.int32([[3, 1, 2]]), np.int64([2])], np.int32([[3, 2]]), np.int64([[0, 2]]))
check("LayerNormalization", [a, np.ones(4, np.float32), np.zeros(4, np.float32)],
      (a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + np.float32(1e-5)), ulps=32)
# products,
check("MatMul", [some("FP32", 2, 1, 3, 4) * 0 + 2, a.T[None].copy()], np.full((2, 1, 3, 4), 2, np.float32) @ a.T[None], ulps=8)
check("Gemm", [a, b[:, None], np.float32([1])], (2 * (a @ b[:, None]) + 1).astype(np.float32), alpha=2.0, ulps=16)
check("Einsum", [x, x], np.einsum("ijk,ilk->jl", x, x).astype(np.int32), equation="ijk,ilk->jl")
check("Conv", [np.float32([[[1, 2, 3, 4]]]), np.float32([[[1, 0, -1]]])], np.float32([[[-2, -2, -2, 3]]]), pads=[1, 1])
# and what moves elements.
check("Transpose", [x], x.transpose(2, 0, 1), perm=[2, 0, 1])
check("Concat", [x, x[:, :1]], np.concatenate([x, x[:, :1]], 1), axis=1)
check("Split", [x], x[:, :, :2], x[:, :, 2:], axis=2, num_outputs=2)
check("Split", [x, np.int64([1, 2])], x[:, :1], x[:, 1:], axis=1)
check("Reshape", [x, np.int64([-1, 6])], x.reshape(-1, 6))
check("Gather", [x, np.int64([2, 0])], x[:, [2, 0]], axis=1)
check("Pad", [a, np.int64([1, 0, 0, 2])], np.pad(a, ((1, 0), (0, 2))))
check("Slice", [x, np.int64([-1]), np.int64([0]), np.int64([2]), np.int64([-2])], x[:, :, -1:0:-2])
check("NonZero", [np.int32([[0, 1], [2, 0]])], np.int64([[0, 1], [1, 0]]))
check("Unique", [np.float32([2, 1, 2])], np.float32([1, 2]))
check("ConstantOfShape", [np.int64([2, 0, 3])], np.zeros((2, 0, 3), np.float32))
check("Range", [np.int64(3), np.int64(9), np.int64(2)], np.int64([3, 5, 7]))
check("Equal", [np.array(["a", "\u00e4\n"]), np.array(["a", "b"])], np.array([True, False]))
check("Identity", [np.array(["\"", "\u00e4\n"])], np.array(["\"", "\u00e4\n"]))
x = draw.uniform(0, 1, 400).astype(np.float32) * np.float32(10.0) ** np.float32(draw.integers(-40, 38, 400))
check("Identity", [x], x)
x = draw.integers(-2**63, 2**63 - 1, 50)
check("Identity", [x], x)

# Results are inputs.
answer = run("-I", "[[[1, 2], [3, 4]], [0.5, 0]]")
(SCRATCH / "result.json").write_text(f"[{answer.out}, {answer.out}]")
answer = run("-i", SCRATCH / "result.json")
if not np.array_equal(tensor(json.loads(answer.out)), [[3, 4], [7, 8]]):
    fault("results are not taken as inputs", answer)
finish()
