"""onnx: ImageDecoder on pictures of every format that is read, and on files that are none."""

import re
import shutil
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import field, initializer, model, node, png, port  # noqa: E402
from program import SCRATCH, expect, finish, run  # noqa: E402

UINT8 = 2
FOLDER = SCRATCH / "images"
shutil.rmtree(FOLDER, ignore_errors=True)
ROWS = [[(255, 0, 1), (10, 20, 30), (0, 0, 0)], [(1, 2, 3), (200, 100, 50), (255, 255, 255)]]
GREY = [[0, 255, 17], [51, 255, 0]]
BITS = [[0, 255, 0], [255, 255, 0]]


def flat(rows: list) -> bytes:
    return bytes(v for row in rows for p in row for v in (p if isinstance(p, tuple) else (p, p, p)))


def bmp(pixels: bytes, bits: int = 24, width: int = 3, height: int = 2, palette: bytes = b"", compression: int = 0) -> bytes:
    start = 54 + len(palette)
    return (b"BM" + struct.pack("<IHHI", start + len(pixels), 0, 0, start)
            + struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(pixels), 0, 0, 0, 0) + palette + pixels)


def bmp_rows(rows: list[list[tuple[int, int, int]]]) -> bytes:
    return b"".join(b"".join(bytes(p[::-1]) for p in row) + b"\0" * 3 for row in rows)


PALETTE = b"".join(bytes(reversed(p)) + b"\0" for row in ROWS for p in row)
TEXT = b" ".join(str(v).encode() for v in flat(ROWS))
BMP, PPM = bmp(bmp_rows(ROWS[::-1])), b"P6\n3 2\n255\n" + flat(ROWS)
PNG = png(3, 2, b"".join(b"\0" + flat([row]) for row in ROWS))
good = {
    "png": (PNG, ROWS),
    "bmp": (BMP, ROWS),
    "bmp_downwards": (bmp(bmp_rows(ROWS), height=-2), ROWS),
    "bmp_of_32_bits": (bmp(b"".join(bytes(p[::-1]) + b"\0" for row in ROWS[::-1] for p in row), 32), ROWS),
    "bmp_of_8_bits": (bmp(b"\3\4\5\0\0\1\2\0", 8, palette=PALETTE), ROWS),
    "bmp_of_4_bits": (bmp(b"\x34\x50\0\0\x01\x20\0\0", 4, palette=PALETTE), ROWS),
    "bmp_of_1_bit": (bmp(b"\xc0\0\0\0\x40\0\0\0", 1, palette=b"\0\0\0\0\xff\xff\xff\0"), BITS),
    "bmp_beyond_its_palette": (bmp(b"\3\4\5\0\0\1\x99\0", 8, palette=PALETTE), [[*ROWS[0][:2], (0, 0, 0)], ROWS[1]]),
    "ppm": (PPM, ROWS),
    "ppm_with_comments": (b"P6# a\n3# b\n\t2\r\n#c 9\n255 " + flat(ROWS), ROWS),
    "ppm_of_16_bits": (b"P6 3 2 65535\n" + b"".join(bytes([v, v]) for v in flat(ROWS)), ROWS),
    "ppm_as_text": (b"P3\n3 2\n255\n" + TEXT, ROWS),
    "pgm": (b"P5 3 2 255\n\0\xff\x11\x33\xff\0", GREY),
    "pgm_to_15": (b"P5 3 2 15\n\0\x0f\1\3\x0f\0", GREY),
    "pgm_above_its_greatest": (b"P5 3 2 15\n\0\xff\1\3\x0f\0", GREY),
    "pgm_as_text": (b"P2\n3 2 15 0 15 1 # more\n3 15 0\n", GREY),
    "pbm": (b"P4 3 2\n\xa0\x20", BITS),
    "pbm_as_text": (b"P1 3 2\n1 0 1 00\n1", BITS),
    "bgr": (PPM, [[p[::-1] for p in row] for row in ROWS], "BGR"),
    "grey": (PPM, [[76, 18, 0], [2, 124, 255]], "Grayscale"),
}
known = "only BMP, JPEG, PNG and PNM ones are read"
unknown = "not a BMP, JPEG, PNG or PNM picture (unknown image type)"
header = "a broken PNM picture (its header has no width, height and greatest value)"
early = "a broken PNM picture (the file ends too early)"
huge = "a picture of 60000 x 60000 pixels, more than 100 megapixels"
bad = {
    "nothing": (b"", unknown),
    "text": (b"no picture", unknown),
    "gif": (b"GIF89a" + bytes(100), unknown),
    "one_byte": (b"P", unknown),
    "p7": (b"P7\nWIDTH 3", unknown),
    "jpeg_2000": (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(100), f"a JPEG 2000 picture; {known}"),
    "codestream": (b"\xff\x4f\xff\x51" + bytes(100), f"a JPEG 2000 picture; {known}"),
    "tiff": (b"II*\0" + bytes(100), f"a TIFF picture; {known}"),
    "other_tiff": (b"MM\0*" + bytes(100), f"a TIFF picture; {known}"),
    "webp": (b"RIFF\x20\0\0\0WEBPVP8 " + bytes(100), f"a WebP picture; {known}"),
    "jpeg": (b"\xff\xd8\xff\xe0", "a broken JPEG picture (the file ends too early)"),
    "png_cut": (PNG[:40], "a broken PNG picture (the file ends too early)"),
    "bmp_vast": (bmp(bytes(100), width=60000, height=-60000), huge),
    "bmp_claim": (bmp(bytes(100), width=9000, height=9000), "a broken BMP picture (154 bytes cannot hold 9000 x 9000 pixels)"),
    "bmp_none": (bmp(b"", width=0), "a broken BMP picture"),
    "bmp_packed": (bmp(bytes(8), 8, palette=PALETTE, compression=1), "a broken BMP picture (BMP RLE)"),
    **{f"bmp_cut_{n}": (BMP[:n], "a broken BMP picture") for n in (2, 17, 30, 53, 54, 60, len(BMP) - 4)},
    "ppm_vast": (b"P6 60000 60000 255\n" + bytes(100), huge),
    "ppm_vaster": (b"P6 99999999999999999999 1 255\n" + bytes(100), header),
    "ppm_none": (b"P6 0 2 255\n", header),
    "ppm_black": (b"P6 3 2 0\n" + bytes(100), header),
    "ppm_white": (b"P6 3 2 65536\n" + bytes(100), header),
    **{f"ppm_cut_{n}": (PPM[:n], unknown if n < 3 else early if n > 10 else header) for n in (2, 3, 5, 7, 10, 11, 12, len(PPM) - 1)},
    "ppm_text_cut": (b"P3\n3 2\n255\n" + TEXT[:-3], "a broken PNM picture (pixel 5 is no number from 0 to 255)"),
    "pgm_text": (b"P2\n3 2 15 0 16 1 3 15 0\n", "a broken PNM picture (pixel 1 is no number from 0 to 15)"),
    "pbm_text": (b"P1 3 2\n1 0 1 x0\n1", "a broken PNM picture (pixel 3 is no number from 0 to 1)"),
}


