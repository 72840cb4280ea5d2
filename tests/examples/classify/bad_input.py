"""classify: files that are not what they should be. One sentence each, exit code 1, and no trap."""

import re
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import INT64, floats, integers, model, node, plain, png, port, write  # noqa: E402
from program import SCRATCH, Answer, expect, fault, finish, run  # noqa: E402

REAL = Path("build/models")
EFFICIENTNET = (REAL / "efficientnet_lite0.onnx").read_bytes()
JPEG, PNG = (REAL / "rocket.jpg").read_bytes(), (REAL / "coffee.png").read_bytes()
RED = write("red.png", plain(3, 3, (255, 127, 127)))
LABELS = write("labels.txt", "red\ngreen\nblue\n")


def colours(dims: list[int | str]) -> bytes:
    return model([node("GlobalAveragePool", "picture", "scores")], [port("picture", dims)], [port("scores", ["n", 3, 1, 1])])


GOOD = write("good.onnx", colours([1, 3, 4, 4]))


def complains(answer: Answer, *sentences: str) -> None:
    """Says these sentences, and nothing else, on standard error."""
    wanted = "".join(f"classify: {s}\n" for s in sentences)
    expect(answer, 1, err=rf"\A{re.escape(wanted)}\Z")


# Pictures: each has its sentence, and the good one among them is classified all the same.
huge_jpeg = JPEG.find(b"\xff\xc0") + 5
pictures = {
    "empty.png": (b"", "not a JPEG or PNG picture (unknown image type)"),
    "text.jpg": ("not a picture\n", "not a JPEG or PNG picture (unknown image type)"),
    "picture.gif": (b"GIF89a" + bytes(100), "not a JPEG or PNG picture (unknown image type)"),
    **{f"cut{n}.jpg": (JPEG[:n], "a broken JPEG picture (the file ends too early)")
       for n in (2, 3, 30, 160, 5000, len(JPEG) // 2, len(JPEG) - 1)},
    **{f"cut{n}.png": (PNG[:n], "a broken PNG picture (the file ends too early)")
       for n in (8, 20, 5000, len(PNG) // 2, len(PNG) - 16)},
    "noise.jpg": (JPEG[:2000] + bytes(i * 7919 >> 3 & 255 for i in range(20000)),
                  "a broken JPEG picture (bad huffman code)"),
    "noise.png": (PNG[:3000] + bytes(400) + PNG[3400:], "a broken PNG picture (bad dist)"),
    "chunk.png": (PNG[:37] + b"\x1b[2J" + PNG[41:], "a broken PNG picture (unknown chunk)"),
    "table.jpg": (JPEG[:2] + b"\xff\xc4\x01\x20\0" + b"\x11" * 16 + bytes(300) + JPEG[2:],
                  "a broken JPEG picture (a Huffman table of more than 256 codes)"),
    "none.png": (png(0, 5, b""), "a broken PNG picture (0-pixel image)"),
    "short.png": (png(20, 20, bytes(100)), "a broken PNG picture (not enough pixels)"),
    "claim.png": (png(9000, 9000, bytes(1000)), "a broken PNG picture (74 bytes cannot hold 9000 x 9000 pixels)"),
    "huge.png": (png(60000, 60000, bytes(1000)), "a picture of 60000 x 60000 pixels, more than 100 megapixels"),
    "most.png": (png(2**32 - 1, 2**32 - 1, b""), "a picture of 4294967295 x 4294967295 pixels, more than 100 megapixels"),
    "claim.jpg": (JPEG[:huge_jpeg] + struct.pack(">HH", 9000, 10000) + JPEG[huge_jpeg + 4:20000],
                  "a broken JPEG picture (20000 bytes cannot hold 10000 x 9000 pixels)"),
    "huge.jpg": (JPEG[:huge_jpeg] + struct.pack(">HH", 60000, 60000) + JPEG[huge_jpeg + 4:],
                 "a picture of 60000 x 60000 pixels, more than 100 megapixels"),
}
paths = [write(name, content) for name, (content, _) in pictures.items()]
nowhere = SCRATCH / "nowhere.png"
answer = run(GOOD, LABELS, *paths, nowhere, SCRATCH, RED, "--repeat", 1)
complains(answer, *(f"{path}: {sentence}" for path, (_, sentence) in zip(paths, pictures.values())),
          f"{nowhere}: cannot be opened: No such file or directory", f"{SCRATCH}: is a folder")
expect(answer, 1, out=rf"\A{RED} +3 × 3\n  red +0\.576 .+\n  .+\n  .+\n\nmodel ")
if peak := re.search(r"^memory +(.+) MB of linear memory", answer.out, re.MULTILINE):
    if float(peak[1]) > 16:
        fault("pictures that are no pictures took more than 16 MB", answer)

# Pictures of every kind that there is: grey, of 16 bits, of one pixel, thinner than the filter.
odd = [write("grey16.png", png(3, 2, (b"\0" + b"\x80\1" * 3) * 2, 16, 0)), write("one.png", plain(1, 1, (9, 8, 7))),
       write("wide.png", plain(5000, 1, (9, 8, 7))), write("tall.png", plain(1, 5000, (9, 8, 7)))]
expect(run(GOOD, LABELS, *odd, "--repeat", 1), 0, err=r"\A\Z")

# Labels.
few, many = write("few.txt", "red\ngreen\n\n"), write("many.txt", "red\n" * 70000)
complains(run(GOOD, few, RED), f"{few} has 2 lines, the model has 3 classes")
complains(run(GOOD, many, RED), f"{many} has 70000 lines, the model has 3 classes")
complains(run(GOOD, write("no.txt", "\n"), RED), f"{SCRATCH / 'no.txt'} has 0 lines, the model has 3 classes")
complains(run(GOOD, nowhere, RED), f"{nowhere}: cannot be opened: No such file or directory")
complains(run(GOOD, SCRATCH, RED), f"{SCRATCH}: is a folder")

# Models: files.
for name, content, sentence in [
        ("empty.onnx", b"", "the file is empty"),
        # (Behind the graph in this file there are six bytes more, the opset.)
        ("half.onnx", EFFICIENTNET[:len(EFFICIENTNET) // 2],
         f"the file ends inside the graph, {len(EFFICIENTNET) - len(EFFICIENTNET) // 2 - 6} bytes too early"),
        ("start.onnx", EFFICIENTNET[:1000], f"the file ends inside the graph, {len(EFFICIENTNET) - 1006} bytes too early"),
        ("cut.onnx", EFFICIENTNET[:-1], "the file ends inside an opset import, 1 bytes too early"),
        ("picture.onnx", JPEG, "not an ONNX model: the file is a JPEG picture"),
        ("picture2.onnx", PNG, "not an ONNX model: the file is a PNG picture"),
        ("random.onnx", bytes(i * i * 7919 >> 7 & 255 for i in range(5000)), "not an ONNX model: byte 0 of the file begins no field of one"),
        ("text.onnx", "not a model\n", "not an ONNX model: byte 0 of the file begins no field of one"),
        # Models: that cannot take a picture.
        ("rank.onnx", colours([1, 3, 4]), "input 'picture' is float32 [1,3,4], not float32 [1,3,height,width]"),
        ("last.onnx", colours([1, 4, 4, 3]), "input 'picture' is float32 [1,4,4,3], not float32 [1,3,height,width]"),
        ("free.onnx", colours(["n", 3, "h", "w"]), "input 'picture' is float32 [?,3,?,?], not float32 [1,3,height,width]"),
        ("eight.onnx", colours([8, 3, 4, 4]), "input 'picture' is float32 [8,3,4,4], not float32 [1,3,height,width]"),
        ("int64.onnx", model([node("Identity", "p", "s")], [port("p", [1, 3, 2, 2], INT64)], [port("s", [1, 3, 2, 2], INT64)]),
         "input 'p' is int64 [1,3,2,2], not float32 [1,3,height,width]"),
        ("two.onnx", model([node("Add", "a b", "s")], [port("a", [1, 3, 2, 2]), port("b", [1, 3, 2, 2])],
                           [port("s", [1, 3, 2, 2])]),
         "has 2 inputs and 1 outputs; a picture needs one input and an answer"),
        ("unknown.onnx", model([node("Sorcery", "p", "s", "how large")], [port("p", [1, 3, 2, 2])], [port("s", [4], INT64)]),
         "Sorcery 'how large': there is no operator 'Sorcery' (opset 17, float32)"),
        ("integers.onnx", model([node("Identity", "k", "s")], [port("p", [1, 3, 2, 2])], [port("s", [2], INT64)],
                                [integers("k", [3, 4])]),
         "output 's' is int64 [2], not a float32 score per class"),
        ("zero.onnx", colours([1, 3, 0, 4]), "input 'picture' is float32 [1,3,0,4], not float32 [1,3,height,width]"),
        ("vast.onnx", colours([1, 3, 2**40, 2**40]), "input 'picture' has shape [1,3,1099511627776,1099511627776], more elements than 64 bits count"),
        ("vast2.onnx", colours(["n", 3, 2**40, 2**40]),
         "input 'picture' has shape [?,3,1099511627776,1099511627776], more elements than 64 bits count"),
        ("large.onnx", colours([1, 3, 40000, 40000]), "an input of [1,3,40000,40000] has more bytes than the limit of 2147483648"),
]:
    path = write(name, content)
    complains(run(path, LABELS, RED), f"{path}: {sentence}")
complains(run(nowhere, LABELS, RED), f"{nowhere}: cannot be opened: No such file or directory")
complains(run(SCRATCH, LABELS, RED), f"{SCRATCH}: is a folder")
complains(run(GOOD, LABELS, RED, "--max-memory", 10), f"{GOOD}: has {GOOD.stat().st_size} bytes, more than the limit of 10")
complains(run(REAL / "efficientnet_lite0.onnx", LABELS, RED, "--max-memory", 19_000_000),
          f"{REAL / 'efficientnet_lite0.onnx'}: Gemm 'logits': no memory within the limit of 19000000 bytes")
complains(run(REAL / "efficientnet_lite0.onnx", LABELS, RED), f"{LABELS} has 3 lines, the model has 1000 classes")

# A model that answers with NaN.
nan = write("nan.onnx", model([node("Mul", "p n", "s")], [port("p", [1, 3, 1, 1])], [port("s", [1, 3, 1, 1])],
                              [floats("n", [1], [float("nan")])]))
complains(run(nan, LABELS, RED), f"{RED}: the model's answer holds NaN")
finish()
