"""Prints the ten slowest translation units: slowest.py BUILD_FOLDER PRESET..."""

import sys
from pathlib import Path

build, *presets = sys.argv[1:]
seconds = {}  # the log keeps a line per build of a file; the last one counts
for preset in presets:
    for line in (Path(build) / preset / ".ninja_log").read_text().splitlines()[1:]:
        start, end, _, output, _ = line.split("\t")
        if output.endswith((".o", ".pch")):
            name = output.replace("CMakeFiles/", "").replace(".dir", "")
            seconds[f"{preset}/{name}"] = (int(end) - int(start)) / 1000
for name in sorted(seconds, key=seconds.get, reverse=True)[:10]:
    print(f"{seconds[name]:7.1f}  {name}")
