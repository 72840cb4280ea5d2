"""regression: a linear layer comes to what least squares compute, on every runtime by the same weights."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

# Of the trained weights. It changes when training does, or a kernel that adds in another order: the
# new one is printed here, and must be the same on every runtime.
DIGEST = "9f4683b55b717116"

DATA, TARGET = Path("build/models/diabetes.data.npy"), Path("build/models/diabetes.target.npy")
answer = run(DATA, TARGET)
expect(answer, 0, out=rf"^442 patients, 10 measurements of each: 353 to learn from, 89 for the test$", err=r"\A\Z")
expect(answer, 0, out=rf"^weights {DIGEST}$")
rows = {name.strip(): (float(training), float(test))
        for name, training, test in re.findall(r"^([a-z0-9 ]+?)  +(\d+\.\d\d) +(\d+\.\d\d)$", answer.out, re.MULTILINE)}
if list(rows) != ["always the mean", "ordinary least squares", "linear layer", "network of 16"]:
    fault(f"the table has {list(rows)}", answer)
else:
    mean, squares, line, network = rows.values()
    # What numpy.linalg.lstsq gives for these patients.
    if squares != (52.19, 59.25):
        fault(f"least squares are off by {squares}", answer)
    if any(abs(a - b) > 0.02 for a, b in zip(squares, line)):
        fault("the linear layer did not find what least squares compute", answer)
    if not (network[0] < squares[0] < mean[0] and network[1] < mean[1]):
        fault("the network learned too little", answer)

nowhere = SCRATCH / "nowhere.npy"
expect(run(DATA, nowhere), 1, err=rf"\Aregression: {re.escape(str(nowhere))}: cannot be opened: No such file or directory\n\Z", out=r"\A\Z")
expect(run(TARGET, TARGET), 1, err=r"\Aregression: .*: takes float64 or float32 numbers below 1e100 in 2 dimensions, not float64 \[442\]\n\Z", out=r"\A\Z")
expect(run(DATA), 2, err=r"\Ausage: regression DATA\.npy TARGET\.npy\n\Z", out=r"\A\Z")
finish()
