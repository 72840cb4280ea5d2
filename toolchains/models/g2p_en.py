"""g2p_en, which spells English words as phonemes, as ONNX: a GRU reads the letters, and a GRU in a
Loop writes phonemes, the likeliest each time, until it writes the end.

letters  i64 [T, 1]      0 padding, 1 unknown, 2 end of word, 3.. a..z
phonemes i64 [L]         at most 20; 3 is the end
logits   f32 [L, 1, 74]
"""

import io

import numpy as np
import onnx
from onnx import numpy_helper, parser

GRAPH = """
<ir_version: 8, opset_import: ["": 14], producer_name: "tenon">
g2p_en_loop (int64[T, 1] letters) => (int64[L] phonemes, float[L, 1, 74] logits)
{
    embedded = Gather (letter_embedding, letters)
    , read = GRU <hidden_size = 256, linear_before_reset = 1> (
        embedded, encoder_W, encoder_R, encoder_B
    )
    last, state, phonemes, logits = Loop <body = step (
        int64 count, bool going, int64[1, 1] phoneme, float[1, 1, 256] before
    ) => (
        bool go_on, int64[1, 1] next, float[1, 1, 256] after, int64 written, float[1, 74] scores
    ) {
        x = Gather (phoneme_embedding, phoneme)
        , after = GRU <hidden_size = 256, linear_before_reset = 1> (
            x, decoder_W, decoder_R, decoder_B, , before
        )
        row = Squeeze (after, first_axis)
        scores = Gemm <transB = 1> (row, output_weight, output_bias)
        best = ArgMax <axis = 1, keepdims = 1> (scores)
        next = Reshape (best, one_by_one)
        ended = Equal (next, end)
        goes_on = Not (ended)
        go_on = Squeeze (goes_on)
        written = Squeeze (next)
    }> (longest, yes, begin, read)
}
"""


def build(checkpoint: bytes) -> bytes:
    """The model's bytes, the same on every machine."""
    with np.load(io.BytesIO(checkpoint), allow_pickle=False) as archive:
        weights = {name: archive[name] for name in archive.files}
    initializers = {
        "letter_embedding": weights["enc_emb"],
        "phoneme_embedding": weights["dec_emb"],
        **_gru(weights, "enc", "encoder"),
        **_gru(weights, "dec", "decoder"),
        "output_weight": weights["fc_w"],
        "output_bias": weights["fc_b"],
        "begin": np.array([[2]], np.int64),
        "end": np.array(3, np.int64),
        "longest": np.array(20, np.int64),
        "yes": np.array(True),
        "first_axis": np.array([0], np.int64),
        "one_by_one": np.array([1, 1], np.int64),
    }
    model = parser.parse_model(GRAPH)
    model.doc_string = "g2p_en 2.1.0. Weights: Apache-2.0, Kyubyong Park and Jongseok Kim."
    for name, array in initializers.items():
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _gru(weights: dict[str, np.ndarray], source: str, target: str) -> dict[str, np.ndarray]:
    """The weights of one GRU: PyTorch stacks reset, update, new; ONNX update, reset, new."""

    def stack(name: str) -> np.ndarray:
        reset, update, new = np.split(weights[f"{source}_{name}"], 3)
        return np.concatenate([update, reset, new])

    return {
        f"{target}_W": stack("w_ih")[None],
        f"{target}_R": stack("w_hh")[None],
        f"{target}_B": np.concatenate([stack("b_ih"), stack("b_hh")])[None],
    }
