"""similar: sentences ranked by MiniLM, and the tokens that they are cut into."""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import write  # noqa: E402
from program import COMMAND, SCRATCH, expect, fault, finish, run  # noqa: E402

# What onnxruntime 1.31.1 and tokenizers 0.23.3 make of these sentences, the mean over all tokens taken.
QUERY = "How do I get back into my account?"
SCORES = {
    "I forgot my password and cannot log in.": 0.6621,
    "Please reset the login for my profile.": 0.5345,
    "My user name is not accepted any more.": 0.4473,
    "She banks her money every Friday.": 0.1144,
    "The river's bank was muddy after the rain.": 0.0794,
    "The cat sat on the mat and watched the birds.": 0.0229,
    "A kitten is looking at sparrows from its rug.": -0.0646,
}
long = "account " * 300
first = write("first.txt", "".join(f"{s}  \r\n" for s in [*reversed(SCORES), " ", "\u200b"]))
second = write("second.txt", f"\n{long}")
answer = run(QUERY, first, second)
expect(answer, 0, err=rf"\Asimilar: {second}: line 2 has 302 tokens, of which the model reads the first 256\n\Z")
ranked = re.findall(r"^ ?(-?\d\.\d{4})  (.+)$", answer.out, re.MULTILINE)
ranked = [(float(score), text) for score, text in ranked if not text.startswith("account")]
if [text for _, text in ranked] != list(SCORES) or len(answer.out.splitlines()) != len(SCORES) + 1:
    fault(f"the order is not {list(SCORES)}", answer)
for score, text in ranked:
    if abs(score - SCORES[text]) > 0.002:
        fault(f"not {SCORES[text]}: {text}", answer)

# From standard input; the same sentence is the same, whatever its case and accents.
given = "Quarterly revenue rose.\nC\u00e0ts \u00e0nd d\u00f2gs\nquarterly revenue rose"
done = subprocess.run([*COMMAND, "--best", "2", "CATS AND DOGS"], input=given, capture_output=True, text=True, check=False)
if done.returncode or not re.fullmatch(r" 1\.0000  C\u00e0ts \u00e0nd d\u00f2gs\n.+  (Q|q)uarterly revenue rose\.?\n", done.stdout) or done.stderr:
    fault(f"from standard input: {done}")

# What BertWordPieceTokenizer("build/models/bert_vocabulary.txt", lowercase=True) of tokenizers 0.23.3 makes of them, but for
# the special tokens in the second, which are text here.
TOKENS = {
    "The quick brown fox jumped over the lazy dog's back.": "the quick brown fox jumped over the lazy dog ' s back .",
    "Hello,World! [SEP] isn't a separator -- (v2.0, $3.50 + 10%).":
        "hello , world ! [ sep ] isn ' t a sep ##arat ##or - - ( v ##2 . 0 , $ 3 . 50 + 10 % ) .",
    "unaffable electroencephalography": "una ##ffa ##ble electro ##ence ##pha ##log ##raphy",
    "Caf\u00e9 cafe\u0301 \u00c5NGSTR\u00d6M \u0130stanbul Stra\u00dfe \u0153uvre \u0110\u00e0 N\u1eb5ng \u0141\u00f3d\u017a":
        "cafe cafe ang ##strom istanbul st ##ra\u00dfe \u0153 ##u ##vre \u0111 ##a nan ##g \u0142odz",
    "\u0391\u0398\u0397\u039d\u0391 \u0401\u043b\u043a\u0430": "\u03b1 ##\u03b8 ##\u03b7 ##\u03bd ##\u03b1 \u0435 ##\u043b ##\u043a\u0430",
    "\u0627\u0644\u0639\u064e\u0631\u064e\u0628\u0650\u064a\u0651\u064e\u0629 \u0e44\u0e17\u0e22": "\u0627 ##\u0644 ##\u0639 ##\u0631 ##\u0628 ##\u064a ##\u0629 [UNK]",
    "\u6771\u4eac\u306f2020\u5e74\u306b\u3002\uff84\uff73 \u304c": "\u6771 \u4eac \u306f ##20 ##20 \u5e74 \u306b \u3002 [UNK] \u304b",
    "\ub300\ud55c": "\u1103 ##\u1162 ##\u1112 ##\u1161 ##\u11ab",
    "a\u200bb c\u00add e\u00a0f\tg\u3000h \ufeffi": "ab cd e f g h i",
    "\U0001f642 smile \u00bd \u00b2 \u2116 \ufb01 \u20ac \u2018q\u2019 \u2026 \u2014": "[UNK] smile \u00bd \u00b2 \u2116 \ufb01 \u20ac \u2018 q \u2019 \u2026 \u2014",
    "xn--80ak user@example.org /usr ~`^|\\": "x ##n - - 80 ##ak user @ example . org / us ##r ~ ` ^ | \\",
    "a" * 101 + " ok": "[UNK] ok",
}
(query, *lines), wanted = TOKENS, [f"[CLS] {tokens} [SEP]" for tokens in TOKENS.values()]
answer = run("--tokens", query, write("tokens.txt", "\n".join(lines)))
expect(answer, 0, err=r"\A\Z")
for got, right in zip(answer.out.splitlines(), wanted, strict=True):
    if got != right:
        fault(f"{got!r}\nis not {right!r}")

# What cannot be ranked.
empty, not_utf8 = write("empty.txt", ""), write("bytes.txt", b"\xff\xfe\xc3\n\0\n\xe2\x82\n")
expect(run(QUERY, empty), 1, out=r"\A\Z", err=rf"\Asimilar: {empty}: there is no sentence\n\Z")
expect(run(QUERY, not_utf8), 1, out=r"\A\Z", err=rf"\Asimilar: {not_utf8}: there is no sentence\n\Z")
expect(run(QUERY, SCRATCH / "nowhere", SCRATCH), 1, out=r"\A\Z",
       err=rf"\Asimilar: {SCRATCH}/nowhere: cannot be opened: No such file or directory\nsimilar: {SCRATCH}: is a folder\n\Z")
expect(run("--help"), 0, out=r"\Ausage: similar \[OPTION\.\.\.\] QUERY \[FILE\.\.\.\]\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "a query is missing"), (["--loud"], "there is no option --loud"), ([" \u200b", first], "the query has nothing to read"),
                        (["", first], "the query has nothing to read"), (["--best", "0", "x"], f"--best takes a whole number from 1 to {2**63 - 1}, not '0'")]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Asimilar: {sentence}; `similar --help` lists what there is\n\Z")
finish()
