"""ops::vision is enough for the convolutional networks of the ONNX backend suite: what they give, to the bit."""

import hashlib
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

MODELS = Path("build/models")
digests = dict(line.split() for line in Path("tests/models/digests.txt").read_text().splitlines())

# Among them they have every operator of the nine.
for name, port in [("light_resnet50", "gpu_0__data_0"), ("light_shufflenet", "gpu_0__data_0"), ("light_densenet121", "data_0"),
                   ("light_inception_v1", "data_0"), ("efficientnet_lite0", "input")]:
    SCRATCH.joinpath("out.npy").unlink(missing_ok=True)
    answer = run(MODELS / f"{name}.onnx", MODELS / f"{name}.{port}.npy", SCRATCH / "out.npy")
    expect(answer, 0, out=r"\A\Z", err=r"\A\Z")
    if answer.code == 0 and name in digests and hashlib.sha256(np.load(SCRATCH / "out.npy").tobytes()).hexdigest() != digests[name]:
        fault(f"{name}: the bits are not those of tests/models/digests.txt")
expect(run(MODELS / "magika_v3_3.onnx", MODELS / "magika_v3_3.bytes.npy", SCRATCH / "no.npy"), 1, err=r"\Aloader: .+ faults in the model:\n.*there is no operator")
finish()
