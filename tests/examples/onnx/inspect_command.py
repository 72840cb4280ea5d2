"""onnx inspect: what it tells of models, and everything that is wrong with one at once."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import INT64, floats, model, node, port, write  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

# x times the weights, clamped in the same step, then in a shape that only the run knows.
MODEL = write("small.onnx", model(
    [node("Identity", "w", "weights", "copy"), node("MatMul", "x weights", "product", "fc"),
     node("Relu", "product", "y/out", "act"), node("Reshape", "y/out shape", "z", "flat")],
    [port("x", ["batch", "", 3]), port("shape", [1], INT64)], [port("y/out", ["batch", "", 2]), port("z", ["n"])],
    [floats("w", [3, 2], range(6))]))
TEXT = rf"""model       {re.escape(str(MODEL))}, {MODEL.stat().st_size} B, IR version 8, opset 17
input       x float32 \[batch,x\.1,3\] as \[DIMS,3\]
input       shape int64 \[1\]
NOTESoperators   4 in 4 nodes, MACS multiply-adds
  Identity                         1
  MatMul                           1(?:   MACS)?
  Relu                             1
  Reshape                          1
output      y/out float32 \[DIMS,2\]
output      z float32 \[\?\], known when it has run
parameters  6
weights     \d+ B
arena       ARENA for the values of a run
folded      1 node
  Identity 'copy'
fused       1 node
  Relu 'act' into MatMul 'fc'
unplanned   1 node, whose memory cannot be planned
  Reshape 'flat'
"""
NOTE = "note        {} is taken as 1; --set gives it another size\n"


def tells(words: list[object], dims: str, notes: str, macs: str, arena: str) -> None:
    pattern = TEXT.replace("DIMS", dims).replace("NOTES", re.escape(notes)).replace("MACS", macs).replace("ARENA", arena)
    expect(run("inspect", MODEL, *words), 0, out=rf"\A{pattern}\Z", err=r"\A\Z")


tells([], "1,1", NOTE.format("batch") + NOTE.format("x.1"), "6", r"\d+\.\d KB")
tells(["--set", "batch=7"], "7,1", NOTE.format("x.1"), "42", r"\d+\.\d KB")
tells(["--set", "batch=500", "--set=x.1=10000"], "500,10000", "", r"30\.0 million", r"40\.\d MB")
tells(["--set", "batch=0", "--set=x.1=5"], "0,5", "", "0", r".+")


def complains(path: object, sentence: str, *words: object, code: int = 1) -> None:
    tail = "; `onnx --help` lists what there is" if code == 2 else ""
    expect(run("inspect", path, *words), code, err=rf"\A{re.escape(f'onnx: {path}: {sentence}{tail}')}\n\Z")


complains(MODEL, "no input has a dimension 'sequence'; those without a size are 'batch', 'x.1'", "--set", "sequence=4", code=2)
complains(MODEL, "no input has a dimension 'x.2'; those without a size are 'batch', 'x.1'", "--set", "x.2=3", code=2)
fixed = write("fixed.onnx", model([node("Relu", "x", "y")], [port("x", [2])], [port("y", [2])]))
complains(fixed, "no input has a dimension 'N'; the sizes of all are fixed", "--set", "N=4", code=2)
complains(MODEL, f"has {MODEL.stat().st_size} bytes, more than the limit of 99", "--max-memory", 99)
answer = run("inspect", MODEL, "--set", "batch=1000000", "--max-memory", 4_000_000)
expect(answer, 1, out="^arena       8.0 MB", err=rf"\Aonnx: {re.escape(str(MODEL))}: a run needs 80\d+ bytes for its values beside \d+ for the model, "
       r"more than the limit of 4000000\n\Z")
vast = "9223372036854775807"
expect(run("inspect", MODEL, "--set", f"batch={vast}", "--set", f"x.1={vast}"), 1, err=rf"MatMul 'fc': .*{vast}")

# All faults of a model together, and what can be told of it all the same.
broken = write("broken.onnx", model(
    [node("Relu", "a", "b", "one"), node("Frobnicate", "b", "c", "two"), node("Frobnicate", "c", "d"), node("Relu", "nothing", "e", "three")],
    [port("a", [1, "n"])], [port("d", [1, "m"]), port("nowhere", [2])]))
expect(run("inspect", broken), 1, out=rf"\Amodel       {re.escape(str(broken))}, .+\ninput       a float32 \[1,n\]\noutput      d float32 \[1,m\]\n"
       r"output      nowhere float32 \[2\]\noperators   2 in 4 nodes\n  Frobnicate +2\n  Relu +2\n\Z",
       err=rf"\Aonnx: {re.escape(str(broken))}: 3 faults in the model:\n.*nowhere.*\n.*nothing.*\n.*Frobnicate.*2 nodes want it.*\n\Z")
# And all shapes that do not fit.
shapes = write("shapes.onnx", model(
    [node("MatMul", "a b", "c", "one"), node("Add", "a b", "d", "two"), node("Relu", "a", "e", "three")],
    [port("a", [2, 3]), port("b", [4, 5])], [port("c", [2, 5]), port("d", [2, 3]), port("e", [2, 3])]))
complains(shapes, "2 faults in the model:\nMatMul 'one': inner dimensions differ: [2,3] x [4,5]\n"
          "Add 'two': shapes do not broadcast: [2,3] and [4,5]")
nowhere = SCRATCH / "nowhere.onnx"
complains(nowhere, "cannot be opened: No such file or directory")
complains(SCRATCH, "is a folder")
complains(write("empty.onnx", b""), "the file is empty")
complains(write("text.onnx", "hello\n"), "not an ONNX model: byte 2 of the file begins no field of one")
finish()
