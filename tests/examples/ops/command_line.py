"""ops: its command line, its file of settings, and requests that cannot be met: a sentence, 2, and nothing printed."""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import write  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

SEED = """[{
        "input-data": [1, 2, 3, 4],
        "dim-size": 2,
        "shape": [2, 2]
    },
    {
        "input-data": [3, 4, 5, 6],
        "dim-size": 2,
        "shape": [2, 2]
    }
]"""


def printed(*rows: str, form: str = "FP32Array", shape: str = "2, 2") -> str:
    """What the program prints, to the byte."""
    lines = ",\n      ".join(rows)
    data = f"\n      {lines}\n    " if len(rows) > 1 else lines
    text = f'{{\n  "input-data": {{\n    "{form}": [{data}]\n  }},\n  "shape": [{shape}],\n  "dim-size": {len(shape.split(", "))}\n}}\n'
    return rf"\A{re.escape(text)}\Z"


# As the seed's command was used.
inputs = write("inputs.json", SEED)
expect(run("-i", inputs), 0, out=printed("4.0, 6.0", "8.0, 10.0"), err=r"\A\Z")
expect(run("--op-type", "Mul", "--data-type", "INT32", "--input-data-file", inputs), 0,
       out=printed("3, 8", "15, 24", form="INT32Array"), err=r"\A\Z")
expect(run("-o", "EqualCount", "-d", "INT8", "--input", SEED), 0, out=r'\A\{\n  "input-data": \{\n    "Numeric": 0\n  \}\n\}\n\Z')
expect(run("-o", "Argmax", "-d", "INT8", "-I", "[[1, 5, 5]]"), 0, out=printed("5, 1", form="INT8Array", shape="2"))
expect(run("-o", "argmax", "-I", '[[1, "NaN"], [0]]'), 0, out=printed('"NaN", 1.0', shape="2"))
typed = '[{"input-data": {"INT8Array": [100]}, "shape": [1], "dim-size": 1}, {"input-data": {"INT8Array": [100]}}]'
expect(run("-I", typed), 0, out=printed("-56", form="INT8Array", shape="1"))
expect(run("-d", "UINT64", "-I", "[[18446744073709551615, 9223372036854775808], [0, 1]]"), 0,
       out=printed("18446744073709551615, 9223372036854775809", form="UINT64Array", shape="2"))

# Attributes, several outputs, optional inputs and outputs.
expect(run("-o", "softmax", "-a", "axis=0", "-I", "[[[0], [0]]]"), 0, out=printed("0.5", "0.5", shape="2, 1"))
expect(run("-o", "Clip", "-I", "[[1, 2, 3], null, 2]"), 0, out=printed("1.0, 2.0, 2.0", shape="3"))
answer = run("-o", "MaxPool", "-a", "kernel_shape=[2]", "--outputs", 2, "-I", "[[[[3, 1, 4, 1, 5]]]]")
expect(answer, 0, err=r"\A\Z")
if [(o["name"], *o["input-data"].items()) for o in json.loads(answer.out)] != [
        ("Y", ("FP32Array", [3, 4, 4, 5])), ("Indices", ("INT64Array", [0, 2, 2, 4]))]:
    fault("two outputs", answer)

# Settings, which the command line overrides.
settings = write("settings.json", json.dumps({"op-type": "Concat", "data-type": "INT32", "input-data-file": str(inputs),
                                              "attributes": {"axis": 0}}))
expect(run("-c", settings), 0, out=printed("1, 2", "3, 4", "3, 4", "5, 6", form="INT32Array", shape="4, 2"))
expect(run("-c", settings, "-d", "fp32", "-a", "axis=1", "-I", "[[[1]], [[2]]]"), 0, out=printed("1.0, 2.0", shape="1, 2"))

# What there is.
expect(run("--help"), 0, out=r"\Ausage: ops (.+\n|\n)+\Z", err=r"\A\Z")
answer = run("--list")
expect(answer, 0, out=r"^Concat +inputs\.\.\. -> concat_result$", err=r"\A\Z")
for name in ("Add", "ArgMax", "EqualCount", "Mul", "Softmax", "LSTM"):
    expect(answer, 0, out=rf"^{name} ")
if re.search(r"^(If|Loop|Scan|Legacy\w+) ", answer.out, re.MULTILINE) or not 160 <= answer.out.count("\n") <= 240:
    fault("the list of operators", answer)
expect(run("--list", "-o", "lrn"), 0, out=r"\ALRN: X -> Y\n  X +FP32 .+\n  Y +as X\nattributes\n  alpha +a number, 0\.0001 by default\n(.+\n)+\Z")

