"""What nn-link works with: Binaryen, which with-tools installs, and the engine as a module."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(os.path.realpath(__file__)).parents[2]  # of a checkout, or share/cmake/tenon
VERSION = 132
# Not all there are: with them, Binaryen writes what runtimes do not read yet.
FEATURES = [f"--enable-{f}" for f in ("multimemory bulk-memory sign-ext nontrapping-float-to-int mutable-globals simd "
                                      "reference-types multivalue extended-const").split()]


class Refusal(Exception):
    """What a user is told. `own`: it is not about the guest."""

    def __init__(self, why: str, own: bool = False) -> None:
        super().__init__(why)
        self.own = own


def binaryen(program: str, *arguments: object) -> None:
    found = shutil.which("wasm-merge")  # of its programs the one that may be on a path: clang would run a wasm-opt
    if found is None:
        raise Refusal(f"needs Binaryen {VERSION}: run toolchains/with-tools toolchains/nn-link ...", own=True)
    run(program, [Path(found).resolve().with_name(program), *FEATURES, *arguments])


def provider() -> Path:
    """The engine, compiled if need be: in a checkout's own build of guests, else in a folder of the cache."""
    if given := os.environ.get("TENON_NN_PROVIDER"):
        return Path(given).resolve()
    if (ROOT / "CMakePresets.json").exists():
        folder = ROOT / "build" / "wasm"
        configure = ["cmake", "-S", ROOT, "--preset", "wasm"]
        made = folder / "bin" / "nn_provider.wasm"
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tenon" / "nn_link"
        configure = ["cmake", "-S", ROOT / "toolchains" / "nn_link", "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
                     f"-DCMAKE_TOOLCHAIN_FILE={ROOT}/toolchains/wasm32-wasip1.cmake", f"-DTENON_INCLUDE={ROOT.parents[2]}/include"]
        made = folder / "nn_provider.wasm"
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "nn_link.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two may want it at once
        if not made.exists():
            print("nn-link: compiling the engine, which takes some minutes and is done once", flush=True)
        if not (folder / "build.ninja").exists():
            run("cmake", configure)
        run("the engine", ["cmake", "--build", folder, "--target", "nn_provider"])
    return made


def run(what: str, command: list[object]) -> None:
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError:
        raise Refusal(f"needs {command[0]}: run toolchains/with-tools toolchains/nn-link ...", own=True) from None
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        told = next((line for line in lines if "error" in line.lower() or "fatal" in line.lower()), None)
        raise Refusal(f"{what}: {told or (lines or [f'exit code {done.returncode}'])[-1]}", own=what in ("cmake", "the engine"))
