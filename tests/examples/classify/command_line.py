"""classify: its command line, on a model that tells red from green from blue."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import model, node, plain, port, write  # noqa: E402
from program import expect, fault, finish, run  # noqa: E402

# Scores for red, green and blue: how much of it there is in the picture.
MODEL = write("colours.onnx", model([node("GlobalAveragePool", "picture", "scores")],
                                    [port("picture", [1, 3, 4, 4])], [port("scores", [1, 3, 1, 1])]))
LABELS = write("labels.txt", "red\r\ngreen, as a meadow is that one sees from above on a day in spring\nblau\u00e4ugig \x1b[31m\n\n")
RED, GREEN, BLUE = (write(f"{name}.png", plain(*size, rgb)) for name, size, rgb in [
    ("red", (1, 1), (255, 127, 127)), ("green", (30, 500), (127, 255, 127)), ("blue", (200, 3), (127, 127, 255))])
FILES = MODEL, LABELS, RED

# One of three is up by 1: e / (e + 2) = 0.576, 1 / (e + 2) = 0.212.
answer = run(*FILES, GREEN, BLUE, "--repeat", 2)
expect(answer, 0)
lines = answer.out.splitlines()
for line in [
        f"{RED}  ", "1 \u00d7 1", f"{GREEN}  ", "30 \u00d7 500", f"{BLUE}  ", "200 \u00d7 3",
        "  red                            0.576  " + "\u2588" * 23,
        "  green, as a meadow is that on\u2026 0.576  " + "\u2588" * 23,
        "  blau\u00e4ugig ?[31m                0.576  " + "\u2588" * 23,
        "  red                            0.212  " + "\u2588" * 8,
        f"model      {MODEL}, "]:
    if line not in answer.out:
        fault(f"the line {line!r} is missing", answer)
if max(len(line) for line in lines if not line.startswith("model ")) != 80:  # that one has a path
    fault("lines are not 80 wide", answer)
for pattern in [r"^load       \d+ ms$", r"^inference  \d+\.\d ms, median of 6 runs$",
                r"^memory     \d+\.\d MB (of linear memory|resident) at the peak$"]:
    expect(answer, 0, out=pattern)
if "digest" in answer.out or answer.err:
    fault("more is printed than was asked for", answer)

# Options may stand anywhere, and -- ends them. The digest is of the scores of all pictures, in order.
digests = [run(*words, "--digest", "--repeat=1") for words in [(*FILES, GREEN), (*FILES, GREEN), (*FILES, BLUE)]]
found = [re.findall(r"^digest     ([0-9a-f]{64})$", a.out, re.MULTILINE) for a in digests]
if [len(f) for f in found] != [1, 1, 1] or found[0] != found[1] or found[0] == found[2]:
    fault(f"the digests are {found}", digests[0])
# (255 - 127) / 128 and 0 are exact, as is their mean: SHA-256 of the floats 1, 0, 0, 0, 1, 0.
if found[0] != ["ab43fbd0c2e97ddd3c5c378b47c725170aea81b0b572a646a0d083a55b5068ad"]:
    fault(f"the digest is {found[0]}", digests[0])
expect(run("--repeat", 3, MODEL, "--", *FILES[1:]), 0, out="median of 3 runs")

expect(run("--help"), 0, out=r"\Ausage: classify \[OPTION\.\.\.\] MODEL LABELS PICTURE\.\.\.\n(.+\n|\n)+\Z", err=r"\A\Z")

for words, sentence in [
        ([], "a model, labels and pictures are missing"),
        ([MODEL], "labels and pictures are missing"),
        ([MODEL, LABELS], "pictures are missing"),
        ([*FILES, "--loud"], "there is no option --loud"),
        (["-x", *FILES], "there is no option -x"),
        ([*FILES, "--repeat"], "a value is missing after --repeat"),
        ([*FILES, "--repeat", "0"], "--repeat takes a whole number from 1 to 10000, not '0'"),
        ([*FILES, "--repeat", "10001"], "--repeat takes a whole number from 1 to 10000, not '10001'"),
        ([*FILES, "--repeat", "5x"], "--repeat takes a whole number from 1 to 10000, not '5x'"),
        ([*FILES, "--repeat="], "--repeat takes a whole number from 1 to 10000, not ''"),
        ([*FILES, "--max-memory", "-1"], "--max-memory takes a whole number from 1 to 9223372036854775807, not '-1'"),
        ([*FILES, "--max-memory", "9223372036854775808"],
         "--max-memory takes a whole number from 1 to 9223372036854775807, not '9223372036854775808'")]:
    whole = f"classify: {sentence}; `classify --help` lists what there is\n"
    expect(run(*words), 2, out=r"\A\Z", err=rf"\A{re.escape(whole)}\Z")

finish()
