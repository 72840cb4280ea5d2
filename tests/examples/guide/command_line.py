"""guide: command lines and files that are not as they should be."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import SCRATCH, expect, finish, run  # noqa: E402

expect(run("--help"), 0, out=r"\Ausage: guide train --data DIR --artifacts DIR", err=r"\A\Z")
HELP = r"; `guide --help` lists what there is\n\Z"
for words, why in [
    ([], "a command is missing: train or infer"),
    (["teach"], "there is no command 'teach', only train and infer"),
    (["train", "--data", "x"], "--artifacts DIR is missing"),
    (["train", "--artifacts", "x"], "--data DIR is missing"),
    (["train", "--artifacts", "x", "--data", "x", "y.png"], "train takes no pictures"),
    (["train", "--artifacts", "x", "--data", "x", "--epochs", "0"], "--epochs takes a whole number from 1 to 65536, not '0'"),
    (["train", "--artifacts", "x", "--data", "x", "--resume", "--seed", "2"], "--resume goes on with the configuration that is in x"),
    (["infer", "--artifacts", "x"], "pictures are missing"),
    (["infer", "--artifacts", "x", "--data", "x", "y.png"], "infer takes --artifacts, --json and pictures only"),
    (["train", "--what"], "there is no option --what"),
]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Aguide: {why}(.|\n)*{HELP}")

folder = SCRATCH / "artifacts"
folder.mkdir(exist_ok=True)
for old in folder.iterdir():
    old.unlink()
nowhere = SCRATCH / "nowhere"
expect(run("train", "--data", nowhere, "--artifacts", folder), 1, out=r"\A\Z",
       err=rf"\Aguide: {nowhere}/mnist\.images\.npy: cannot be opened: No such file or directory\n\Z")
expect(run("train", "--data", "build/models", "--artifacts", nowhere / "deep"), 1, out=r"\A\Z", err=r"/deep: cannot be made: No such file or directory\n\Z")
expect(run("train", "--data", "build/models", "--artifacts", nowhere, "--resume"), 1, err=r"/config\.json: cannot be opened")
config = folder / "config.json"
for text, why in [
    ('{\n  "epoch": 3\n}', "line 2, column 3: there is no 'epoch'; known are model, epochs, batch_size, seed, learning_rate"),
    ('{"model": {"hidden": "wide"}}', "line 1, column 22: 'model.hidden' takes a whole number, not a text"),
    ('{"model": {"hidden": 0}}', "'model.hidden' is 0, not from 1 to 65536"),
    ('{"learning_rate": -1}', "'learning_rate' is -1, not above 0 and at most 1"),
    ('{"epochs": 1', "line 1, column 13: the text ends where ',' or '}' is expected"),
]:
    config.write_text(text)
    for words in [["infer", "--artifacts", folder, "x.png"], ["train", "--artifacts", nowhere, "--data", "x", "--config", config]]:
        expect(run(*words), 1, out=r"\A\Z", err=rf"\Aguide: {config}: {why}")
config.write_text("{}")
weights = folder / "model.safetensors"
expect(run("infer", "--artifacts", folder, "x.png"), 1, err=rf"\Aguide: {weights}: cannot be opened")
weights.write_bytes(b"\2\0\0\0\0\0\0\0{}")
expect(run("infer", "--artifacts", folder, "x.png"), 1, err=rf"\Aguide: {weights}: the record does not fit: lacks 'conv1\.weight'\n  lacks 'conv1\.bias'\n")
weights.write_bytes(b"\xff" * 20)
expect(run("infer", "--artifacts", folder, "x.png"), 1, err=rf"\Aguide: {weights}: safetensors: a header of 18446744073709551615 bytes in a file of 20\n")
finish()
