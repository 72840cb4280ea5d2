"""onnx: weights that lie beside the model, and locations that are refused."""

import hashlib
import itertools
import os
import re
import shutil
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import FLOAT, field, model, node, port, write  # noqa: E402
from program import SCRATCH, expect, finish, run  # noqa: E402

shutil.rmtree(SCRATCH, ignore_errors=True)
(SCRATCH / "inside").mkdir(parents=True)
write("weights.bin", struct.pack("<5f", 0, 1, 2, 3, 4))
SUM = hashlib.sha1((SCRATCH / "weights.bin").read_bytes()).hexdigest()
(SCRATCH / "inside" / "more.bin").write_bytes(struct.pack("<3f", 7, 8, 9))
os.symlink("weights.bin", SCRATCH / "link.bin")
os.symlink("inside", SCRATCH / "linked")
FAR = 2**31 + 4096
with (SCRATCH / "large.bin").open("wb") as file:  # 3 GB that take no room: there are two pages in it
    file.seek(FAR)
    file.write(struct.pack("<3f", 5, 6, 7))
    file.truncate(3 * 2**30)


numbers = itertools.count()


def outside(location: str, **entries: object) -> Path:
    """A model that adds three numbers from a file."""
    about = b"".join(field(13, field(1, key) + field(2, str(value))) for key, value in
                     [("location", location), *entries.items()])
    weights = field(1, 3) + field(2, FLOAT) + field(8, "w") + about + field(14, 1)
    return write(f"model{next(numbers)}.onnx", model([node("Add", "x w", "y", "sum")], [port("x", [3])], [port("y", [3])], [weights]))


x = write("x.npy", b"\x93NUMPY\x01\0" + struct.pack("<H", 118)
          + b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }".ljust(117) + b"\n" + struct.pack("<3f", 10, 20, 30))
for path, wanted in [(outside("weights.bin", offset=4, length=12), (11, 22, 33)), (outside("inside/more.bin"), (17, 28, 39)),
                     (outside("./weights.bin", length=12), (10, 21, 32)),
                     (outside("weights.bin", offset=4, checksum=SUM.upper()), (11, 22, 33)),
                     (outside("large.bin", offset=FAR, length=12), (15, 26, 37))]:
    expect(run("run", path, "--input", f"x={x}", "--output-dir", SCRATCH), 0)
    got = struct.unpack("<3f", (SCRATCH / "y.npy").read_bytes()[-12:])
    if got != wanted:
        expect(run("run", path, "--input", f"x={x}"), 99)
for path, why in [
        (outside("../weights.bin"), "external data in '../weights.bin' is refused: it leaves the model's folder"),
        (outside("inside/../weights.bin"), "external data in 'inside/../weights.bin' is refused: it leaves the model's folder"),
        (outside("/etc/passwd"), "external data in '/etc/passwd' is refused: only relative paths of plain names are read"),
        (outside("inside/"), "external data in 'inside/' is refused: only relative paths of plain names are read"),
        (outside("link.bin", length=12), "external data in 'link.bin' is refused: links are not followed"),
        (outside("linked/more.bin"), "external data in 'linked/more.bin' is refused: links are not followed"),
        (outside("nowhere.bin"), "external data in 'nowhere.bin' is refused: there is no such file beside the model"),
        (outside(""), "external data in '' is refused: it has no location"),
        (outside("inside"), "external data in 'inside' is refused: it is no plain file"),
        (outside("weights.bin", checksum=SUM[1:] + "0"), f"file 'weights.bin' has SHA-1 {SUM} and not {SUM[1:]}0, which the model says"),
        (outside("weights.bin", length=20), "external data of 20 bytes where shape [3] of float32 needs 12"),
        (outside("weights.bin", offset=12), "external data from byte 12 to 12+12 of 'weights.bin', which has 20"),
        (outside("weights.bin", offset=-4), "the offset of its external data is '-4', which is no number of bytes"),
        (outside("weights.bin", offset=2**70), f"the offset of its external data is '{2**70}', which is no number of bytes")]:
    expect(run("run", path, "--input", f"x={x}"), 1, err=re.escape(f"initializer 'w': {why}"))
finish()
