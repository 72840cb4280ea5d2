"""Other cases than those of the list: renamed, with fresh inputs, and what PyPI onnx's reference evaluator makes of them.

reseed.py SUITE OUTDIR [COUNT [SEED]]: takes COUNT (200) cases of tier 1 from a folder that
toolchains/get-suite made, and writes OUTDIR/NAME; `onnx test OUTDIR` runs them. Nothing of it is kept.
Cases whose inputs are integers or strings alone, and those that the evaluator cannot run, are passed over. It does not
do what the standard says with indices of OneHot between whole numbers, which stay whole, and with LogSoftmax of numbers far
apart, of which it makes infinities: these are passed over as well.
"""

import csv
import json
import random
import shutil
import sys
import warnings
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator


def fresh(value: numpy.ndarray, draw: numpy.random.Generator) -> numpy.ndarray:
    """Other numbers in the range of the old ones; integers are axes, shapes and indices as often as data, and stay."""
    if value.dtype == bool:
        return draw.random(value.shape) < 0.5
    if value.dtype.kind != "f" or value.size < 2:  # single numbers are depths, ratios and limits
        return value
    finite = value[numpy.isfinite(value)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 1.0)
    return draw.uniform(low, max(high, low + 1e-3), value.shape).astype(value.dtype)


def rename(graph: onnx.GraphProto) -> None:
    """Every value of the graph by another name; those of graphs inside of nodes would need more, so such cases are left out."""
    def other(name: str) -> str:
        return f"{name}/renamed'{len(name)}" if name else ""
    for info in [*graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        info.name = other(info.name)
    for number, node in enumerate(graph.node):
        node.name = f"node {number}"
        node.input[:] = [other(name) for name in node.input]
        node.output[:] = [other(name) for name in node.output]


def main() -> int:
    suite, outdir = Path(sys.argv[1]), Path(sys.argv[2])
    count, seed = [int(n) for n in sys.argv[3:]] + [200, 1][len(sys.argv) - 3:]
    with (Path(__file__).parent / "cases.tsv").open(newline="") as file:
        first = {row["name"] for row in csv.DictReader(file, delimiter="\t") if row["tier"] == "1"}
    folders = [folder for folder in sorted((suite / "node").iterdir()) if folder.name in first]
    random.Random(seed).shuffle(folders)
    draw = numpy.random.default_rng(seed)
    warnings.simplefilter("ignore")
    shutil.rmtree(outdir, ignore_errors=True)
    written = 0
    for folder in folders:
        if written == count:
            break
        model = onnx.load(folder / "model.onnx")
        if any(a.HasField("g") for n in model.graph.node for a in n.attribute) or "dropout" in folder.name:
            continue
        try:
            inputs = []
            for i in range(len(model.graph.input)):
                tensor = TensorProto.FromString((folder / "test_data_set_0" / f"input_{i}.pb").read_bytes())
                inputs.append(numpy_helper.to_array(tensor))
            again = [fresh(value, draw) for value in inputs]
            if all(old is new for old, new in zip(inputs, again)):
                continue
            kinds = {node.op_type for node in model.graph.node}
            if "OneHot" in kinds:
                again[0] = numpy.rint(again[0]).astype(again[0].dtype)
            rename(model.graph)
            names = [info.name for info in model.graph.input]
            outputs = ReferenceEvaluator(model).run(None, dict(zip(names, again)))
            if any(not isinstance(value, numpy.ndarray) for value in outputs) or (
                    "LogSoftmax" in kinds and not numpy.isfinite(outputs[0]).all()):
                continue
        except Exception:  # the evaluator raises anything
            continue
        to = outdir / folder.name
        (to / "test_data_set_0").mkdir(parents=True)
        (to / "model.onnx").write_bytes(model.SerializeToString())
        largest = max((float(numpy.abs(v[numpy.isfinite(v)]).max(initial=0)) for v in outputs if v.dtype.kind == "f"), default=0)
        # Fresh numbers cancel where those of the suite do not.
        (to / "tolerance.json").write_text(json.dumps({"rtol": 1e-3, "atol": 1e-7 + 1e-6 * largest}))
        for role, values, infos in [("input", again, model.graph.input), ("output", outputs, model.graph.output)]:
            for i, (value, info) in enumerate(zip(values, infos)):
                (to / "test_data_set_0" / f"{role}_{i}.pb").write_bytes(numpy_helper.from_array(value, info.name).SerializeToString())
        written += 1
    print(f"{written} cases in {outdir}")
    return written != count


if __name__ == "__main__":
    sys.exit(main())