def case(name: str, file: bytes, pixels: bytes | None = None, pixel_format: str = "") -> Path:
    folder = FOLDER / name
    (folder / "test_data_set_0").mkdir(parents=True)
    attribute = field(5, field(1, "pixel_format") + field(4, pixel_format) + field(20, 3)) if pixel_format else b""
    (folder / "model.onnx").write_bytes(model([node("ImageDecoder", "x", "y", "d") + attribute], [port("x", ["n"], UINT8)],
                                              [port("y", ["h", "w", "c"], UINT8)]))
    (folder / "test_data_set_0" / "input_0.pb").write_bytes(initializer("x", UINT8, [len(file)], file))
    if pixels is not None:
        wanted = initializer("y", UINT8, [2, 3, len(pixels) // 6], pixels)
        (folder / "test_data_set_0" / "output_0.pb").write_bytes(wanted)
    return folder


for name, (file, rows, *pixel_format) in good.items():
    case(name, file, bytes(sum(rows, [])) if pixel_format == ["Grayscale"] else flat(rows), *pixel_format)
expect(run("test", FOLDER), 0, rf"\A{len(good)} passed, 0 failed\n\Z", r"\A\Z")
shutil.rmtree(FOLDER)
lines = [rf"{case(name, file)}: ImageDecoder 'd': {re.escape(why)}.*\n" for name, (file, why) in sorted(bad.items())]
lines.append(rf"{case('wrong', PPM, None, 'CMYK')}: ImageDecoder 'd': pixel_format is 'CMYK', not 'RGB', 'BGR' or 'Grayscale'\n")
expect(run("test", FOLDER), 1, rf"\A{''.join(lines)}0 passed, {len(lines)} failed\n\Z", r"\A\Z")
finish()
