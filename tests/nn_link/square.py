"""Writes the model y = x x^T, of any two dimensions: square.py FILE."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from handmade import field, model, node, port  # noqa: E402

perm = field(1, "perm") + field(20, 7) + b"".join(field(8, axis) for axis in (1, 0))
Path(sys.argv[1]).write_bytes(model(
    [node("Transpose", "x", "t") + field(5, perm), node("MatMul", "x t", "y")], [port("x", ["rows", "columns"])], [port("y", ["rows", "rows"])]))
