"""For tests that run a program, natively or as a guest, and look at what it answers.

Such a script is called with the command that runs the program, to which it appends arguments.
The current folder is the source folder, which is all that a guest sees, as "."; SCRATCH is a
folder below it for files of this entry. expect() says what is not as it should be and goes on,
finish() ends the script.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

COMMAND = sys.argv[1:]
SCRATCH = Path(os.environ.get("TENON_SCRATCH", "build"))
_faults = 0


class Answer(NamedTuple):
    code: int
    out: str
    err: str
    arguments: tuple[str, ...]


def run(*arguments: object, timeout: float = 300, program: str | None = None) -> Answer:
    """Runs the program, or another one of the same build by its name."""
    words = tuple(str(a) for a in arguments)
    own = Path(COMMAND[-1])
    command = [*COMMAND[:-1], str(own.with_name(program + own.suffix)) if program else COMMAND[-1]]
    done = subprocess.run([*command, *words], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    return Answer(done.returncode, done.stdout, done.stderr, words)


def expect(answer: Answer, code: int = 0, out: str | None = None, err: str | None = None) -> None:
    """Compares the exit code, and standard output and error with regular expressions."""
    for what, wanted, found in [("standard output", out, answer.out), ("standard error", err, answer.err)]:
        if wanted is not None and not re.search(wanted, found, re.MULTILINE):
            fault(f"{what} has no match of {wanted!r}", answer)
    if answer.code != code:
        fault(f"the exit code is {answer.code}, not {code}", answer)
    if code < 128 and re.search(r"\b(wasm trap|wasm error|RuntimeError|execution failed|Sanitizer)\b", answer.err):
        fault("it trapped", answer)


def fault(sentence: str, answer: Answer | None = None) -> None:
    global _faults
    _faults += 1
    print(f"FAULT: {sentence}")
    if answer:
        print(f"  arguments: {' '.join(answer.arguments)}\n  exit code: {answer.code}")
        print(f"  standard output: {answer.out}\n  standard error: {answer.err}")


def finish() -> None:
    print(f"{_faults} faults")
    sys.exit(_faults > 0)
