"""filetype: what real files hold, as Magika's own program says; the scores are the loader's, bit by bit."""

import json
import re
import sys
import zipfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import write  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

MODELS = Path("build/models")
config = json.loads((MODELS / "magika_v3_3.config.json").read_text())
with zipfile.ZipFile(SCRATCH / "archive", "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("folder/file.txt", "text " * 1000)

# What magika 1.1.0 with the model of version 3.3 prints for these files.
EXPECTED = {
    MODELS / "chelsea.png": ("png", "PNG image"),
    MODELS / "rocket.jpg": ("jpeg", "JPEG image data"),
    MODELS / "magika_v3_3.onnx": ("onnx", "Open Neural Network Exchange"),
    MODELS / "digits.images.npy": ("npy", "Numpy Array"),
    MODELS / "magika_v3_3.labels.txt": ("tsv", "TSV document"),
    SCRATCH / "archive": ("zip", "Zip archive data"),
    Path("toolchains/with-tools"): ("shell", "Shell script"),
    Path("tests/handmade.py"): ("python", "Python source"),
    Path("include/tenon/core/file.hpp"): ("cpp", "C++ source"),
    Path("CMakePresets.json"): ("json", "JSON document"),
    Path("README.md"): ("markdown", "Markdown document"),
    Path("LICENSE"): ("txt", "Generic text document"),
    # The model is not asked:
    write("empty", b""): ("empty", "Empty file"),
    write("few", "h\u00e4?"): ("txt", "Generic text document"),
    write("few bytes", b"\xc3\x28"): ("unknown", "Unknown binary data"),
    write("spaces", b" \t\r\n\v\f" * 1000 + b"seven!!" + b" " * 3000): ("txt", "Generic text document"),
    # Its answer is replaced: always, and where it is not sure enough.
    write("noise", bytes(i * i * 7919 >> 5 & 255 for i in range(5000))): ("unknown", "Unknown binary data"),
    write("short", "  \n#include <cstdio>\n\n"): ("txt", "Generic text document, perhaps C source"),
}
answer = run(*EXPECTED)
expect(answer, 0, err=r"\A\Z")
width = min(60, max(len(str(path)) for path in EXPECTED))
for line, (path, (label, description)) in zip(answer.out.splitlines(), EXPECTED.items(), strict=True):
    if not re.fullmatch(rf"{re.escape(str(path).ljust(width))}  {label:12} [01]\.\d\d\d  {re.escape(description)}", line):
        fault(f"{path}: {line!r}", answer)

answer = run("--json", *EXPECTED, SCRATCH / "nowhere", SCRATCH)
expect(answer, 1, err=rf"\Afiletype: {SCRATCH}/nowhere: cannot be opened: No such file or directory\nfiletype: {SCRATCH}: is a folder\n\Z")
for line, (path, (label, description)) in zip(answer.out.splitlines(), EXPECTED.items(), strict=True):
    found = json.loads(line)
    if (found["file"], found["label"], found["description"]) != (str(path), label, description.partition(", ")[0]) or not 0 < found["score"] <= 1:
        fault(f"{path}: {line}", answer)


def features(path: Path) -> np.ndarray:
    """What the model is shown of a file, as Magika's Python package does it."""
    content, size = path.read_bytes(), config["beg_size"]
    first, last = content[:config["block_size"]].lstrip()[:size], content[-config["block_size"]:].rstrip()[-size:]
    pad = [config["padding_token"]]
    return np.array([[*first, *pad * (size - len(first)), *pad * (size - len(last)), *last]], np.int32)


# The loader in the program `onnx`, under the same runtime, is shown the features that are made here.
for path in [MODELS / "chelsea.png", Path("README.md"), SCRATCH / "short"]:
    np.save(SCRATCH / "bytes.npy", features(path))
    loaded = run("run", MODELS / "magika_v3_3.onnx", "--input", f"bytes={SCRATCH / 'bytes.npy'}", "--digest", program="onnx")
    expect(loaded, 0, out=r"^digest +\w{64}$")
    digest = re.search(r"^digest +(\w+)$", loaded.out, re.MULTILINE)
    expect(run("--digest", path), 0, out=rf"^digest +{digest and digest[1]}$")

expect(run("--help"), 0, out=r"\Ausage: filetype \[OPTION\.\.\.\] FILE\.\.\.\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "files are missing"), (["--mime", "LICENSE"], "there is no option --mime")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Afiletype: {sentence}; `filetype --help` lists what there is\n\Z")
finish()
