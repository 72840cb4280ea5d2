"""The README's first program compiles with the README's one command, and prints what the README
says: readme.py ROOT SCRATCH. It is the first ```cpp block, the first line that begins with
"clang++-22 " (continued by backslashes), and the first ```text block after it."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

root, scratch = map(Path, sys.argv[1:])
text = (root / "README.md").read_text()
program = re.search(r"^```cpp\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
command = re.search(r"^clang\+\+-22 (?:.*\\\n)*.*$", text, re.MULTILINE)
if not program or not command:
    sys.exit("README.md has no ```cpp block, or no line that begins with clang++-22")
said = re.search(r"^```text\n(.*?)^```", text[command.end():], re.DOTALL | re.MULTILINE)
if not said:
    sys.exit("README.md does not show in a ```text block what its program prints")
words = shlex.split(command.group().replace("\\\n", " "), comments=True)
source = next(w for w in words if w.endswith(".cpp"))

# As if in a folder beside a checkout, or inside of it.
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
(scratch / "tenon").symlink_to(root)
(scratch / "include").symlink_to(root / "include")
(scratch / source).parent.mkdir(parents=True, exist_ok=True)
(scratch / source).write_text(program.group(1))
subprocess.run(words, cwd=scratch, check=True)
module = words[words.index("-o") + 1]
found = subprocess.run(["wasmtime", module], cwd=scratch, check=True, capture_output=True, text=True).stdout
if found.strip() != said.group(1).strip():
    sys.exit(f"README.md says\n{said.group(1)}\nbut its program prints\n{found}")
print(found, end="")
