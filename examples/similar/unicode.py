"""Writes what BERT's tokeniser wants to know of Unicode, from Python's unicodedata, as a C++ header: unicode.py HEADER"""

import sys
import unicodedata
from collections.abc import Callable, Iterable

ALL = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs")]


def is_hangul(c: str) -> bool:
    """Syllables, which are taken apart by a formula."""
    return 0xAC00 <= ord(c) < 0xD7A4


def is_dropped(c: str) -> bool:
    return unicodedata.category(c) in ("Mn", "Cc", "Cf", "Co")


def is_punctuation(c: str) -> bool:
    """And signs of ASCII that Unicode has among symbols."""
    return unicodedata.category(c)[0] == "P" or "!" <= c <= "~" and not c.isalnum()


def taken_apart(c: str) -> str:
    """Without accents; in lower case the program has it."""
    return "".join(d for d in unicodedata.normalize("NFD", c) if not is_dropped(d))


def ranges(holds: Callable[[str], bool]) -> Iterable[tuple[int, int]]:
    first = last = -2
    for c in map(ord, filter(holds, ALL)):
        if c != last + 1:
            if first >= 0:
                yield first, last
            first = c
        last = c
    yield first, last


def table(name: str, comment: str, rows: Iterable[tuple[int, int]]) -> str:
    lines = "".join(f"    {{0x{a:x}, 0x{b:x}}},\n" for a, b in rows)
    return f"/// {comment}\ninline constexpr char32_t {name}[][2] = {{\n{lines}}};\n"


PARTS = [(ord(c), ord(d)) for c in ALL if not is_dropped(c) and not is_hangul(c) for d in taken_apart(c) if taken_apart(c) != c]
with open(sys.argv[1], "w", encoding="ascii") as header:
    header.write(
        f"// Made by unicode.py of Unicode {unicodedata.unidata_version}.\n#pragma once\n\nnamespace unicode {{\n"
        + table("dropped", "First and last of marks above and below letters, and of control characters.", ranges(is_dropped))
        + table("punctuation", "First and last.", ranges(is_punctuation))
        + table("parts", "A character, and one of those that it becomes without accents, in order.", PARTS)
        + "}  // namespace unicode\n")
