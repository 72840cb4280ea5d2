"""What holds in every header, as functions that take the root of a checkout and yield faults.

PLANTED has, for each rule, files that break it; see check.py.
"""

import functools
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

# A folder includes from the rows above its own, and from itself; folders of one row are strangers.
LAYERS = [
    {"core"}, {"simd"}, {"kernels"}, {"ops"}, {"graph"}, {"autodiff"},
    {"onnx", "codegen", "nn", "optim", "data"},
    {"train", "wasi_nn"},
]
RANK = {folder: rank for rank, row in enumerate(LAYERS) for folder in row}

# Missing in the guest's library, a megabyte each, or not for code without threads.
UNWANTED = "format print iostream regex filesystem mutex thread".split()

INTRINSICS = re.compile(
    r"\b(_mm\d*_\w+|__m(128|256|512)\w*|v128_t|wasm_(v128|[iuf]\d+x\d+)_\w+|v\w+q_[fsup]\d+"
    r"|__builtin_(ia32|neon|aarch64)_\w+|__builtin_wasm_(?!memory_(size|grow)\b)\w+)"
    r"|include\s*[<\"](\w*mmintrin|immintrin|x86intrin|arm_\w+|wasm_simd128)\.h")
ISA_MACROS = re.compile(
    r"__(SSE\w*|AVX\w*|FMA|F16C|ARM\w*|aarch64|x86_64|i386|wasm_(relaxed_)?simd(128)?)__|_M_(X64|ARM64)")
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)


def headers(root: Path) -> Iterator[tuple[str, str]]:
    base = root / "include" / "tenon"
    for path in sorted(base.rglob("*.hpp")):
        yield path.relative_to(base).as_posix(), path.read_text()


@functools.cache  # planted faults change one file at a time
def code_lines(text: str) -> list[tuple[int, str]]:
    """Lines with their numbers, without comments and what is in strings (but for includes)."""
    def blank(match: re.Match[str]) -> str:
        return '""' + "\n" * match.group().count("\n") if match.group()[0] == '"' else "\n" * match.group().count("\n")
    includes = {n: line for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*#\s*include", line)}
    return [(number, includes.get(number, line)) for number, line in enumerate(COMMENT_OR_STRING.sub(blank, text).splitlines(), 1)]


def included(text: str) -> Iterator[tuple[int, str]]:
    for number, line in code_lines(text):
        if found := re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line):
            yield number, found.group(1)


