"""onnx run: inputs from files, outputs into files, figures, and what is refused."""

import hashlib
import re
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import INT64, floats, model, node, port, write  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402


def save(name: str, values: object, dtype: str = "float32") -> Path:
    path = SCRATCH / name
    np.save(path, np.asarray(values, dtype))
    return path


# a=b is a name that an input may have, and c/d one of an output.
MODEL = write("small.onnx", model(
    [node("MatMul", "x w", "p", "fc"), node("Add", "p a=b", "c/d", "sum"), node("Identity", "n", "same")],
    [port("x", ["batch", 3]), port("a=b", [2]), port("n", [], INT64)],
    [port("c/d", ["batch", 2]), port("same", [], INT64)], [floats("w", [3, 2], range(6))]))
X, AB, N = save("x.npy", [[1, 2, 3], [4, 5, 6]]), save("ab.npy", [0.5, -0.5]), save("n.npy", 7, "int64")
INPUTS = ["--input", f"x={X}", f"--input=a=b={AB}", "--input", f"n={N}"]

folder = SCRATCH / "out"
for file in folder.glob("*"):
    file.unlink()
answer = run("run", MODEL, *INPUTS, "--output-dir", folder)
expect(answer, 0, out=r"\Aload       \d+\.\d ms\noutput     c/d float32 \[2,2\]\noutput     same int64 \[\]\n"
       r"memory     \d+\.\d MB (of linear memory|resident) at the peak\n\Z", err=r"\A\Z")
wanted = {"c__d.npy": np.float32([[16.5, 21.5], [34.5, 48.5]]), "same.npy": np.int64(7)}
if {file.name for file in folder.iterdir()} != set(wanted):
    fault(f"{folder} holds {[file.name for file in folder.iterdir()]}", answer)
for name, value in wanted.items():
    found = np.load(folder / name)
    if found.dtype != value.dtype or found.shape != value.shape or not (found == value).all():
        fault(f"{name} is {found.dtype} {found}")

# Without a folder nothing is written; the digest is of the bytes of all outputs, in order.
digest = hashlib.sha256(b"".join(value.tobytes() for value in wanted.values())).hexdigest()
expect(run("run", MODEL, *INPUTS, "--digest"), 0, out=rf"^digest     {digest}$")
expect(run("run", "--repeat", 3, MODEL, *INPUTS, "--set", "batch=2"), 0,
       out=r"^time       \d+\.\d{3} ms at least, \d+\.\d{3} ms median, of 3 runs\nmemory     .+ at the peak, .+ B more than after the first run$")

# Where the time goes.
for words, calls in [([], 1), (["--repeat", 4], 1)]:
    expect(run("run", MODEL, *INPUTS, "--profile", *words), 0,
           out=rf"^\noperator +calls +time +share +multiply-adds +bytes\n(\S+ +{calls} +\d+\.\d{{3}} ms +\d+\.\d % .+/s\n)+\Z")
answer = run("run", MODEL, *INPUTS, "--profile")
expect(answer, 0, out=r"^MatMul .+ % +\S+ [KMG]?/s +\S+ [KMG]?B/s$")
expect(answer, 0, out=r"^Add .+ % +\S+ [KMG]?B/s$")

# Strings, and elements that NumPy has no name for.
words = write("words.onnx", model([node("Identity", "s", "t")], [port("s", ["n"], 8)], [port("t", ["n"], 8)]))
expect(run("run", words, "--input", f"s={save('s.npy', ['one', 'drei', 'три'], 'U')}", "--digest", "--output-dir", folder), 0,
       out="^digest     " + hashlib.sha256("one\0drei\0три\0".encode()).hexdigest())
if np.load(folder / "t.npy").tolist() != ["one", "drei", "три"]:
    fault(f"the words are {np.load(folder / 't.npy')}")
small = write("bfloat16.onnx", model([node("Identity", "s", "t")], [port("s", ["n"], 16)], [port("t", ["n"], 16)]))
raw = SCRATCH / "bf16.npy"
np.save(raw, np.array([b"\x80\x3f", b"\0\x40"], "V2"))
expect(run("run", small, "--input", f"s={raw}", "--output-dir", folder), 0, out=r"^output     t bfloat16 \[2\]$")
if (folder / "t.npy").read_bytes()[-4:] != b"\x80\x3f\0\x40":
    fault("bfloat16 does not come back as it went")


