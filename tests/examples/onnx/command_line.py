"""onnx: its command line, and `onnx test` on folders that hold no good cases."""

import re
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import FLOAT, initializer, model, node, port  # noqa: E402
from program import SCRATCH, expect, finish, run  # noqa: E402

expect(run("--help"), 0, out=r"\Ausage: onnx inspect MODEL .*\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [
        ([], "a command is missing: inspect, run or test"),
        (["look"], "there is no command 'look'"),
        (["inspect"], "a model is missing"),
        (["run"], "a model is missing"),
        (["test"], "a folder is missing"),
        (["inspect", "a.onnx", "b.onnx"], "one model is expected, and 'b.onnx' is another"),
        (["run", "a.onnx", "b.onnx"], "one model is expected, and 'b.onnx' is another"),
        (["run", "a.onnx", "--loud"], "there is no option --loud"),
        (["run", "-x", "a.onnx"], "there is no option -x"),
        (["run", "a.onnx", "--repeat"], "a value is missing after --repeat"),
        (["run", "a.onnx", "--repeat", "0"], "--repeat takes a whole number from 1 to 1000000, not '0'"),
        (["run", "a.onnx", "--repeat", "2x"], "--repeat takes a whole number from 1 to 1000000, not '2x'"),
        (["run", "a.onnx", "--max-memory", "-1"], "--max-memory takes a whole number from 1 to 9223372036854775807, not '-1'"),
        (["run", "a.onnx", "--input", "x.npy"], "--input takes NAME=FILE, not 'x.npy'"),
        (["run", "a.onnx", "--input", "=x.npy"], "--input takes NAME=FILE, not '=x.npy'"),
        (["inspect", "a.onnx", "--set", "n"], "--set takes DIM=N, not 'n'"),
        (["inspect", "a.onnx", "--set", "n=-1"], "--set takes a whole number from 0 to 9223372036854775807, not '-1'"),
        (["inspect", "a.onnx", "--set", "n="], "--set takes a whole number from 0 to 9223372036854775807, not ''"),
        (["inspect", "a.onnx", "--repeat", "3"], "inspect does not take --repeat"),
        (["test", "a", "--digest"], "test does not take --digest"),
        (["run", "a.onnx", "--abuse"], "run does not take --abuse")]:
    whole = f"onnx: {sentence}; `onnx --help` lists what there is\n"
    expect(run(*words), 2, out=r"\A\Z", err=rf"\A{re.escape(whole)}\Z")


def case(name: str, inputs: list[bytes], outputs: list[bytes], files: dict[str, bytes | str] = {},
         onnx: bytes = model([node("Relu", "x", "y", "act")], [port("x", ["n"])], [port("y", ["n"])])) -> Path:
    folder = SCRATCH / "cases" / name
    (folder / "test_data_set_0").mkdir(parents=True, exist_ok=True)
    written = {"model.onnx": onnx, **files, **{f"test_data_set_0/input_{i}.pb": c for i, c in enumerate(inputs)},
               **{f"test_data_set_0/output_{i}.pb": c for i, c in enumerate(outputs)}}
    for path, content in written.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def tensor(*values: float, dims: list[int] | None = None) -> bytes:
    return initializer("t", FLOAT, [len(values)] if dims is None else dims, struct.pack(f"<{len(values)}f", *values))


nan, inf = float("nan"), float("inf")
good = [tensor(1, -2, nan, inf)], [tensor(1.0009, 1e-8, nan, inf)]
cases = {
    "good": (case("good", *good), ""),
    "loose": (case("loose", [tensor(100)], [tensor(110)], {"tolerance.json": '{"rtol": 0.05, "atol": 5}'}), ""),
    "twice": (case("twice", *good, {"test_data_set_1/input_0.pb": tensor(3), "test_data_set_1/output_0.pb": tensor(4)}),
              "test_data_set_1: output 'y' is 3.0 at [0], not 4.0 (1 of 1 elements differ by more than 1e-07 + 0.001 * |wanted|)"),
    "near": (case("near", [tensor(1, 2, 2)], [tensor(1, 2, 2.01)]),
             "output 'y' is 2.0 at [2], not 2.01 (1 of 3 elements differ by more than 1e-07 + 0.001 * |wanted|)"),
    "tight": (case("tight", [tensor(100)], [tensor(100.0625)], {"tolerance.json": '{"rtol": 0, "atol": 0.05}'}),
              "output 'y' is 100.0 at [0], not 100.0625 (1 of 1 elements differ by more than 0.05 + 0 * |wanted|)"),
    "infinite": (case("infinite", [tensor(5)], [tensor(inf)]),
                 "output 'y' is 5.0 at [0], not inf (1 of 1 elements differ by more than 1e-07 + 0.001 * |wanted|)"),
    "nan": (case("nan", [tensor(5)], [tensor(nan)]),
            "output 'y' is 5.0 at [0], not nan (1 of 1 elements differ by more than 1e-07 + 0.001 * |wanted|)"),
    "shape": (case("shape", [tensor(5)], [tensor(5, dims=[1, 1])]), "output 'y' is float32 [1], not float32 [1,1]"),
    "missing": (case("missing", [], [tensor(5)]), "the model takes 1 inputs, not 0"),
    "more": (case("more", [tensor(5)], [tensor(5), tensor(5)]), "the model has 1 outputs, not 2"),
    "operator": (case("operator", *good, onnx=model([node("Frobnicate", "x", "y", "a"), node("Relu", "z", "w")], [port("x", ["n"])], [port("y", ["n"])])),
                 "2 faults in the model: Relu: input 0 is 'z', which nothing defines; Frobnicate 'a': there is no operator 'Frobnicate' (opset 17, float32)"),
    "model": (case("model", *good, onnx=b"no model"), "not an ONNX model: byte 0 of the file begins no field of one"),
    "damaged": (case("damaged", [tensor(5)[:-3]], [tensor(5)]), ""),
}
answer = run("test", SCRATCH / "cases")
expect(answer, 1, err=r"\A\Z", out=rf"\A(.+/cases/\w+: .+\n){{{len(cases) - 2}}}2 passed, {len(cases) - 2} failed\n\Z")
for name, (folder, sentence) in cases.items():
    single = run("test", folder)
    if sentence:
        expect(single, 1, out=rf"\A{re.escape(f'{folder}: {sentence}')}\n0 passed, 1 failed\n\Z", err=r"\A\Z")
    elif name == "damaged":
        expect(single, 1, out=rf"\A{re.escape(str(folder))}: .+ is damaged at byte \d+ of the file: .+\n0 passed, 1 failed\n\Z")
    else:
        expect(single, 0, out=r"\A1 passed, 0 failed\n\Z", err=r"\A\Z")
nowhere, (first, _), (second, _) = SCRATCH / "nowhere", cases["good"], cases["loose"]
expect(run("test", f"{first}/", second), 0, out=r"\A2 passed, 0 failed\n\Z")
expect(run("test", first, nowhere), 1, out=rf"\A{re.escape(f'{nowhere}: there is no model.onnx in it')}\n1 passed, 1 failed\n\Z")
expect(run("test", "--abuse", first, second), 0, out=r"\A2 passed, 0 failed\n\Z")
finish()
