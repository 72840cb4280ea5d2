"""onnx test: operators that the backend suite has no cases of give what onnxruntime gives, see
tests/onnx/reference_cases/make.py, and refuse wrong inputs in between."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import expect, finish, run  # noqa: E402

CASES = Path("tests/onnx/reference_cases")

models = list(CASES.glob("*/*/model.onnx"))
count = len(models)
expect(run("test", "--abuse", *sorted({model.parents[1] for model in models})), 0, out=rf"\A{count} passed, 0 failed\n\Z", err=r"\A\Z")
finish()
