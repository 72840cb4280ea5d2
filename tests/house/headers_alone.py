"""Every header compiles alone: headers_alone.py ROOT COMMAND..., the command that compiles for the guest.

All headers are submodules of one Clang module, in which each sees what it includes and nothing else, and the standard library
is a module as well (libc++ has a map; https://clang.llvm.org/docs/Modules.html#module-maps): so each is read once, and a header
that lacks an include is told which, even if another one has brought the name in before. The library's module is kept for a
second run, of planted headers, whose faults must be seen.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PLANTED = {  # name: text; the last two are sound
    "core/planted_a.hpp": "#pragma once\ninline std::size_t planted_a() { return 0; }\n",
    "ops/planted_b.hpp": '#pragma once\n#include "contract.hpp"\ninline tenon::session* planted_b();\n',
    "onnx/planted_c.hpp": '#pragma once\n#include "../graph/session.hpp"\ninline auto planted_c(tenon::variable v) { return v; }\n',
    "core/planted_d.hpp": "#pragma once\n#include <cstddef>\ninline std::size_t planted_d() { return 0; }\n",
    "onnx/planted_e.hpp": '#pragma once\n#include "../graph/session.hpp"\ninline tenon::session* planted_e() { return nullptr; }\n',
}
INCLUDE = re.compile(r'^#include "(.+)"', re.MULTILINE)


def with_included(headers: list[Path]) -> set[Path]:
    """They, and what they include of tenon's, through others as well."""
    found: set[Path] = set()
    while headers:
        header = headers.pop()
        if header not in found and header.exists():
            found.add(header)
            headers += [Path(os.path.normpath(header.parent / name)) for name in INCLUDE.findall(header.read_text())]
    return found


def compile_all(include: Path, headers: list[Path], command: list[str], cache: Path) -> str:
    """What the compiler says of those that do not compile, or ''."""
    names = sorted(header.relative_to(include) for header in headers)
    lines = [f'  module {re.sub("[^a-z0-9]", "_", str(name))} {{ header "{include / name}" export * }}' for name in names]
    (cache / "tenon.modulemap").write_text("\n".join(["module tenon {", *lines, "}", ""]))
    # -fmodule-name: the module's parts are entered as they are included, and it is not written for others to import.
    ran = subprocess.run(
        [*command, "-D_WASI_EMULATED_SIGNAL", "-fmodules", "-fcxx-modules", "-Xclang", "-fmodules-local-submodule-visibility",
         f"-fmodules-cache-path={cache}", f"-fmodule-map-file={cache}/tenon.modulemap", "-fmodule-name=tenon", f"-I{include}",
         "-ferror-limit=0", "-fsyntax-only", "-x", "c++", "-"],
        capture_output=True, text=True, check=False, input="".join(f'#include "{include / name}"\n' for name in names))
    return ran.stderr if ran.returncode else ""


def main() -> int:
    root, *command = sys.argv[1:]
    include = Path(root).resolve() / "include"
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder).resolve()
        said = compile_all(include, list(include.rglob("*.hpp")), command, cache)
        faults = [f"a header does not compile alone:\n{said}"] if said else []
        copy = cache / "include"
        shutil.copytree(include, copy)
        for name, text in PLANTED.items():
            (copy / "tenon" / name).write_text(text)
        said = compile_all(copy, list(with_included([copy / "tenon" / name for name in PLANTED])), command, cache)
    wrong = {name for name in PLANTED if re.search(rf"{name}:\d+:\d+: error", said)}
    faults += [f"{name}: not seen" for name in list(PLANTED)[:-2] if name not in wrong]
    faults += [f"sound, but wrong in the compiler's eyes:\n{said}" for name in list(PLANTED)[-2:] if name in wrong]
    print("\n".join(faults) or "headers alone: no faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
