"""Headers that compile-model made, compiled the way a user would and run: they know operators and what
is below, nothing of graph/ and onnx/. (That the bits are the loader's, tests/codegen/generated.cpp says.)
generated.py HEADER_FOLDER ROOT SCRATCH COMPILER... -- [RUNNER...]."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

at = sys.argv.index("--")
headers, root, scratch = map(Path, sys.argv[1:4])
compiler, runner = sys.argv[4:at], sys.argv[at + 1:]
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
(scratch / "main.cpp").write_text(r"""
#include "classifier.hpp"
#include "pictures.hpp"

template <class Dims>
tenon::tensor<float, Dims> numbers() {
  tenon::tensor<float, Dims> x;
  unsigned n = 7;
  for (float& f : x) f = static_cast<float>((n = n * 1664525u + 1013904223u) >> 16) / 32768 - 1;
  return x;
}
int main() {
  classifier::model one;
  const auto y = one(numbers<classifier::model::x_dims>());
  float sum = 0;
  for (int i = 0; i < 5; ++i) sum += y[1, i];
  std::printf("probabilities that make %.3f\n", static_cast<double>(sum));
  pictures::model two;
  const auto pooled = two(numbers<pictures::model::default_2_dims>()).pooled;
  std::printf("pooled to [%d,%d]\n", static_cast<int>(pooled.dim(2)), static_cast<int>(pooled.dim(3)));
}
""")
program, dependencies = scratch / "program", scratch / "main.d"
# Not optimised: what is only mentioned is in the program then too, and would be seen below.
subprocess.run([*compiler, "-std=c++23", "-O0", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror", "-Wno-psabi",
                "-DTENON_DTYPES=f32", "-MD", "-MF", dependencies, "-I", root / "include", "-I", headers,
                scratch / "main.cpp", "-o", program], check=True)
used = {m.replace("codegen/../", "") for m in re.findall(r"/include/tenon/(\S+\.hpp)", dependencies.read_text())}
used = {re.sub(r"\w+/\.\./", "", re.sub(r"\w+/\.\./", "", name)) for name in used}
layers = {name.split("/")[-2] for name in used}
if not {"ops", "core"} <= layers <= {"core", "simd", "kernels", "ops", "codegen"} or \
        {name for name in used if name.startswith("codegen/")} != {"codegen/generated.hpp"}:
    sys.exit(f"a generated header includes {sorted(used)}")
content = program.read_bytes()
if b"run_context" not in content:
    sys.exit("the program has no symbols to look at")
for word in (b"onnx", b"session", b"make_plan", b"infer_shapes", b"value_info", b"absorb_affine", b"walk_attributes"):
    if word in content:
        sys.exit(f"{word!r} is in a program that has only generated headers")
said = subprocess.run([*runner, program], check=True, capture_output=True, text=True).stdout
wanted = "probabilities that make 1.000\npooled to [3,2]\n"
if said != wanted:
    sys.exit(f"the program says\n{said}instead of\n{wanted}")
print(said, end="")
