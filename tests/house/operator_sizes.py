"""What operators cost in a guest: operator_sizes.py OBJECT..., the objects of the wasm build that hold their rows.

An operator's own code and data is what its row reaches and no other row does, or what is named after it; what several
reach is shared: by element-wise operators, by general ones, or by both kinds (the drivers, conversions, errors).
Element-wise are those with a table of tile functions, of the operator or of bodies that its attributes choose. Others are
general, also where they use single tile functions beside other code (Clip); these are named. The average of a kind,
with what it shares among itself, is limited; single operators above it are marked. --planted limits both to 100 bytes, and
succeeds if that is seen to be exceeded."""

import re
import sys
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2] / "toolchains"))
from nn_link.binary import Reader  # noqa: E402

ELEMENTWISE, GENERAL = (100, 100) if "--planted" in sys.argv else (1600, 8000)  # bytes
WITH_ADDEND = {3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 21, 22, 23, 25}  # types of relocations
OF_TYPES = 6
LOCAL, UNDEFINED, EXPLICIT_NAME = 2, 0x10, 0x40  # flags of symbols


class Symbol(NamedTuple):
    name: str
    size: int
    uses: set


def sections(data: bytes):
    """(place, number, name, offset of the content, content) of each section of a wasm object."""
    r, place = Reader(data, 8), 0
    while r.at < len(data):
        number, content = r.byte(), Reader(r.bytes())
        yield place, number, content.name() if number == 0 else "", content
        place += 1


def symbols(file: Path) -> dict:
    """Defined functions and data by what tells them from those of other objects, and which ones they use."""
    imported, functions, segments, table, places, relocations = 0, [], [], [], {}, []
    for place, number, name, r in sections(file.read_bytes()):
        places[place] = number
        if number == 2:  # imports
            for _ in range(r.number()):
                r.name(), r.name()
                kind = r.number()
                imported += kind == 0
                if kind == 0:
                    r.number()
                elif kind in (1, 2):  # a table's element type, then limits
                    r.at += kind == 1
                    r.at, limits = r.at + 1, r.data[r.at]
                    r.number(), limits & 1 and r.number()
                else:
                    r.at += 2
        elif number == 10:  # code
            for _ in range(r.number()):
                size = r.number()
                functions.append((r.at, size))
                r.at += size
        elif number == 11:  # data
            for _ in range(r.number()):
                flags = r.number()
                if flags & 1 == 0:
                    r.at += 1
                    r.number()
                    r.at += 1
                size = r.number()
                segments.append(r.at)
                r.at += size
        elif name == "linking":
            r.number()
            while r.at < len(r.data):
                kind, size = r.number(), r.number()
                if kind == 8:
                    table = symbol_table(Reader(r.data[r.at:r.at + size]))
                r.at += size
        elif name.startswith("reloc."):
            section = r.number()
            for _ in range(r.number()):
                kind, offset, index = r.number(), r.number(), r.number()
                if kind in WITH_ADDEND:
                    r.number()
                if kind != OF_TYPES:
                    relocations.append((section, offset, index))

    keys, spans, found = {}, {10: [], 11: []}, {}
    for i, (kind, flags, name, index, offset, size) in enumerate(table):
        if flags & UNDEFINED or kind not in (0, 1) or name is None:
            continue
        key = (file.name, i) if flags & LOCAL else name
        if kind == 0:
            start, size = functions[index - imported]
        else:
            start = segments[index] + offset
        keys[i] = key
        spans[10 if kind == 0 else 11].append((start, start + size, key))
        found[key] = Symbol(name, size, set())
    at = {number: [None] * (max((end for _, end, _ in of), default=0)) for number, of in spans.items()}
    for number, of in spans.items():
        for start, end, key in of:
            at[number][start:end] = [key] * (end - start)
    for section, offset, index in relocations:
        owners = at.get(places.get(section), [])
        user = owners[offset] if offset < len(owners) else None
        if user is not None and index in keys:
            found[user].uses.add(keys[index])
    return found


