"""SqueezeNet as code: the expected output that comes with it, and the loader's bits."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

MODELS = Path("build/models")
data = MODELS / "light_squeezenet.data_0.npy"
expect(run(data, SCRATCH / "here.npy"), 0, out=r"\A\Z", err=r"\A\Z")
expect(run("run", MODELS / "light_squeezenet.onnx", "--input", f"data_0={data}", "--output-dir", SCRATCH, program="onnx"), 0)
found, loaded = np.load(SCRATCH / "here.npy"), np.load(SCRATCH / "softmaxout_1.npy")
wanted = np.load(MODELS / "light_squeezenet.softmaxout_1.npy")
if found.shape != wanted.shape or not np.allclose(found, wanted, 1e-3, 1e-7):
    fault(f"the output differs by up to {np.abs(found - wanted).max()}")
if found.tobytes() != loaded.tobytes():
    fault("the bits are not the loader's")
expect(run(MODELS / "digits.images.npy", SCRATCH / "no.npy"), 1,
       err=r"\Asqueezenet: input 'data_0' is float32 \[1,3,224,224\], not uint8 \[1797,8,8\]\n\Z")
finish()