# Requests that cannot be met.
hint = "; `ops --help` lists what there is"
for words, sentence in [
        ([], f"tensors are missing: --input takes JSON, --input-data-file a file of it{hint}"),
        (["x.json"], f"everything is an option here, and 'x.json' is none{hint}"),
        (["--loud"], f"there is no option --loud{hint}"),
        (["-I"], f"a value is missing after -I{hint}"),
        (["-I", "[]", "-i", inputs], f"--input and --input-data-file are both given{hint}"),
        (["-a", "axis", "-I", "[]"], f"--attribute takes NAME=VALUE, not 'axis'{hint}"),
        (["--outputs", "0"], f"--outputs takes a whole number from 1 to 1024, not '0'{hint}"),
        (["-o", "Argmx", "-I", "[]"], "there is no operator 'Argmx'; nearest is ArgMax"),
        (["-o", "Conv2d", "-I", "[]"], "there is no operator 'Conv2d'; nearest is Conv"),
        (["-o", "Sorcery", "-I", "[]"], "there is no operator 'Sorcery'; --list prints those that there are"),
        (["-o", "Loop", "--list"], "there is no operator 'Loop'; --list prints those that there are"),
        (["-I", "[[1, 2], [3,, 4]]"], "--input: line 1, column 13: a value is expected, not ','"),
        (["-I", "{}"], "--input: line 1, column 1: a list of tensors is expected, not an object"),
        (["-I", '[{"input-data": [1]}, {"input_data": [1]}]'], "--input: line 1, column 24: unknown key 'input_data'; nearest is input-data"),
        (["-I", '[{"shape": [1]}]'], "--input: line 1, column 2: input-data is missing"),
        (["-I", '[{"input-data": {"FP33Array": [1]}}]'], "--input: line 1, column 18: there is no form 'FP33Array' of input-data; "
         "there are Boolean, Numeric, FP32Array, INT32Array, INT8Array and so on"),
        (["-I", '[{"input-data": [1, 2, 3], "shape": [2, 2]}]'], "--input: line 1, column 37: shape [2,2] takes 4 values, and 3 are given"),
        (["-I", '[{"input-data": [], "shape": [4294967296, 4294967296]}]'],
         "--input: line 1, column 30: shape [4294967296,4294967296] takes more than 2^63 values, and 0 are given"),
        (["-I", '[{"input-data": [1], "shape": [-1]}]'], "--input: line 1, column 32: a dimension is a whole number from 0 on"),
        (["-I", '[{"input-data": [1], "dim-size": 2}]'], "--input: line 1, column 34: dim-size is 2, but shape [1] has 1 dimension"),
        (["-I", "[[[1, 2], [3]]]"], "--input: line 1, column 11: a list of 1 stands beside lists of 2"),
        (["-I", "[[[1], 2]]"], "--input: line 1, column 8: a list of 1 values is expected, not a number"),
        (["-d", "INT8", "-I", "[[127, 128]]"], "--input: line 1, column 8: 128 is outside INT8, which holds -128 to 127"),
        (["-d", "INT32", "-I", "[[1, 2.5]]"], "--input: line 1, column 6: a whole number is expected for INT32, not 2.5"),
        (["-d", "INT32", "-I", "[[1e10]]"], "--input: line 1, column 3: 10000000000.0 is outside INT32, which holds -2147483648 to 2147483647"),
        (["-d", "UINT64", "-I", "[[18446744073709551616]]"],
         "--input: line 1, column 3: 1.8446744073709552e+19 is outside UINT64, which holds 0 to 18446744073709551615"),
        (["-d", "INT64", "-I", "[[9223372036854775808]]"],
         "--input: line 1, column 3: 9223372036854775808 is outside INT64, which holds -9223372036854775808 to 9223372036854775807"),
        (["-d", "UINT64", "-I", "[[-1]]"], "--input: line 1, column 3: -1 is outside UINT64, which holds 0 to 18446744073709551615"),
        (["-I", "[[1e39]]"], "--input: line 1, column 3: 1e+39 is outside FP32"),
        (["-I", '[["one"]]'], "--input: line 1, column 3: a number is expected for FP32, not a text"),
        (["-o", "Softmax", "-a", "axes=1", "-I", "[[1]]"], "Softmax: there is no attribute 'axes'; nearest is axis"),
        (["-o", "Softmax", "-a", "axis=one", "-I", "[[1]]"], 'Softmax: attribute axis takes a whole number, not "one"'),
        (["-o", "Cast", "-I", "[[1]]"], "Cast: attribute to is missing"),
        (["-I", "[[1]]"], "Add: takes 2 inputs, not 1"),
        (["-I", "[[1, 2], [1, 2, 3]]"], "Add: shapes do not broadcast: [2] and [3]"),
        (["-o", "And", "-d", "FP32", "-I", "[[1], [1]]"], "And: input A cannot be float32; --list -o And says what it takes"),
        (["-o", "Relu", "--outputs", "2", "-I", "[[1]]"], "Relu: has 1 output, not 2"),
        (["-i", write("module.json", b"\0asm\1\0\0\0")], f"{SCRATCH / 'module.json'}: is a WebAssembly module; the operators are part of "
         "this program, and a file of settings or data is JSON"),
        (["-i", write("lines.json", "[[1],\n [2, x]]")], f"{SCRATCH / 'lines.json'}: line 2, column 6: a value is expected, not 'x'"),
        (["-c", write("config.json", '{"op_type": "Add"}')], f"{SCRATCH / 'config.json'}: line 1, column 2: unknown key 'op_type'; nearest is op-type"),
        (["-c", write("list.json", "[]")], f"{SCRATCH / 'list.json'}: line 1, column 1: settings are an object, not a list")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\A{re.escape(f'ops: {sentence}')}\n\Z")
expect(run("-d", "FP31", "-I", "[]"), 2, out=r"\A\Z", err=r"\Aops: there is no data type 'FP31'; there are FP32, .+\n\Z")

# Good requests that files or memory stand against.
expect(run("-i", SCRATCH / "none.json"), 1, out=r"\A\Z", err=r"\Aops: .+none\.json: cannot be opened: No such file or directory\n\Z")
expect(run("-o", "ConstantOfShape", "-I", "[[1000000]]", "--max-memory", 1000000), 1, out=r"\A\Z",
       err=r"\Aops: ConstantOfShape: needs \d+ bytes, more than the 1000000 that are left\n\Z")
finish()
