"""characters: a few steps of training, whose loss falls, give the same weights and letters on every runtime."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

# Of the trained weights, and what they write. They change when training does, or a kernel that adds in
# another order: the new ones are printed here, and must be the same on every runtime.
DIGEST = "8c19d39eef2ea253"
LETTERS = "e,snca grxr lnt\naea xrtee e aoe ayht\n; usldsfs osen fclnt al"

TEXT = Path("examples/characters/sonnets.txt")
answer = run("--steps", 20, "--batch", 4, "--length", 60, TEXT)
expect(answer, 0, out=r"\A21375 characters, 59 different ones; \d+ parameters\n", err=r"\A\Z")
losses = [float(loss) for loss in re.findall(r"^step +\d+  loss (\d\.\d{4})  of what it never saw \d\.\d{4}$", answer.out, re.MULTILINE)]
if len(losses) != 10 or not losses[-1] < 0.85 * losses[0]:
    fault(f"the loss goes {losses}", answer)
expect(answer, 0, out=rf"^weights {DIGEST}\n\n{re.escape(LETTERS)}\n\Z")

SCRATCH.mkdir(parents=True, exist_ok=True)
short = SCRATCH / "short.txt"
short.write_text("too short to learn from")
expect(run(short), 1, err=rf"\Acharacters: {re.escape(str(short))}: has 23 bytes; 1280 are the least to learn from\n\Z", out=r"\A\Z")
expect(run(SCRATCH / "nowhere.txt"), 1, err=r"\Acharacters: .*: cannot be opened: No such file or directory\n\Z", out=r"\A\Z")
expect(run(), 2, err=r"\Acharacters: takes one TEXT, not 0; `characters --help` lists what there is\n\Z", out=r"\A\Z")
expect(run("--steps", 0, TEXT), 2, err=r"\Acharacters: --steps takes a whole number from 1 to 1000000, not '0'; ", out=r"\A\Z")
expect(run("--help"), 0, out=r"\Ausage: characters ")
finish()
