"""digits: learns to read at least 19 of 20 digits, with the same weights on every runtime."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

# Of the trained weights. It changes when training does, or a kernel that adds in another order: the
# new one is printed here, and must be the same on every runtime.
DIGEST = "23f043ea2be230f0"

IMAGES, LABELS = Path("build/models/digits.images.npy"), Path("build/models/digits.labels.npy")
answer = run(IMAGES, LABELS)
expect(answer, 0, err=r"\A\Z")
losses = [float(loss) for loss in re.findall(r"^epoch +\d+  loss (\d\.\d{4})$", answer.out, re.MULTILINE)]
if len(losses) != 30 or losses[-1] > 0.1 * losses[0]:
    fault(f"the loss goes {losses}", answer)
accuracy = re.search(r"^test accuracy (0\.\d{4})$", answer.out, re.MULTILINE)
if not accuracy or float(accuracy[1]) < 0.95:
    fault("too few digits are read", answer)
expect(answer, 0, out=rf"^weights {DIGEST}$")

nowhere = SCRATCH / "nowhere.npy"
expect(run(IMAGES, nowhere), 1, err=rf"\Adigits: {re.escape(str(nowhere))}: cannot be opened: No such file or directory\n\Z", out=r"\A\Z")
expect(run(LABELS, IMAGES), 1, err=r"\Adigits: takes uint8 \[n,height,width\] and int64 \[n\], n at least 10, not int64 \[1797\] and uint8 \[1797,8,8\]\n\Z", out=r"\A\Z")
eleven = SCRATCH / "eleven.npy"
eleven.write_bytes(LABELS.read_bytes()[:-8] + (11).to_bytes(8, "little"))
expect(run(IMAGES, eleven), 1, err=rf"\Adigits: {re.escape(str(eleven))}: label 1796 is 11, not a digit\n\Z", out=r"\A\Z")
expect(run(IMAGES), 2, err=r"\Ausage: digits IMAGES\.npy LABELS\.npy\n\Z", out=r"\A\Z")
finish()
