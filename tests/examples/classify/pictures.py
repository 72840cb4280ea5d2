"""classify: what is on the five sample pictures, and the digest that all runtimes agree on."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from photographs import FOLDER, PICTURES, check  # noqa: E402
from program import expect, finish, run  # noqa: E402

answer = run(FOLDER / "efficientnet_lite0.onnx", FOLDER / "imagenet_labels.txt", *PICTURES, "--digest", "--repeat", 1)
expect(answer, 0, err=r"\A\Z")
check(answer)
finish()