def layers(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        folder = name.split("/")[0]
        if name == "tenon.hpp":
            continue
        if folder not in RANK:
            yield f"{name}: {folder} is not a layer"
            continue
        for number, path in included(text):
            if path.startswith("."):
                path = posixpath.normpath(posixpath.join("tenon", posixpath.dirname(name), path))
            if not path.startswith("tenon/"):
                continue
            other = path.split("/")[1]
            if other != folder and RANK.get(other, len(LAYERS)) >= RANK[folder]:
                yield f"{name}:{number}: {folder} does not know {other}"
    for path in sorted((root / "tests" / "reference").rglob("*.hpp")):
        for number, target in included(path.read_text()):
            if re.match(r"tenon/(kernels|simd)/", target):
                yield f"tests/reference/{path.name}:{number}: a reference knows neither kernels nor simd"


def instructions(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        if name == "simd/arch.hpp":
            continue
        for number, line in code_lines(text):
            if found := INTRINSICS.search(line):
                yield f"{name}:{number}: {found.group().strip()} belongs into simd/arch.hpp"
            if name == "core/config.hpp":  # names the kind of build
                line = re.sub(r"__wasm_(simd128|relaxed_simd)__", "", line)
            if found := re.match(r"\s*#\s*(el)?if", line) and ISA_MACROS.search(line):
                yield f"{name}:{number}: {found.group()} belongs into simd/arch.hpp"


def exceptions(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        for number, line in code_lines(text):
            if name != "core/error.hpp" and (found := re.search(r"\b(throw|try|catch)\b", line)):
                yield f"{name}:{number}: {found.group()} outside of core/error.hpp"


def sizes(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        if (lines := text.count("\n")) > 500:
            yield f"{name}: {lines} lines, more than 500"


def library(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        for number, path in included(text):
            if path in UNWANTED:
                yield f"{name}:{number}: includes <{path}>"
            elif name == "tenon.hpp" and path.split("/")[0] in RANK:
                continue
            elif re.search(r"[/.]", path) and not re.match(r"tenon/|\.|\w+\.hpp$", path) and name != "simd/arch.hpp":
                yield f"{name}:{number}: includes {path}, not of the C++ library"


def macros(root: Path) -> Iterator[str]:
    lasting = {}
    for name, text in headers(root):
        lines = [line for _, line in code_lines(text)]
        undone = set(re.findall(r"^\s*#\s*undef\s+(\w+)", "\n".join(lines), re.MULTILINE))
        for macro in re.findall(r"^\s*#\s*define\s+(\w+)", "\n".join(lines), re.MULTILINE):
            if not macro.startswith("TENON_"):
                yield f"{name}: macro {macro} is not called TENON_"
            elif macro not in undone:
                lasting[macro] = name
    if len(lasting) > 6:
        yield f"{', '.join(lasting.values())}: {len(lasting)} macros, more than six: {', '.join(lasting)}"


def openings(root: Path) -> Iterator[str]:
    for name, text in headers(root):
        if not re.match(r"// \S", text):
            yield f"{name}: does not say in its first line what it is"
        if text.count("#pragma once\n") != 1:
            yield f"{name}: has no #pragma once"


def tests(root: Path) -> Iterator[str]:
    """tests/CMakeLists.txt takes tests/LAYER/NAME.cpp; what lies elsewhere would never be run."""
    base = root / "tests"
    for path in sorted(base.rglob("*.cpp")):
        name = path.relative_to(base)
        if re.search(r"^\s*TEST_CASE", path.read_text(), re.MULTILINE) and (
                len(name.parts) != 2 or name.parts[0] not in RANK):
            yield f"tests/{name}: is in no layer's folder, so nothing runs it"


def listed(root: Path) -> Iterator[str]:
    """An operator that no list names would be tested by nobody, a list that all.hpp lacks loaded by nobody."""
    folder = root / "include" / "tenon" / "ops"
    everything = (folder / "all.hpp").read_text()
    for path in sorted(folder.glob("*.hpp")):
        text = "\n".join(line for _, line in code_lines(path.read_text()))
        lists = re.findall(r"^using (\w+) = list<([^>]*)>;", text, re.MULTILINE)
        named = {name.strip() for _, names in lists for name in names.split(",")}
        for operator in re.findall(r"^struct (\w+) (?:final )?\{\s*using kind = kinds::", text, re.MULTILINE):
            if operator not in named:
                yield f"ops/{path.name}: no list names {operator}"
        for name, _ in lists:
            if not re.search(rf"\b{name}\b", everything.split("using all", 1)[-1]):
                yield f"ops/{path.name}: all.hpp does not name {name}"


RULES = {rule.__name__: rule for rule in
         [layers, instructions, exceptions, sizes, library, macros, openings, tests, listed]}

PLANTED = {
    "layers": {
        "core/planted.hpp": "#include <tenon/simd/vec.hpp>\n",
        "onnx/planted.hpp": '#include "tenon/nn/linear.hpp"\n',
        "graph/planted.hpp": "#include <tenon/nowhere/x.hpp>\n",
        "simd/planted.hpp": '#include "../kernels/map.hpp"\n',
        "util/planted.hpp": "int x;\n",
    },
    "instructions": {
        "kernels/planted.hpp": "inline void f() { _mm_pause(); }\n",
        "ops/planted.hpp": "#include <wasm_simd128.h>\n",
        "simd/planted.hpp": "auto f(v128_t a) { return wasm_f32x4_add(a, a); }\n",
        "core/planted.hpp": "/* a\n comment */\n#if defined(__AVX2__)\n#endif\n",
        "graph/planted.hpp": "#ifdef __wasm_simd128__\n#endif\n",
    },
    "exceptions": {
        "core/planted.hpp": "inline void f() { throw 1; }  // no\n",
        "onnx/planted.hpp": 'inline const char* f() { try { return "a"; } catch (...) {} }\n',
    },
    "sizes": {"core/planted.hpp": "\n" * 501},
    "library": {
        **{f"core/planted_{name}.hpp": f"#  include <{name}>\n" for name in UNWANTED},
        "data/planted.hpp": "#include <stb/stb_image.h>\n",
        "ops/planted.hpp": "#include <unistd.h>\n",
    },
    "macros": {
        "core/planted.hpp": "".join(f"#define TENON_PLANTED_{i} {i}\n" for i in range(7)),
        "simd/planted.hpp": "#define MIN(a, b) 0\n",
    },
    "openings": {
        "core/planted.hpp": "#pragma once\n",
        "simd/planted.hpp": "// Without the other thing.\n",
    },
    "listed": {
        "ops/planted.hpp": "// A.\n#pragma once\nstruct Planted {\n  using kind = kinds::unary;\n};\nusing some = list<Other>;\n",
        "ops/planted_too.hpp": "// A.\n#pragma once\nusing planted = list<Planted>;\n",
    },
    "tests": {
        "../../tests/planted.cpp": 'TEST_CASE("x") {}\n',
        "../../tests/core/more/planted.cpp": 'TEST_CASE("x") {}\n',
    },
}
