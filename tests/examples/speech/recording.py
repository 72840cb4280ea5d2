"""speech: a recording that espeak-ng makes, as files of every kind; the parts are those that onnxruntime and Silero's own
rules find in it."""

import ctypes
import re
import struct
import sys
from pathlib import Path

import espeakng_loader
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))
from handmade import write  # noqa: E402
from program import SCRATCH, expect, fault, finish, run  # noqa: E402

RATE = 22050


def spoken(*sentences: str) -> list[np.ndarray]:
    """What espeak-ng says, from -1 to 1."""
    library, said = ctypes.CDLL(espeakng_loader.get_library_path()), []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_void_p)
    def take(samples: object, count: int, events: object) -> int:
        if samples and count > 0:
            said[-1] += samples[:count]
        return 0

    synchronous, utf8 = 2, 1
    rate = library.espeak_Initialize(synchronous, 0, espeakng_loader.get_data_path().encode(), 0)
    library.espeak_SetSynthCallback(take)
    if rate != RATE or library.espeak_SetVoiceByName(b"en") != 0:
        sys.exit(f"espeak-ng speaks at {rate} Hz, or has no English")
    for text in sentences:
        said.append([])
        library.espeak_Synth(text.encode() + b"\0", len(text) + 1, 0, 1, 0, utf8, None, None)
        library.espeak_Synchronize()
    return [np.array(samples) / 32768 for samples in said]


