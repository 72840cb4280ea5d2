"""What nn-link does not link, and what it says: refused.py NN_LINK."""

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), "toolchains"]
from program import SCRATCH, Answer, expect, fault, finish, run  # noqa: E402
from nn_link.binary import FUNCTION, MAGIC, MEMORY, counted, leb, section, vector  # noqa: E402

OUTPUT = SCRATCH / "refused.wasm"
I32 = b"\x7f"


def module(imports: list[tuple[str, str]], parameters: int = 5, memory: bool = True) -> bytes:
    """A module that imports functions of i32, and does nothing."""
    return (MAGIC + section(1, vector([b"\x60" + vector([I32] * parameters) + vector([I32])]))
            + section(2, vector([counted(m.encode()) + counted(n.encode()) + b"\0\0" for m, n in imports]))
            + section(5, vector([b"\0" + leb(1)]))
            + section(7, vector([counted(b"memory") + bytes([MEMORY, 0])] * memory + [counted(b"f") + bytes([FUNCTION, 0])])))


def link(content: bytes, *options: str) -> Answer:
    guest = SCRATCH / "guest.wasm"
    guest.write_bytes(content)
    OUTPUT.unlink(missing_ok=True)
    answer = run(guest, "-o", OUTPUT, *options)
    if answer.code and OUTPUT.exists():
        fault("there is an output all the same", answer)
    return answer


NN = "wasi_ephemeral_nn"
good = module([(NN, "load")])
for content, why in [
    (b"\x89PNG\r\n", r"it is not a module of WebAssembly"),
    (b"\0asm\x0d\0\1\0", r"it is a component, and a core module is needed"),
    (good[:30], r"the module ends too early"),
    (module([("env", "f")]), r"it imports nothing of wasi_ephemeral_nn$"),
    (module([("wasi_nn", "load")], 4), r"it imports nothing of wasi_ephemeral_nn; wasi_nn is another interface"),
    (module([(NN, "load"), (NN, "train"), (NN, "dream")]), r"it imports train, dream of wasi_ephemeral_nn; there are compute, .*unload$"),
    (module([(NN, "load")], 4), r"takes load of wasi_ephemeral_nn for \(i32, i32, i32, i32\) -> \(i32\), and it is \(i32, i32, i32, i32, i32\) -> \(i32\)"),
    (module([(NN, "load")], memory=False), r"it does not export its memory"),
]:
    expect(link(content), 1, out=r"\A\Z", err=rf"\Ann-link: .*guest\.wasm: .*{why}")
expect(link(good, "--model", "a=build/no.onnx"), 1, err=r"\Ann-link: build/no\.onnx: No such file or directory$")
for options in [["--model", "a"], ["--model", "=b"], ["--model", "a=b", "--model", "a=c"], ["--guest-memory", "-1"], ["--nothing"]]:
    expect(link(good, *options), 2, out=r"\A\Z", err=r"nn-link: error: ")
expect(run(SCRATCH / "there is no such guest.wasm", "-o", OUTPUT), 1, err=r"there is no such guest\.wasm: No such file")
expect(link(good), 0, out=r"before +wasi_ephemeral_nn: load\n")
finish()
