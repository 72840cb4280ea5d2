"""nn-link makes modules of guests, which other entries run: link.py FOLDER."""

import re
import subprocess
import sys
from pathlib import Path

folder = Path(sys.argv[1])
WASI = "wasi_snapshot_preview1"
sys.path.insert(0, "toolchains")
from nn_link.binary import MEMORY, Module  # noqa: E402


def link(guest: Path, output: str, model: str) -> Module:
    done = subprocess.run(["toolchains/nn-link", guest, "-o", folder / output, "--model", model], capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    before, after = re.fullmatch(r"before +((?s:.+))after +((?s:.+))", done.stdout).groups()
    assert "wasi_ephemeral_nn: " in before and "wasi_ephemeral_nn" not in after, done.stdout
    old, new = Module(guest.read_bytes()), Module((folder / output).read_bytes())
    assert {i.module for i in old.imports} == {WASI, "wasi_ephemeral_nn"}
    assert sorted(i for i in new.imports) == sorted(i._replace(type=j.type) for i in old.imports for j in new.imports
                                                    if i.module == WASI and i[:3] == j[:3]), new.imports
    assert [e.name for e in new.exports] == [e.name for e in old.exports]
    assert sum(e.kind == MEMORY for e in new.exports) == 1
    return new


link(Path("examples/nn-rust/nn-rust.wasm"), "nn-rust.wasm", "efficientnet_lite0=build/models/efficientnet_lite0.onnx")
assert Path("build/models/efficientnet_lite0.onnx").read_bytes() in (folder / "nn-rust.wasm").read_bytes()
link(folder / "nn_errors_unlinked.wasm", "errors_merged.wasm", f"square={folder}/square.onnx")
# What tenon_add_wasi_nn runs behind a link sees an import that stayed.
left = folder / "left.wasm"
left.write_bytes((folder / "nn_errors_unlinked.wasm").read_bytes())
done = subprocess.run(["cmake", f"-DMODULE={left}", "-P", "toolchains/nn_link/no_import.cmake"], capture_output=True, text=True, check=False)
assert done.returncode != 0 and "still imports" in done.stderr and not left.exists(), done.stderr
# Not left to the entries: WasmEdge's optimiser takes minutes for what it has no --quick for.
subprocess.run(["toolchains/run", "--compile", "--quick", "wasmedge", folder / "nn-rust.wasm"], check=True)
