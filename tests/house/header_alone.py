"""Verifying the header sets sees a header that needs another before it:
header_alone.py CMAKE COMPILER ROOT SCRATCH."""

import shutil
import subprocess
import sys
from pathlib import Path

cmake, compiler, root, scratch = sys.argv[1:]
copy = Path(scratch) / "headers"
shutil.rmtree(copy, ignore_errors=True)
headers = copy / "include" / "tenon" / "core"
headers.mkdir(parents=True)
shutil.copytree(Path(root) / "cmake", copy / "cmake")
shutil.copy(Path(root) / "CMakeLists.txt", copy)
shutil.copy(Path(root) / "include/tenon/core/config.hpp", headers)


def verify() -> subprocess.CompletedProcess[str]:
    subprocess.run([cmake, "-S", copy, "-B", copy / "build", "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}"],
                   check=True, capture_output=True)
    return subprocess.run([cmake, "--build", copy / "build", "--target", "all_verify_interface_header_sets"],
                          capture_output=True, text=True, check=False)


if (sound := verify()).returncode:
    sys.exit(f"a sound header fails:\n{sound.stdout}")
(headers / "planted.hpp").write_text("#pragma once\ninline std::size_t f() { return 0; }\n")
planted = verify()
if planted.returncode == 0 or "planted.hpp" not in planted.stdout:
    sys.exit(f"the planted header is not seen:\n{planted.stdout}")
print("a sound header passes, the planted one fails")