def symbol_table(r: Reader) -> list[tuple]:
    table = []
    for _ in range(r.number()):
        kind, flags = r.number(), r.number()
        name, index, offset, size = None, 0, 0, 0
        if kind == 1:
            name = r.name()
            if flags & UNDEFINED == 0:
                index, offset, size = r.number(), r.number(), r.number()
        else:
            index = r.number()
            if kind != 3 and (flags & UNDEFINED == 0 or flags & EXPLICIT_NAME):
                name = r.name()
        table.append((kind, flags, name, index, offset, size))
    return table


def named(symbol: str) -> set[str]:
    """The structs of ops:: in a mangled name, whose first mention spells the namespace out."""
    found = set()
    for m in re.finditer(r"(?:3ops|S\w?_)(\d+)(?=[A-Z])", symbol):
        found.add(symbol[m.end():m.end() + int(m[1])])
    return found


def reached(everything: dict, root) -> set:
    seen, todo = {root}, [root]
    while todo:
        for other in everything[todo.pop()].uses:
            if other not in seen and other in everything and not (isinstance(other, str) and "6row_of" in other):
                seen.add(other)
                todo.append(other)
    return seen


def main() -> int:
    everything: dict = {}
    for name in sys.argv[1:]:
        if not name.startswith("--"):
            for key, symbol in symbols(Path(name)).items():
                everything.setdefault(key, symbol)

    roots = {}
    for key, symbol in everything.items():
        m = re.search(r"6row_ofINS\w*_3ops(\d+)", symbol.name)
        if m and symbol.name.startswith("_ZN"):
            roots[symbol.name[m.end():m.end() + int(m[1])]] = key
    if not roots:
        print("these objects hold no operators")
        return 1

    users: dict = {}
    elementwise, tiled = set(), set()
    for operator, root in roots.items():
        for key in reached(everything, root):
            users.setdefault(key, set()).add(operator)
            if re.search(rf"8tiles_ofI.*3ops{len(operator)}{operator}", everything[key].name):
                elementwise.add(operator)
            if re.search(rf"9body_tileI.*3ops{len(operator)}{operator}", everything[key].name):
                tiled.add(operator)
    sizes = dict.fromkeys(roots, 0)
    shared = {"element-wise operators": 0, "general operators": 0, "both": 0}
    for key, of in users.items():
        symbol = everything[key]
        own = of if len(of) == 1 else named(symbol.name) & of
        if len(own) == 1:
            sizes[next(iter(own))] += symbol.size
        else:
            shared["element-wise operators" if of <= elementwise else
                   "both" if of & elementwise else "general operators"] += symbol.size

    for operator, size in sorted(sizes.items(), key=lambda item: -item[1]):
        kind, limit = ("element-wise", ELEMENTWISE) if operator in elementwise else ("general", GENERAL)
        print(f"{operator:28}{kind:14}{size:8,}{'  *' if size > limit else ''}")
    for name, size in shared.items():
        print(f"{'shared by ' + name:42}{size:8,}")
    mixed = sorted(tiled - elementwise)
    print(f"general, with tile functions beside other code: {', '.join(f'{o} {sizes[o]:,}' for o in mixed)}")
    faults = 0
    for kind, limit in ("element-wise", ELEMENTWISE), ("general", GENERAL):
        of = {o: s for o, s in sizes.items() if (o in elementwise) == (kind == "element-wise")}
        if not of:
            print(f"no {kind} operators")
            return 1
        own, most = sum(of.values()) / len(of), max(of, key=lambda o: of[o])
        average = own + shared[f"{kind} operators"] / len(of)
        above = [o for o in of if of[o] > limit]
        print(f"{len(of)} {kind} operators: {average:,.0f} bytes on average, of {limit:,.0f} at most; {own:,.0f} without what "
              f"they share among themselves; {len(above)} above (*), the most {most} with {of[most]:,}")
        faults += average > limit
    return faults != (2 if "--planted" in sys.argv else 0)


if __name__ == "__main__":
    sys.exit(main())
