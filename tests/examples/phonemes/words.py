"""phonemes: English words, spoken as onnxruntime 1.31.1 and g2p_en's own Python say of the model."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from program import expect, fault, finish, run  # noqa: E402

SPOKEN = {
    "activation": "AE2 K T IH0 V EY1 SH AH0 N",
    "tensor": "T EH1 N S ER0",
    "WebAssembly": "W EH1 B AH0 S M AH0 B L IY0",
    "ONNX": "AA1 N K S",
    "recurrent": "R IH0 K ER1 AH0 N T",
    "xylophone": "Z AY1 L AH0 F OW2 N",
    "a": "AA1",
    "knight": "N AY1 T",
    "antidisestablishmentarianism": "AE2 N T IY0 D IY0 AE1 N S IH0 M AH0 B EH2 SH AH0 N Z",
}
LONG = "pneumonoultramicroscopicsilicovolcanoconiosis"
answer = run(*SPOKEN, LONG)
expect(answer, 0, err=rf"\Aphonemes: {LONG}: these are its first 20 phonemes; the model writes no more\n\Z")
width = len(LONG)
wanted = [f"{word:{width}}  {spoken}" for word, spoken in SPOKEN.items()]
wanted.append(f"{LONG}  N IY2 M OW0 JH AE2 N K OW0 S EH2 R AH0 L AH0 N EY1 S IY0 OW0")
if answer.out.splitlines() != wanted:
    fault(f"not {wanted}", answer)

# A word that is none has its sentence, and the others are told all the same.
answer = run("--", "route66", "na\u00efve", "don't", "", "@", "x" * 1001, "-", "hello")
expect(answer, 1, out=r"\Ahello +HH EH1 L OW0\n\Z", err=r"\A" + "".join(f"phonemes: {s}\n" for s in [
    "route66: '6' is none of the letters a to z", "na\u00efve: '\u00ef' is none of the letters a to z",
    "don't: ''' is none of the letters a to z", "a word without letters", "@: '@' is none of the letters a to z",
    "a word of 1001 letters, more than 1000", "-: '-' is none of the letters a to z"]) + r"\Z")

expect(run("--help"), 0, out=r"\Ausage: phonemes WORD\.\.\.\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "words are missing"), (["--loud", "a"], "there is no option --loud")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Aphonemes: {sentence}; `phonemes --help` lists what there is\n\Z")
finish()
