"""What is on the five sample pictures: classify and whatisit tell it in the same words.

The figures are onnxruntime's for the same pixels, see tests/models/README.md.
"""

import re
from pathlib import Path

from program import Answer, fault

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

FOLDER = Path("build/models")
PICTURES = [FOLDER / name for name in EXPECTED]


def check(answer: Answer) -> None:
    """Looks at what a program prints for PICTURES with --digest."""
    blocks = answer.out.split("\n\n")
    if len(blocks) != len(EXPECTED) + 1:
        fault(f"there are {len(blocks)} blocks, not one for each picture and one for all", answer)
    for block, (name, (size, labels)) in zip(blocks, EXPECTED.items()):
        heading, *lines = block.splitlines()
        if heading != f"{FOLDER / name}{size:>{80 - len(str(FOLDER / name))}}":
            fault(f"the heading of {name} is {heading!r}", answer)
        found = [re.fullmatch(r"  (.+?) +(\d\.\d{3})  \S*", line) for line in lines]
        if [f and f[1] for f in found] != [label for label, _ in labels]:
            fault(f"the labels of {name} are not {labels}", answer)
        elif any(abs(float(f[2]) - share) > 0.0011 for f, (_, share) in zip(found, labels)):
            fault(f"the shares of {name} are not {labels}", answer)
    if f"digest     {DIGEST}" not in blocks[-1].splitlines():
        fault(f"the digest is not {DIGEST}", answer)
