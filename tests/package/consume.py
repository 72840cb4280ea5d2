"""Builds and runs consumer/ the way a user would, with a compiled model where the environment names one:
consume.py add_subdirectory|find_package CMAKE ROOT BUILD_FOLDER OPTION... -- [RUNNER...]."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

at = sys.argv.index("--")
way, cmake, root, build, *options = sys.argv[1:at]
runner = sys.argv[at + 1:]
folder = Path(build) / "scratch" / way
shutil.rmtree(folder, ignore_errors=True)


def do(*command: object) -> str:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


if way == "find_package":
    do(cmake, "--install", build, "--prefix", folder / "installed")
    options += [f"-DCMAKE_PREFIX_PATH={folder / 'installed'}"]
    here, there = ({f.relative_to(i): f.read_bytes() for f in i.rglob("*") if f.is_file()}
                   for i in (Path(root) / "include", folder / "installed/include"))
    if here != there:
        sys.exit(f"not installed as they are: {sorted(str(f) for f in here.keys() | there.keys() if here.get(f) != there.get(f))}")
else:
    options += [f"-DTENON_FOLDER={root}"]
# All headers are read once natively, as installed; for guests, package:readme does so.
options += ["-DHEADER=tenon" if way == "find_package" and not runner else "-DHEADER=core/config"]
if model := os.environ.get("MODEL"):
    options.append(f"-DMODEL={model}")
do(cmake, "-S", Path(__file__).parent / "consumer", "-B", folder / "build", "-G", "Ninja", *options)
do(cmake, "--build", folder / "build")
program = next(p for p in (folder / "build").glob("consumer*") if p.is_file())
said = do(*runner, program)
version = re.search(r'TENON_VERSION "(.+)"', (Path(root) / "include/tenon/core/config.hpp").read_text())
wanted = f"tenon {version.group(1)}\n" + ("probabilities that make 1.000\n" if model else "")
if said != wanted:
    sys.exit(f"the consumer says {said!r}")
print(said, end="")
