"""ocr: the page of scikit-image, read and drawn; columns and turned lines; and what is no page."""

import hashlib
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import plain, write  # noqa: E402
from pixels import crop, decode, encode, paste, turned_right  # noqa: E402
from program import COMMAND, SCRATCH, Answer, expect, fault, finish, run  # noqa: E402

PAGE = Path("build/models/page.png")
WRITTEN = Path(__file__).with_name("page.txt").read_text().splitlines()  # but for a line cut off at the lower edge
# Of what both networks answered for the page, and for the columns below. They change when a kernel adds in another
# order: a change that means to do that prints the new ones, and must do so on every runtime.
DIGEST = "33d8b13e1ddcf23be079381f2b132d42501235e954bd2825000bd17a7255c3df"
PIECES = "2d3ef34e61ea8451d69928963615c2904954ed81da8114db2387912cd8c5cea3"
DRAWN = "617bfe793e1d89992b3577412d916a23abb78dcf57efada56b7ee58d937a47a9"  # the pixels on which the boxes of the page are


def distance(a: str, b: str) -> int:
    """Letters to insert, remove or change until one text is the other."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row = row, [i]
        for j, y in enumerate(b):
            row.append(min(last[j] + (x != y), last[j + 1] + 1, row[j] + 1))
    return row[-1]


def lines(answer: Answer) -> list[str]:
    return [found[2] for line in answer.out.splitlines() if (found := re.fullmatch(r"  ([01]\.\d{3})  (.+)", line))]


def whole_page() -> None:
    """At least 95 of 100 characters are as they are written, spaces count; so do lines that are not there."""
    boxes = SCRATCH / "page.boxes.png"
    answer = run(PAGE, "--boxes", boxes, "--digest")
    expect(answer, 0, out=rf"\A{PAGE} +384 × 191\n(  [01]\.\d{{3}}  .+\n)+\nload +\d+ ms\nfind +\d+ ms, 7 boxes\nread +\d+ ms, 7 lines\n"
                          rf"drawn +{boxes}\nmemory .+\n(module .+\n)?digest +{DIGEST}\n\Z", err=r"\A\Z")
    written = "\n".join(WRITTEN)
    wrong = distance("\n".join(lines(answer)), written)
    print(f"{wrong} of {len(written)} characters are wrong")
    if wrong > 0.05 * len(written):
        fault("less than 95 % of the page are right", answer)

    # The boxes are drawn around the lines: red where they run, the page elsewhere.
    drawn = decode(boxes)
    changed = [(x, y) for y, row in enumerate(drawn) for x, colour in enumerate(row) if colour != page[y][x]]
    if any(drawn[y][x] != bytes((220, 30, 30)) for x, y in changed):
        fault("what was drawn is not red")
    found = hashlib.sha256(repr(changed).encode()).hexdigest()
    if found != DRAWN:
        fault(f"what was drawn is {found}")


page = decode(PAGE)
if len(COMMAND) == 1 or COMMAND[-2] == "wasmtime":  # the others would take some seconds, and read the pieces below
    whole_page()

# Columns one after the other, and a line that runs downwards: pieces of the page, pasted.
title, word, paragraph, more = (crop(page, *edges) for edges in [(0, 4, 146, 40), (148, 4, 300, 40), (0, 44, 86, 65), (87, 44, 226, 65)])
columns = [[bytes((190, 190, 190))] * 352 for _ in range(288)]
for piece, left, top in [(title, 16, 16), (paragraph, 16, 72), (turned_right(crop(title, 0, 0, 144, 36)), 36, 128), (word, 184, 16), (more, 190, 72)]:
    paste(columns, piece, left, top)
answer = run(write("columns.png", encode(columns)), "--json", "--digest", "--boxes", SCRATCH / "columns.boxes.png")
expect(answer, 0, out=rf"^digest +{PIECES}\n\Z", err=r"\A\Z")
objects = [json.loads(line) for line in answer.out.splitlines()[:-1]]
if [o["text"] for o in objects] != ["Region-based", "Let us first", "Region-based", "segmentation", "determine markers"]:
    fault("the columns are not read in their order", answer)
elif any(abs(a - b) > 5 for corner, near in zip(objects[2]["box"], [(71, 127), (71, 278), (33, 278), (33, 127)]) for a, b in zip(corner, near)):
    fault("the turned line is not where it is", answer)

# Nothing to read, on pictures of any size.
for name, content in [("blank.png", plain(200, 100, (250, 250, 245))), ("one.png", plain(1, 1, (9, 8, 7))),
                      ("wide.png", plain(20000, 2, (9, 8, 7)))]:
    answer = run(write(name, content), "--boxes", SCRATCH / "none.png")
    expect(answer, 0, out=r"^  no text\n\nload .+\nfind .+, 0 boxes\nread +0 ms, 0 lines\n", err=r"\A\Z")
expect(run(SCRATCH / "one.png", "--boxes", SCRATCH / "nowhere" / "one.png"), 1, out=r"\A\Z",
       err=r"\Aocr: \S+nowhere/one.png: cannot be created: No such file or directory\n\Z")

# What cannot be read.
for path, sentence in [(SCRATCH / "nowhere.png", "cannot be opened: No such file or directory"), (SCRATCH, "is a folder"),
                       (write("text.png", "text"), "not a JPEG or PNG picture (unknown image type)"),
                       (write("half.png", PAGE.read_bytes()[:20000]), "a broken PNG picture (the file ends too early)")]:
    expect(run(path), 1, out=r"\A\Z", err=rf"\Aocr: {re.escape(f'{path}: {sentence}')}\n\Z")
expect(run("--help"), 0, out=r"\Ausage: ocr \[OPTION\.\.\.\] PICTURE\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "a picture is missing"), ([PAGE, PAGE], "one picture can be read at a time"),
                        ([PAGE, "--repeat", "0"], "--repeat takes a whole number from 1 to 10000, not '0'")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Aocr: {re.escape(sentence)}; `ocr --help` lists what there is\n\Z")
finish()