def at_rate(sound: np.ndarray, rate: int) -> np.ndarray:
    """Resampled as one turn of a wheel, a whole number of seconds long: exact for what is in the band."""
    seconds = -(-len(sound) // RATE)
    spectrum = np.fft.rfft(sound, seconds * RATE)
    size = seconds * rate // 2 + 1
    fitted = np.pad(spectrum[:size], (0, max(0, size - len(spectrum))))
    return np.fft.irfft(fitted, seconds * rate)[: -(-len(sound) * rate // RATE)] * rate / RATE


def wav(sound: np.ndarray, rate: int, bits: int = 16, channels: int = 1, real: bool = False) -> bytes:
    """A WAV file; of two channels the second is silent."""
    if channels == 2:
        sound = np.stack([2 * sound, 0 * sound], 1)
    if real:
        body = sound.astype(f"<f{bits // 8}").tobytes()
    else:
        whole = np.clip(np.rint(sound * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype("<i4").reshape(-1, 1)
        body = (whole + 128).astype("u1").tobytes() if bits == 8 else whole.view("u1")[:, : bits // 8].tobytes()
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", 3 if real else 1, channels, rate, rate * frame, frame, bits)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


first, second = spoken("The north wind and the sun were disputing which was the stronger.",
                       "When a traveller came along wrapped in a warm cloak.")
pause = np.zeros(RATE)
SOUND = np.concatenate([pause, first, pause, second, pause])
PARTS = [(1.026, 4.414), (5.250, 7.774)]  # silero-vad 6.2.3, onnxruntime 1.31.1, at 16 kHz


def parts_of(text: str) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in re.findall(r"^ *(\d+\.\d{3}) - +(\d+\.\d{3})$", text, re.MULTILINE)]


def near(found: list[tuple[float, float]], wanted: list[tuple[float, float]], seconds: float) -> bool:
    return np.shape(found) == np.shape(wanted) and np.abs(np.subtract(found, wanted)).max(initial=0) <= seconds


# The model hears 32 ms at a time; a part may begin or end one of them earlier or later.
files = {
    "22050 Hz, 1 channel": (wav(SOUND, RATE), 0.04),
    "16000 Hz, 1 channel": (wav(at_rate(SOUND, 16000), 16000, 32, real=True), 0.04),
    "44100 Hz, 2 channels": (wav(at_rate(SOUND / 2, 44100), 44100, 24, 2), 0.04),
    "48000 Hz, 1 channel": (wav(at_rate(SOUND, 48000), 48000, 64, real=True), 0.04),
    "8000 Hz, 1 channel": (wav(at_rate(SOUND, 8000), 8000, 8), 0.15),
}
paths = [write(f"{i}.wav", content) for i, (content, _) in enumerate(files.values())]
answer = run(*paths)
expect(answer, 0, err=r"\A\Z")
told = re.split(r"^(?=build/)", answer.out, flags=re.MULTILINE)[1:]
for text, path, (what, (_, seconds)) in zip(told, paths, files.items(), strict=True):
    if not text.startswith(f"{path}: {len(SOUND) / RATE:.2f} s, {what}\n") or not near(parts_of(text), PARTS, seconds):
        fault(f"{path}: not {what} and within {seconds} s of {PARTS}", answer)
if not re.search(r"^2 parts, 5\.\d\d s of speech$", told[0], re.MULTILINE):
    fault("the sum is missing", answer)

# The rules, and labels.
labels = SCRATCH / "labels.txt"
answer = run("--min-silence", 2000, "--pad", 0, "--labels", labels, paths[1])
expect(answer, 0, out=r"^1 part, \d\.\d\d s of speech$", err=r"\A\Z")
if not near(parts_of(answer.out), [(1.056, len(SOUND) / RATE)], 0.04):
    fault("short pauses are not within a part", answer)
if not re.fullmatch(r"1\.\d{6}\t8\.\d{6}\tspeech\n", labels.read_text()):
    fault(f"the labels are {labels.read_text()!r}")
expect(run("--min-speech", 3000, paths[1]), 0, out=r"^1 part, 3\.\d\d s of speech$")

noise = np.random.default_rng(1).standard_normal(RATE) / 100
quiet = [write("silence.wav", wav(pause, RATE)), write("noise.wav", wav(noise, RATE)), write("none.wav", wav(pause[:0], RATE)), write("one.wav", wav(pause[:1], RATE))]
answer = run(*quiet)
expect(answer, 0, err=r"\A\Z")
if answer.out.count("\n0 parts, 0.00 s of speech\n") != 4:
    fault("there is speech in silence", answer)

# Files that are no recordings; the one among them is marked all the same.
bad = {
    "empty.wav": (b"", "the file is empty"),
    "text.wav": ("This is no recording.\n", "not a WAV file"),
    "cut.wav": (wav(SOUND, RATE)[:5000], f"a broken WAV file (it ends {len(SOUND) * 2 + 44 - 5000} bytes too early)"),
    "slow.wav": (wav(pause[:9], 500), "resample: [9] samples at 500 Hz cannot become some at 16000 Hz; one row of them can, from 1000 to 384000 Hz"),
    "nan.wav": (wav(np.array([0, np.nan]), RATE, 32, real=True), "sample 1 of channel 0 is nan"),
}
answer = run(*(write(name, content) for name, (content, _) in bad.items()), SCRATCH / "nowhere.wav", SCRATCH, quiet[0])
expect(answer, 1, out=rf"\A{quiet[0]}: 1\.00 s, 22050 Hz, 1 channel\n0 parts", err=r"\A" + "".join(
    f"speech: {re.escape(sentence)}\n" for sentence in [*(f"{SCRATCH / name}: {sentence}" for name, (_, sentence) in bad.items()),
                                                       f"{SCRATCH}/nowhere.wav: cannot be opened: No such file or directory", f"{SCRATCH}: is a folder"]) + r"\Z")
expect(run("--labels", SCRATCH / "nowhere" / "labels", quiet[0]), 1, err=r"\Aspeech: \S+nowhere/labels: cannot be created: .+\n\Z")

expect(run("--help"), 0, out=r"\Ausage: speech \[OPTION\.\.\.\] FILE\.wav\.\.\.\n(.+\n|\n)+\Z", err=r"\A\Z")
for words, sentence in [([], "recordings are missing"), (["--loud", "a"], "there is no option --loud"),
                        (["--labels", "x", "a", "b"], "--labels takes one recording, not 2"),
                        (["--pad", "-1", "a"], "--pad takes a whole number from 0 to 3600000, not '-1'"),
                        *((["--threshold", t, "a"], f"--threshold takes a number above 0 and at most 1, not '{t}'") for t in ["0", "1.5", "nan", "", "0.5x"])]:
    expect(run(*words), 2, out=r"\A\Z", err=rf"\Aspeech: {re.escape(sentence)}; `speech --help` lists what there is\n\Z")
finish()