def complains(code: int, sentence: str, *words: object) -> None:
    tail = "; `onnx --help` lists what there is" if code == 2 else ""
    expect(run("run", *words), code, err=rf"\A{re.escape(f'onnx: {sentence}{tail}')}\n\Z")


# What the command line asks of the model.
takes = "'x' float32 [batch,3], 'a=b' float32 [2], 'n' int64 []"
complains(2, f"{MODEL}: --input is missing for 'x' float32 [batch,3], 'n' int64 []", MODEL, INPUTS[2])
complains(2, f"{MODEL}: there is no input 'y'; the model takes {takes}", MODEL, *INPUTS, "--input", f"y={X}")
complains(2, "input 'x' is given twice", MODEL, *INPUTS, "--input", f"x={X}")
complains(2, f"{MODEL}: no input has a dimension 'size'; those without a size are 'batch'", MODEL, *INPUTS, "--set", "size=2")

# Files.
nowhere = SCRATCH / "nowhere.npy"
complains(1, f"{nowhere}: cannot be opened: No such file or directory", MODEL, "--input", f"x={nowhere}")
complains(1, f"{SCRATCH}: is a folder", MODEL, "--input", f"x={SCRATCH}")
complains(1, f"{MODEL}: npy: no NumPy array", MODEL, "--input", f"x={MODEL}")
complains(1, f"{nowhere}: cannot be opened: No such file or directory", nowhere)
complains(1, f"{X}: not an ONNX model: the file is a NumPy array", X)
inside = X / "folder"
expect(run("run", MODEL, *INPUTS, "--output-dir", inside), 1, err=rf"\Aonnx: {inside}/c__d\.npy: cannot be created: .+\n\Z")

# Data that does not fit.
wide, whole, flat = save("wide.npy", [[1, 2, 3, 4]]), save("whole.npy", [[1, 2, 3]], "int32"), save("flat.npy", [1, 2, 3])
for file, found in [(wide, "float32 [1,4]"), (whole, "int32 [1,3]"), (flat, "float32 [3]")]:
    complains(1, f"{MODEL}: input 'x' is float32 [?,3], not {found}", MODEL, "--input", f"x={file}", *INPUTS[2:])
complains(1, f"{X}: input 'x', float32 [batch,3], is [2,3] where --set says 3", MODEL, *INPUTS, "--set", "batch=3")
two = write("two.onnx", model([node("Add", "x x", "a/b"), node("Relu", "x", "a__b")], [port("x", ["n", 3])], [port("a/b", ["n", 3]), port("a__b", ["n", 3])]))
complains(1, f"{folder}/a__b.npy: two outputs would be written to it", two, *INPUTS[:2], "--output-dir", folder)
bad = write("bad.onnx", model([node("MatMul", "x y", "z", "fc")], [port("x", ["a", "b"]), port("y", ["c", "d"])], [port("z", ["a", "d"])]))
complains(1, f"{bad}: MatMul 'fc': inner dimensions differ: [2,3] x [2,3]", bad, "--input", f"x={X}", "--input", f"y={X}")

# Work and memory.
expect(run("run", MODEL, *INPUTS, "--max-macs", 24), 0)
complains(1, f"{MODEL}: a run takes 24 multiply-adds, 12 of them for MatMul 'fc', more than the 23 that are left of 23", MODEL, *INPUTS, "--max-macs", 23)
complains(1, f"{MODEL}: has {MODEL.stat().st_size} bytes, more than the limit of 100", MODEL, "--max-memory", 100)
complains(1, f"{MODEL}: no memory within the limit of {MODEL.stat().st_size + 64} bytes", MODEL, "--max-memory", MODEL.stat().st_size + 64)
large = save("large.npy", np.zeros((100, 3)))
expect(run("run", MODEL, *INPUTS[2:], "--input", f"x={large}", "--max-memory", 20_000), 1, err=rf"^onnx: {MODEL}: .+ 20000( bytes)?\n\Z")
finish()
