"""What is on three photographs, with EfficientNet-Lite0 through WASI-NN: photographs.py RUN... MODULE MODEL."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from program import expect, fault, finish, run  # noqa: E402

# onnxruntime's figures, tests/models/README.md, of labels that are well apart. Programs that resize with other
# rounding are a little off.
EXPECTED = {
    "rocket.jpg": [("missile", 22.2), ("drilling rig", 14.5), ("missile", 11.5)],
    "china.jpg": [("palace", 29.8), ("bell tower", 22.5), ("monastery", 10.0)],
    "flower.jpg": [("daisy", 22.8), ("mushroom", 11.4)],
}
answer = run("build/models/imagenet_labels.txt", *(f"build/models/{name}" for name in EXPECTED))
expect(answer, 0, err=r"\A\Z")
found: dict[str, list[tuple[str, float]]] = {}
for line in answer.out.splitlines():
    if label := re.fullmatch(r" +([\d.]+) %  (.+)", line):
        list(found.values())[-1].append((label[2], float(label[1])))
    else:
        found[Path(line).name] = []
for name, labels in EXPECTED.items():
    close = [a == b and abs(x - y) < 1 for (a, x), (b, y) in zip(found.get(name, []), labels)]
    if len(found.get(name, [])) != 5 or not all(close):
        fault(f"{name} is not {labels}", answer)
expect(run("build/models/imagenet_labels.txt", "build/models/no.jpg"), 1, out=r"\A\Z", err=r"no\.jpg")
finish()
