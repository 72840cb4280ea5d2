"""The command line of compile-model, and what it leaves behind: compile_model.py PROGRAM MODELS SCRATCH."""

import shutil
import subprocess
import sys
from pathlib import Path

program, models, scratch = map(Path, sys.argv[1:])
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
faults = []


def expect(arguments: list[object], code: int, out: str = "", err: str = "", files: set[str] = frozenset()) -> None:
    for old in scratch.iterdir():
        old.unlink()
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    left = {path.name for path in scratch.iterdir()}
    if (done.returncode, left) != (code, set(files)) or out not in done.stdout or err not in done.stderr or bool(done.stdout) != bool(out):
        faults.append(f"{arguments}: exit code {done.returncode}, files {left}\n{done.stdout}{done.stderr}")


classifier, header = models / "classifier.onnx", scratch / "some.hpp"
expect([classifier, "-o", header, "--set", "batch=2"], 0, out=f"{header}: 3 steps, arena ", files={"some.hpp", "some.bin"})
expect([classifier, "--output", header, "--set=x.0=2", "--name", "other"], 0, out="weights", files={"some.hpp", "some.bin"})
if "namespace other::inline TENON_BUILD {" not in header.read_text() or '#embed "some.bin"' not in header.read_text():
    faults.append("--name is not the namespace, or not the header's name the weights'")
# Nothing is written unless all of it can be.
expect([classifier, "-o", header], 1, err=f"compile-model: {classifier}: input 'x' of float32 [?,12] has dimensions without a size; "
                                            "say which with --set batch=SIZE\n")
expect([models / "deferred.onnx", "-o", header], 1, err="3 faults in the model:\nReshape 'one': the shape of its result is only known when it runs\n")
expect([classifier, "-o", header, "--set", "batch=2", "--set", "n=1"], 1, err="no input has an open dimension 'n'")
expect([classifier, "-o", header, "--set", "batch=100000000000"], 1, err="more than the limit of 2147483648")
expect([classifier, "-o", header, "--set", "batch=2", "--max-memory", "100"], 1, err="more than the limit of 100")
expect([models / "nothing.onnx", "-o", header], 1, err="cannot be opened")
expect([__file__, "-o", header], 1, err=f"compile-model: {__file__}: ")
expect([classifier, "-o", scratch / "no" / "folder.hpp", "--set", "batch=2"], 1, err="cannot be created")
expect(["--help"], 0, out="usage: compile-model MODEL.onnx -o HEADER.hpp")
for wrong, why in {("-o", header): "a model is missing", (classifier,): "-o HEADER.hpp is missing",
                   (classifier, classifier, "-o", header): "takes one model", (classifier, "-o"): "a value is missing after -o",
                   (classifier, "--fast"): "there is no option --fast", (classifier, "--set", "batch"): "--set takes DIM=SIZE, not 'batch'",
                   (classifier, "--set", "batch=-1"): "--set takes DIM=SIZE, not 'batch=-1'",
                   (classifier, "--max-memory", "much"): "--max-memory takes a whole number, not 'much'"}.items():
    expect(list(wrong), 2, err=f"compile-model: {why}; `compile-model --help` lists what there is\n")
sys.exit("\n".join(faults) or 0)
