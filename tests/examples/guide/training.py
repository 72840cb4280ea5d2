"""guide train: what it learns, that it can be stopped after any step, and the digits that it then reads.

On a thirtieth of MNIST; `cmake --workflow --preset train` runs the whole.
"""

import json
import re
import struct
import sys
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

# Of the trained weights. It changes when training does, or a kernel that adds in another order: the
# new one is printed here, and must be the same on every runtime.
DIGEST = "60b93da16da1ec20"


def read_npy(file: Path) -> tuple[bytes, bytes]:
    content = file.read_bytes()
    start = 10 + int.from_bytes(content[8:10], "little")
    return content[:start], content[start:]


def write_npy(file: Path, header: bytes, rows: list[bytes]) -> None:
    shaped = re.sub(rb"\(\d+,", b"(%d," % len(rows), header).rstrip(b"\n ")
    file.write_bytes(shaped.ljust(len(header) - 1) + b"\n" + b"".join(rows))


def png(file: Path, rows: list[bytes]) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))


# Every thirtieth picture: all digits are there, in order.
data = SCRATCH / "data"
data.mkdir(parents=True, exist_ok=True)
pictures_header, pixels = read_npy(Path("build/models/mnist.images.npy"))
labels_header, labels = read_npy(Path("build/models/mnist.labels.npy"))
chosen = range(0, len(labels) // 8, 30)
pictures = [pixels[784 * i:784 * i + 784] for i in chosen]
digits = [labels[8 * i] for i in chosen]
write_npy(data / "mnist.images.npy", pictures_header, pictures)
write_npy(data / "mnist.labels.npy", labels_header, [labels[8 * i:8 * i + 8] for i in chosen])

FILES = ["config.json", "journal.jsonl", "model.safetensors", "training.safetensors"]
STEPS = 31  # an epoch: 301 pictures in batches of 10
small = ["--batch-size", 10, "--epochs", 4]


def contents(folder: Path) -> list[bytes]:
    return [(folder / name).read_bytes() for name in FILES]


whole = SCRATCH / "whole"
answer = run("train", "--data", data, "--artifacts", whole, *small)
expect(answer, 0, err=r"\A\Z", out=rf"""\A301 pictures to learn from, 33 for the test, 52138 parameters
(epoch  \d  loss \d\.\d{{4}}  accuracy 0\.\d{{4}}  valid loss \d\.\d{{4}}  accuracy 0\.\d{{4}}
){{4}}weights {DIGEST}
test accuracy 0\.\d{{4}}\n\Z""")
if float(answer.out.split()[-1]) < 0.7:
    fault("too few digits are read", answer)
journal = [json.loads(line) for line in (whole / "journal.jsonl").read_text().splitlines()]
if len(journal) != 4 * (STEPS + 1) or journal[-1]["step"] != 4 * STEPS or journal[-1]["valid"]["loss"] > journal[STEPS]["valid"]["loss"]:
    fault(f"the journal has {len(journal)} lines and ends {journal[-1]}")

# Inside of an epoch, at its end, and twice.
parts = SCRATCH / "parts"
for stops in [[3], [STEPS], [STEPS + 7, 50]]:
    done = 0
    for stop in stops:
        resume = ["--resume"] if done else small
        done += stop
        expect(run("train", "--data", data, "--artifacts", parts, *resume, "--stop-after", stop), 0, err=r"\A\Z",
               out=rf"^weights [0-9a-f]{{16}}\nstopped after step {done} of {4 * STEPS}; --resume goes on\n\Z")
    expect(run("train", "--data", data, "--artifacts", parts, "--resume"), 0, err=r"\A\Z", out=rf"^weights {DIGEST}\ntest accuracy ")
    for name, one, other in zip(FILES, contents(whole), contents(parts)):
        if one != other:
            fault(f"stopped after {stops} steps, {name} is another")

# As it is, the same large and dark on light, and the same in a corner of a sheet.
right = 0
for i in range(5, len(digits), 40):
    rows = [pictures[i][28 * y:28 * y + 28] for y in range(28)]
    large = [bytes(255 - v for v in row for _ in range(5)) for row in rows for _ in range(5)]
    sheet = [bytes([30] * 200) + bytes(30 + v * 7 // 8 for v in row for _ in range(2)) for row in rows for _ in range(2)]
    files = [SCRATCH / "as_it_is.png", SCRATCH / "dark.png", SCRATCH / "sheet.png"]
    for file, picture in zip(files, [rows, large, sheet + [bytes([30] * 256)] * 100]):
        png(file, picture)
    answer = run("infer", "--artifacts", whole, *files, "--json")
    expect(answer, 0, err=r"\A\Z")
    said = [json.loads(line) for line in answer.out.splitlines()]
    if [s["image"] for s in said] != [str(f) for f in files] or [s["dark_on_light"] for s in said] != [False, True, False]:
        fault("each picture has an answer, and only the second is dark on light", answer)
    if any(abs(sum(s["probabilities"]) - 1) > 1e-5 or s["probabilities"][s["digit"]] != max(s["probabilities"]) for s in said):
        fault("probabilities add up to 1 and the digit has the highest", answer)
    right += sum(s["digit"] == digits[i] for s in said)
if right < 0.7 * 3 * len(range(5, len(digits), 40)):
    fault(f"{right} digits are read right")
expect(run("infer", "--artifacts", whole, *files), 0, err=r"\A\Z",
       out=r"\A\S*as_it_is\.png: \d, to \d+\.\d % \(light on dark\)\n\S*dark\.png: \d, to \d+\.\d % \(dark on light\)\n\S*sheet\.png: ")
finish()
