"""onnx run: real models give what onnxruntime or ONNX's own files say, with the same bits on every runtime,
in memory that stays flat. See tests/models/README.md.
"""

import re
import sys
from pathlib import Path

import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

FOLDER = Path("build/models")
NATIVE = "native" in SCRATCH.parts
# A change that means to change bits prints the new ones here, and must do so on every runtime.
DIGESTS = Path("tests/models/digests.txt")

# How far a number may be from what is wanted: absolutely, and relative to it.
CLOSE = {"light_densenet121": (1e-7, 2e-3), "all-minilm-l6-v2_int8": (2e-2, 2e-2)}
USUAL = 1e-3, 1e-3
NAMES = ["light_bvlc_alexnet", "light_densenet121", "light_inception_v1", "light_inception_v2", "light_resnet50",
         "light_shufflenet", "light_squeezenet", "light_vgg19", "light_zfnet512", "ch_PP-OCRv4_det_infer",
         "ch_PP-OCRv4_rec_infer", "magika_v3_3", "all-minilm-l6-v2_int8", "silero_vad_op18_ifless",
         "silero_vad", "g2p_en_loop", "g2p_en_loop_activation"]


def file_of(name: str, tensor: str) -> Path:
    return FOLDER / f"{name}.{tensor.replace('/', '__')}.npy"


recorded = dict(line.split() for line in DIGESTS.read_text().splitlines())
for name in NAMES:
    model = FOLDER / f"{name.removesuffix('_activation')}.onnx"
    graph = onnx.load(model, load_external_data=False).graph
    initialized = {tensor.name for tensor in graph.initializer}
    outputs = [port.name for port in graph.output]
    inputs = [word for port in graph.input if port.name not in initialized
              for word in ("--input", f"{port.name}={file_of(name, port.name)}")]
    answer = run("run", model, *inputs, "--output-dir", SCRATCH / name, "--digest", *([] if NATIVE else ["--repeat", 1]))
    expect(answer, 0, err=r"\A\Z")
    if answer.code != 0:
        continue
    for port in outputs:
        wanted = np.load(file_of(name, port))
        found = np.load(SCRATCH / name / f"{port.replace('/', '__')}.npy")
        atol, rtol = CLOSE.get(name, USUAL)
        if found.shape != wanted.shape or found.dtype != wanted.dtype:
            fault(f"{name}: {port} is {found.dtype} {found.shape}, not {wanted.dtype} {wanted.shape}")
        elif not np.allclose(found, wanted, rtol, atol, equal_nan=True):
            fault(f"{name}: {port} differs by up to {np.abs(found - wanted).max()}")
    digest = re.search(r"^digest +(\w+)$", answer.out, re.MULTILINE)[1]
    if recorded.get(name) != digest:
        fault(f"the line in {DIGESTS} would be: {name} {digest}")
    if not NATIVE:
        expect(answer, 0, out="^memory .* of linear memory at the peak, 0 B more than after the first run$")
    print(name, *re.findall(r"^(?:load|time|memory) +(.*)", answer.out, re.MULTILINE), sep=", ")
finish()
