"""Every header compiles alone: headers_alone.py ROOT SOURCES COMMAND..., the command that compiles; before it, --planted to see
faults seen.

Nearly all of the time would go into reading the same headers of the standard library and of the lower layers. So a header
that includes one of HUBS, itself or through others, is compiled behind that hub, precompiled: what it sees more than it
does alone is what it would have included anyway. All other faults of a header show as they would without.
SOURCES is the folder of the build's sources, one per family of operators, whose first line includes its header: the build has
compiled these behind BUILT, precompiled, and they need not be compiled once more.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

# From left to right, as layers are: a header is compiled behind the last that it includes.
HUBS = ["core/error.hpp", "simd/lanes.hpp", "simd/math.hpp", "core/tensor.hpp", "core/value.hpp", "ops/contract.hpp", "ops/eager.hpp",
        "ops/elementwise.hpp", "graph/model.hpp", "graph/session.hpp", "autodiff/variable.hpp", "autodiff/backward.hpp", "nn/module.hpp"]
BUILT = "ops/eager.hpp"
INCLUDE = re.compile(r'^#include "(.+)"', re.MULTILINE)


@cache
def included(header: Path) -> frozenset[Path]:
    """What it includes of tenon's, through others as well."""
    found: set[Path] = set()
    for name in INCLUDE.findall(header.read_text()):
        path = Path(os.path.normpath(header.parent / name))
        if path.exists():
            found |= {path} | included(path)
    return frozenset(found)


def built(include: Path, sources: Path) -> set[Path]:
    """Those that the build has compiled first in a source of their own, and that include all that it has compiled them behind."""
    first = [re.match(r"#include <(.+)>\n", source.read_text()) for source in sources.glob("*.cpp")]
    return {header for line in first if line for header in [include / line[1]]
            if header.exists() and include / "tenon" / BUILT in included(header)}


def compile_all(include: Path, headers: list[Path], command: list[str]) -> list[str]:
    """What the compiler says of each that does not compile."""
    hubs = [include / "tenon" / name for name in HUBS]
    chosen = {header: [hub for hub in hubs if hub in included(header)][-1:] for header in headers}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        def compiled(header: Path, *options: str) -> str:
            ran = subprocess.run([*command, f"-I{include}", *options, "-"], capture_output=True, text=True,
                                 check=False, input=f'#include "{header}"\n')
            return f"{header.relative_to(include)} does not compile alone:\n{ran.stderr[:1500]}" if ran.returncode else ""

        def precompiled(hub: Path) -> Path:
            return Path(folder) / f"{hub.parent.name}-{hub.stem}.pch"

        used = sorted({hub for some in chosen.values() for hub in some}, key=hubs.index)
        wrong = list(pool.map(lambda hub: compiled(hub, "-x", "c++-header", "-o", str(precompiled(hub))), used))
        if not any(wrong):
            wrong = list(pool.map(lambda header: compiled(
                header, "-x", "c++", "-fsyntax-only", *(word for hub in chosen[header] for word in ("-include-pch", str(precompiled(hub))))),
                headers))
    return [fault for fault in wrong if fault]


PLANTED = {  # name: text; the last two are sound
    "core/planted_a.hpp": "#pragma once\ninline std::size_t planted() { return 0; }\n",
    "ops/planted_b.hpp": '#pragma once\n#include "contract.hpp"\ninline tenon::session* planted();\n',
    "onnx/planted_c.hpp": '#pragma once\n#include "../graph/session.hpp"\ninline auto planted(tenon::variable v) { return v; }\n',
    "core/planted_d.hpp": "#pragma once\n#include <cstddef>\ninline std::size_t planted() { return 0; }\n",
    "onnx/planted_e.hpp": '#pragma once\n#include "../graph/session.hpp"\ninline tenon::session* planted() { return nullptr; }\n',
}


def main() -> int:
    planted = sys.argv[1] == "--planted"
    root, sources, *command = sys.argv[1 + planted:]
    include = Path(root).resolve() / "include"
    if planted:
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder).resolve() / "include"
            shutil.copytree(include, copy)
            for name, text in PLANTED.items():
                (copy / "tenon" / name).write_text(text)
            found = compile_all(copy, [copy / "tenon" / name for name in PLANTED], command)
        faults = [f"{name}: not seen" for name in list(PLANTED)[:-2] if not any(name in fault for fault in found)]
        faults += [f"sound, but {fault}" for fault in found if any(name in fault for name in list(PLANTED)[-2:])]
    else:
        done = built(include, Path(sources))
        faults = compile_all(include, sorted(set(include.rglob("*.hpp")) - done), command)
        if len(done) < 50:
            faults.append(f"of the families of operators, {sources} has but {len(done)}")
    print("\n".join(faults) or "headers alone: no faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
