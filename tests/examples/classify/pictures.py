"""classify: what is on the five sample pictures, and the digest that all runtimes agree on.

The figures are onnxruntime's for the same pixels, see tests/models/README.md.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import expect, fault, finish, run  # noqa: E402

# Of the logits of the five pictures. It changes when a kernel adds in another order: a change that
# means to do that prints the new one here, and must do so on every runtime.
DIGEST = "9687b7c15584832f79af389058b6042c4bdf33806b524635795b471e4b5f033b"

EXPECTED = {
    "chelsea.png": ("451 × 300", [("Egyptian Mau", 0.3846), ("a cat having a striped coat", 0.3319),
                                  ("tabby cat", 0.1626), ("lynx", 0.0345), ("plastic bag", 0.0019)]),
    "coffee.png": ("600 × 400", [("espresso", 0.9398), ("tea cup", 0.0167), ("consomme", 0.0078),
                                 ("coffee mug", 0.0043), ("soup bowl", 0.0029)]),
    "rocket.jpg": ("640 × 427", [("missile", 0.2223), ("drilling rig", 0.1455), ("missile", 0.1154),
                                 ("space shuttle", 0.0364), ("construction crane", 0.0228)]),
    "china.jpg": ("640 × 427", [("palace", 0.2985), ("bell tower", 0.2248), ("monastery", 0.0996),
                                ("castle", 0.0500), ("lakeshore", 0.0468)]),
    "flower.jpg": ("640 × 427", [("daisy", 0.2285), ("mushroom", 0.1142), ("bee", 0.0488),
                                 ("hen of the woods mushroom", 0.0425), ("plant pot", 0.0402)]),
}

folder = Path("build/models")
answer = run(folder / "efficientnet_lite0.onnx", folder / "imagenet_labels.txt", *(folder / name for name in EXPECTED),
             "--digest", "--repeat", 1)
expect(answer, 0, err=r"\A\Z")
blocks = answer.out.split("\n\n")
if len(blocks) != len(EXPECTED) + 1:
    fault(f"there are {len(blocks)} blocks, not one for each picture and one for all", answer)
for block, (name, (size, labels)) in zip(blocks, EXPECTED.items()):
    heading, *lines = block.splitlines()
    if heading != f"{folder / name}{size:>{80 - len(str(folder / name))}}":
        fault(f"the heading of {name} is {heading!r}", answer)
    found = [re.fullmatch(r"  (.+?) +(\d\.\d{3})  \S*", line) for line in lines]
    if [f and f[1] for f in found] != [label for label, _ in labels]:
        fault(f"the labels of {name} are not {labels}", answer)
    elif any(abs(float(f[2]) - share) > 0.0011 for f, (_, share) in zip(found, labels)):
        fault(f"the shares of {name} are not {labels}", answer)
if f"digest     {DIGEST}" not in blocks[-1].splitlines():
    fault(f"the digest is not {DIGEST}", answer)
finish()
