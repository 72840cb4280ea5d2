"""whatisit: the model as code says of the five sample pictures what classify's loaded model says, bit by bit."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import write  # noqa: E402
from photographs import EXPECTED, PICTURES, check  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

answer = run(*PICTURES, "--digest")
expect(answer, 0, err=r"\A\Z")
check(answer)

# One object a line, for programs; a file that is no picture has its sentence, and the others are told all the same.
no_picture = write("no\tpicture.png", "text")
answer = run("--json", *PICTURES[:2], no_picture, SCRATCH / "nowhere.jpg", PICTURES[2])
expect(answer, 1, err=rf"\Awhatisit: {re.escape(str(no_picture))}: not a JPEG or PNG picture \(unknown image type\)\n"
                      r"whatisit: \S+nowhere.jpg: cannot be opened: No such file or directory\n\Z")
objects = [json.loads(line) for line in answer.out.splitlines()]
if [o["file"] for o in objects] != [str(p) for p in PICTURES[:3]]:
    fault("there are not three objects", answer)
for found, (size, labels) in zip(objects, EXPECTED.values()):
    if f"{found['width']} \u00d7 {found['height']}" != size:
        fault(f"the size is not {size}", answer)
    if [b["label"] for b in found["best"]] != [label for label, _ in labels] or \
            any(abs(b["probability"] - share) > 1e-4 for b, (_, share) in zip(found["best"], labels)):
        fault(f"the best are not {labels}", answer)

expect(run("--help"), 0, out=r"\Ausage: whatisit \[OPTION\.\.\.\] PICTURE\.\.\.\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "pictures are missing"), (["--fast", PICTURES[0]], "there is no option --fast")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Awhatisit: {sentence}; `whatisit --help` lists what there is\n\Z")
finish()
