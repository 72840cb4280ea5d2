#!/usr/bin/env python3
"""Makes the cases in this folder, laid out as ONNX's backend suite lays out its own: GROUP/CASE with model.onnx,
tolerance.json, and in test_data_set_0 the inputs and what onnxruntime computes from them. They test operators that
the suite has no cases of.

    pip install onnx==1.23.2 onnxruntime==1.31.1 scikit-learn==1.9.1 skl2onnx==1.20.0
    tests/onnx/reference_cases/make.py [GROUP...]

A group is a module beside this file with a function `cases` that gives Case after Case (case.py). Its folder is
made anew. A case is a test as soon as its folder is here: tests/examples/onnx/reference_cases.py.
"""

import argparse
import importlib
import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from case import Case

HERE = Path(__file__).parent
GROUPS = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in ("make", "case"))


def write(folder: Path, case: Case) -> int:
    """The case in a folder of its own; how many bytes it takes."""
    session = onnxruntime.InferenceSession(case.model.SerializeToString(), providers=["CPUExecutionProvider"])
    given = dict(zip([port.name for port in session.get_inputs()], case.inputs, strict=True))
    names = [port.name for port in session.get_outputs()]
    data = folder / "test_data_set_0"
    data.mkdir(parents=True)
    files = {folder / "model.onnx": case.model.SerializeToString(deterministic=True),
             folder / "tolerance.json": json.dumps({"rtol": case.rtol, "atol": case.atol}).encode()}
    for role, tensors in ("input", given), ("output", dict(zip(names, session.run(None, given), strict=True))):
        for i, (name, array) in enumerate(tensors.items()):
            tensor = onnx.numpy_helper.from_array(np.asarray(array), name)
            files[data / f"{role}_{i}.pb"] = tensor.SerializeToString(deterministic=True)
    for path, content in files.items():
        path.write_bytes(content)
    return sum(map(len, files.values()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", metavar="GROUP", nargs="*", help=f"of {', '.join(GROUPS)}; all by default")
    groups = parser.parse_args().groups or GROUPS
    if unknown := set(groups) - set(GROUPS):
        parser.error(f"there is no group {', '.join(sorted(unknown))}")
    warnings.simplefilter("ignore")
    onnxruntime.set_default_logger_severity(3)
    for group in groups:
        shutil.rmtree(HERE / group, ignore_errors=True)
        sizes = [write(HERE / group / case.name, case) for case in importlib.import_module(group).cases()]
        print(f"{group}: {len(sizes)} cases, {sum(sizes) / 1024:.1f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
