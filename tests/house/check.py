"""Checks a rule of rules.py: check.py RULE ROOT.

With --planted it checks the rule instead: plants one fault at a time in a copy of the sources, and
wants to see its file named, and nothing else that was not there before.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from rules import PLANTED, RULES


def unseen(rule: str, root: Path) -> list[str]:
    before, faults = set(RULES[rule](root)), []
    with tempfile.TemporaryDirectory() as copy:
        for folder in ("include", "tests"):
            shutil.copytree(root / folder, Path(copy) / folder, ignore=shutil.ignore_patterns("models", "reference_cases"))
        for name, text in PLANTED[rule].items():
            file = (Path(copy) / "include" / "tenon" / name).resolve()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            found = set(RULES[rule](Path(copy))) - before
            file.unlink()
            name = name.removeprefix("../../")
            if not any(name in fault for fault in found):
                faults.append(f"{name}: not seen: {text[:60]!r}")
            faults += [f"seen but not planted: {fault}" for fault in found if name not in fault]
    return faults


def main() -> int:
    planted = sys.argv[1] == "--planted"
    rule, root = sys.argv[-2], Path(sys.argv[-1])
    faults = unseen(rule, root) if planted else list(RULES[rule](root))
    print("\n".join(faults) or f"{rule}: no faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
