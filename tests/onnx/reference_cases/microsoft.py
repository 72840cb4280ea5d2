"""The com.microsoft operators that exported transformer models carry."""

import numpy as np
from onnx import helper

from case import Case, model_of, numbers


def reals(r: np.random.Generator, *shape: int, dtype=np.float32) -> np.ndarray:
    """Numbers that a few bits hold: their sums and products are exact, and files of them compress."""
    return (r.integers(-8, 9, shape) / 8).astype(dtype)


def case(name: str, op: str, inputs: list, outputs: int = 1, constant: tuple[int, ...] = (), rtol: float = 1e-4, atol: float = 1e-5,
         domain: str = "com.microsoft", **attributes) -> Case:
    """One node; an input that is None is left out, and those whose numbers are in `constant` are initializers."""
    given = {f"x{i}": np.asarray(x) for i, x in enumerate(inputs) if x is not None}
    fixed = {name: given.pop(name) for name in [f"x{i}" for i in constant]}
    names = [f"y{i}" for i in range(outputs)]
    node = helper.make_node(op, ["" if x is None else f"x{i}" for i, x in enumerate(inputs)], names, domain=domain, **attributes)
    return Case(name, model_of([node], given, names, fixed, com_microsoft=1), list(given.values()), rtol, atol)


def activations():
    for op, bias in (("Gelu", False), ("QuickGelu", False), ("BiasGelu", True), ("FastGelu", True), ("FastGelu", False)):
        r = numbers(op)
        inputs = [4 * reals(r, 2, 3, 7)] + ([reals(r, 7)] if bias else [])
        yield case(f"{op.lower()}{'_bias' if bias else ''}", op, inputs)
    yield case("quickgelu_alpha", "QuickGelu", [4 * reals(numbers("alpha"), 9)], alpha=0.5)


def normalisations():
    r = numbers("rows")
    x, skip, gamma, beta, bias = reals(r, 2, 3, 10), reals(r, 2, 3, 10), reals(r, 10), reals(r, 10), reals(r, 10)
    yield case("simplified", "SimplifiedLayerNormalization", [x, gamma], domain="", epsilon=1e-3)
    yield case("simplified_axis", "SimplifiedLayerNormalization", [x, reals(r, 3, 10)], domain="", axis=1)
    yield case("skip", "SkipLayerNormalization", [x, skip, gamma])
    yield case("skip_all", "SkipLayerNormalization", [x, skip, gamma, beta, bias], epsilon=0.125)
    yield case("skip_shared", "SkipLayerNormalization", [x, skip[:1], gamma, beta])
    yield case("skip_sequence", "SkipLayerNormalization", [x, skip[0], gamma, None, bias])
    yield sum_of("skip_sum", "SkipLayerNormalization", [x, skip, gamma, beta, bias])
    yield case("skip_simplified", "SkipSimplifiedLayerNormalization", [x, skip, gamma])
    yield sum_of("skip_simplified_sum", "SkipSimplifiedLayerNormalization", [x, skip, gamma, bias])
    half = [a.astype(np.float16) for a in (x, skip, gamma, beta)]
    yield case("skip_half", "SkipLayerNormalization", half, rtol=2e-3, atol=2e-3)
    ids = lambda n, *shape: r.integers(0, n, shape).astype(np.int32)
    words, places, kinds = reals(r, 11, 6), reals(r, 5, 6), reals(r, 2, 6)
    gamma, beta = reals(r, 6), reals(r, 6)
    yield case("embed", "EmbedLayerNormalization", [ids(11, 2, 4), ids(2, 2, 4), words, places, kinds, gamma, beta], 2, constant=(5, 6))
    yield case("embed_mask", "EmbedLayerNormalization",
               [ids(11, 2, 4), ids(2, 2, 4), words, places, kinds, gamma, beta, np.array([[1, 1, 1, 0], [1, 0, 0, 0]], np.int32)], 3, constant=(5, 6))
    yield case("embed_positions", "EmbedLayerNormalization", [ids(11, 2, 4), None, words, places, None, gamma, beta, None, ids(5, 2, 4)], 2, constant=(5, 6))
    yield case("embed_one_position", "EmbedLayerNormalization", [ids(11, 2, 4), None, words, places, None, gamma, beta, None, ids(5, 1, 4)], 2, constant=(5, 6))


def sum_of(name: str, op: str, inputs: list, **attributes) -> Case:
    """Output 3 without 1 and 2, which onnxruntime does not make on a CPU."""
    given = {f"x{i}": x for i, x in enumerate(inputs)}
    node = helper.make_node(op, list(given), ["y", "", "", "sum"], domain="com.microsoft", **attributes)
    return Case(name, model_of([node], given, ["y", "sum"], com_microsoft=1), list(given.values()), 1e-4, 1e-5)


def quantized_columns(r, k: int, n: int, block: int, bits: int):
    """B, scales and packed zero points of MatMulNBits."""
    blocks = -(-k // block)
    b = r.integers(0, 256, (n, blocks, block * bits // 8)).astype(np.uint8)
    scales = (r.integers(1, 17, (n, blocks)) / 64).astype(np.float32)
    zeros = r.integers(0, 256, (n, -(-blocks * bits // 8))).astype(np.uint8)
    return b, scales, zeros


def products():
    for bits in (2, 4, 8):
        for rows, k, n, block, zero in ((1, 32, 5, 16, True), (5, 40, 9, 16, True), (1, 70, 2, 32, False)):
            name = f"nbits{bits}_{rows}x{k}x{n}"
            r = numbers(name)
            b, scales, zeros = quantized_columns(r, k, n, block, bits)
            inputs = [reals(r, rows, k), b, scales] + ([zeros] if zero else [])
            yield case(name, "MatMulNBits", inputs, constant=tuple(range(1, len(inputs))), atol=1e-3, K=k, N=n, bits=bits, block_size=block)
    r = numbers("nbits")
    b, scales, zeros = quantized_columns(r, 48, 6, 16, 4)
    how = {"K": 48, "N": 6, "bits": 4, "block_size": 16}
    yield case("nbits_bias", "MatMulNBits", [reals(r, 2, 2, 48), b, scales, zeros, None, reals(r, 6)], constant=(1, 2, 3, 5), atol=1e-3, **how)
    yield case("nbits_row_bias", "MatMulNBits", [reals(r, 1, 48), b, scales, None, None, reals(r, 6)], constant=(1, 2, 5), atol=1e-3, **how)
    yield case("nbits_real_zeros", "MatMulNBits", [reals(r, 3, 48), b, scales, 8 * reals(r, 6, 3)], constant=(1, 2, 3), atol=1e-3, **how)
    yield case("nbits_half", "MatMulNBits", [reals(r, 3, 48, dtype=np.float16), b, scales.astype(np.float16), zeros], constant=(1, 2, 3), rtol=5e-3, atol=0.05, **how)
    groups = np.sort(r.integers(0, 3, 48)).astype(np.int32)
    # Together with zero points onnxruntime takes the middle instead of these, which the specification does not say.
    yield case("nbits_groups", "MatMulNBits", [reals(r, 3, 48), b, scales, None, groups], constant=(1, 2, 4), atol=1e-3, **how)
    for name, a, b, how in (
            ("alpha", (3, 4), (4, 5), {"alpha": 0.25}), 
            ("both", (4, 3), (5, 4), {"transA": 1, "transB": 1}),
            ("batchA", (3, 2, 4), (2, 4, 5), {"transBatchA": 1}), ("batchAB", (3, 2, 4), (4, 2, 5), {"transBatchA": 1, "transBatchB": 1}),
            ("batchA_transA", (4, 2, 3), (2, 4, 5), {"transA": 1, "transBatchA": 1}),
            ("vector", (4,), (4, 5), {"transA": 1})):
        r = numbers(name)
        yield case(f"matmul_{name}", "FusedMatMul", [reals(r, *a), reals(r, *b)], constant=(1,) if name in ("alpha", "both") else (), **how)
    r = numbers("conv")
    x, w, b, z = reals(r, 1, 2, 3, 4), reals(r, 3, 2, 3, 3), reals(r, 3), reals(r, 1, 3, 3, 4)
    how = {"constant": (1, 2), "pads": [1, 1, 1, 1]}
    yield case("conv", "FusedConv", [x, w, b], **how)
    yield case("conv_clip", "FusedConv", [x, w, b], activation="Clip", activation_params=[-0.5, 0.75], **how)
    yield case("conv_sum_relu", "FusedConv", [x, w, b, z], activation="Relu", **how)


def attentions():
    r = numbers("attention")
    B, S, D, N, H, P = 2, 3, 6, 2, 4, 2
    x, w, b = reals(r, B, S, D), reals(r, D, 3 * N * H), reals(r, 3 * N * H)
    past = reals(r, 2, B, N, P, H)
    bias = reals(r, B, N, S, S)
    ints = lambda *v: np.array(v, np.int32)
    yield case("attention", "Attention", [x, w, b], constant=(1, 2), num_heads=N)
    yield case("attention_causal", "Attention", [x, w, b], num_heads=N, unidirectional=1, scale=0.5)
    yield case("attention_ends", "Attention", [x, w, b, ints(2, 3)], constant=(1, 2), num_heads=N)
    yield case("attention_starts", "Attention", [x, w, b, ints(3, 2, 1, 0)], num_heads=N)
    yield case("attention_keys", "Attention", [x, w, b, ints([1, 0, 1], [1, 1, 0])], num_heads=N, mask_filter_value=-3.0)
    yield case("attention_keys_causal", "Attention", [x, w, b, ints([0, 0, 1], [1, 1, 0])], num_heads=N, unidirectional=1)
    yield case("attention_queries", "Attention", [x, w, b, r.integers(0, 2, (B, S, S)).astype(np.int32)], num_heads=N)
    yield case("attention_bias", "Attention", [x, w, b, None, None, bias], num_heads=N)
    yield case("attention_shared_bias", "Attention", [x, w, b, ints(2, 3), None, bias[:1, :1]], num_heads=N)
    yield case("attention_past", "Attention", [x, w, b, None, past], 2, num_heads=N, unidirectional=1)
    yield case("attention_past_mask", "Attention", [x, w, b, r.integers(0, 2, (B, S + P)).astype(np.int32), past], 2, constant=(1,), num_heads=N)
    yield case("attention_present", "Attention", [x, w, b], 2, num_heads=N)
    yield case("attention_widths", "Attention", [x, reals(r, D, 2 * 8 + 6), reals(r, 22)], num_heads=2, qkv_hidden_sizes=[8, 8, 6])
    q, k, v = reals(r, B, S, N * H), reals(r, B, 5, N * H), reals(r, B, 5, N * 3)
    one = reals(r, B, S, N * H), reals(r, B, S, N * H), reals(r, B, S, N * H)
    pasts = reals(r, B, N, P, H), reals(r, B, N, P, H)
    yield case("heads", "MultiHeadAttention", [q, k, v], num_heads=N)
    yield case("heads_bias", "MultiHeadAttention", [q, k, v, reals(r, 2 * N * H + N * 3)], num_heads=N, scale=0.75)
    yield case("heads_causal", "MultiHeadAttention", [*one], num_heads=N, unidirectional=1)
    yield case("heads_mask", "MultiHeadAttention", [q, k, v, None, r.integers(0, 2, (B, 5)).astype(np.int32)], num_heads=N)
    yield case("heads_ends", "MultiHeadAttention", [q, k, v, None, ints(2, 4)], num_heads=N)
    yield case("heads_mask3", "MultiHeadAttention", [q, k, v, None, r.integers(0, 2, (B, S, 5)).astype(np.int32)], num_heads=N, mask_filter_value=-5.0)
    yield case("heads_attention_bias", "MultiHeadAttention", [q, k, v, None, None, reals(r, 1, N, S, 5)], num_heads=N)
    yield case("heads_past", "MultiHeadAttention", [*one, None, None, None, *pasts], 3, num_heads=N)
    yield case("heads_past_bias", "MultiHeadAttention", [*one, reals(r, 3 * N * H), None, reals(r, B, 1, S, S + P), *pasts], 3, num_heads=N, unidirectional=1)
    yield case("heads_present", "MultiHeadAttention", [q, k, reals(r, B, 5, N * H)], 3, num_heads=N)
    yield case("heads_apart", "MultiHeadAttention", [q, reals(r, B, N, 5, H), reals(r, B, N, 5, H)], num_heads=N)
    angles = np.linspace(0, 3, 12, dtype=np.float32).reshape(6, 2)
    cos, sin = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    places = np.array([[3, 0, 5], [1, 1, 2]], np.int64)
    for name, inputs, how in (("flat", [q, places], {}), ("apart", [reals(r, B, N, S, H), places], {}),
                              ("start", [q, np.array([2], np.int64)], {}), ("interleaved", [q, places], {"interleaved": 1}),
                              ("part", [reals(r, B, S, N * 6), places], {"rotary_embedding_dim": 4, "num_heads": N})):
        yield case(f"rotary_{name}", "RotaryEmbedding", [*inputs, cos, sin], **how)


def cached():
    r = numbers("cached")
    B, S, N, G, H = 2, 3, 4, 2, 8
    def fresh(batch: int, length: int, width: int = H) -> list[np.ndarray]:
        return [reals(r, batch, length, heads * width) for heads in (N, G, G)]
    def past(batch: int, length: int, width: int = H) -> list[np.ndarray]:
        return [reals(r, batch, G, length, width) for _ in range(2)]
    def op(name: str, inputs: list, lengths: list[int], total: int, more: list = [], **how) -> Case:
        inputs = [*inputs, np.array(lengths, np.int32), np.array(total, np.int32), *more]
        return case(f"group_{name}", "GroupQueryAttention", inputs, 3, num_heads=N, kv_num_heads=G, **how)
    yield op("prompt", [*fresh(B, S), None, None], [2, 2], 3)
    yield op("empty_past", [*fresh(B, S), *past(B, 0)], [2, 2], 3, constant=(6,))
    yield op("step", [*fresh(B, 1), *past(B, 4)], [4, 4], 5)
    yield op("lengths", [*fresh(B, 1), *past(B, 4)], [2, 4], 5)
    yield op("buffer", [*fresh(B, 1), *past(B, 6)], [2, 4], 5, constant=(6,))
    yield op("steps", [*fresh(1, S), *past(1, 4)], [6], 7, scale=0.25)
    yield op("packed", [reals(r, B, S, (N + 2 * G) * H), None, None, None, None], [2, 2], 3)
    yield op("window", [*fresh(1, S), *past(1, 4)], [6], 7, local_window_size=2)
    yield op("softcap", [*fresh(1, S), *past(1, 4)], [6], 7, softcap=0.5)
    yield op("smooth", [*fresh(1, S), *past(1, 4)], [6], 7, smooth_softmax=1)
    yield op("bias", [*fresh(1, S), *past(1, 4)], [6], 7, [None, None, None, reals(r, 1, N, S, 7)])
    yield op("sink", [*fresh(1, S), *past(1, 4)], [6], 7, [None, None, None, None, reals(r, N)], constant=(11,), local_window_size=3)
    yield op("both_ways", [*fresh(B, S), None, None], [2, 2], 3, causal=0)
    yield op("half", [a.astype(np.float16) for a in (*fresh(B, 1), *past(B, 2))], [2, 2], 3, rtol=2e-3, atol=2e-3)
    angles = np.linspace(0, 3, 64, dtype=np.float32).reshape(8, 8)
    caches = [np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)]
    N, G = 2, 1
    def turned(name: str, inputs: list, lengths: list[int], total: int, more: list = [], columns: int = 8, **how) -> Case:
        return op(f"rotary_{name}", inputs, lengths, total, [*(c[:, :columns] for c in caches), *more], do_rotary=1, **how)
    yield turned("prompt", [*fresh(1, 2, 16), None, None], [1], 2)
    yield turned("step", [*fresh(B, 1, 16), *past(B, 2, 16)], [1, 2], 3)
    yield turned("interleaved", [*fresh(1, 1, 16), *past(1, 2, 16)], [2], 3, rotary_interleaved=1)
    yield turned("packed", [reals(r, 1, 2, (N + 2 * G) * 16), None, None, *past(1, 1, 16)], [2], 3)
    yield turned("part", [*fresh(1, 1, 16), *past(1, 2, 16)], [2], 3, columns=8)
    yield turned("positions", [*fresh(B, 1, 16), *past(B, 2, 16)], [2, 2], 3, [np.array([[6], [1]], np.int64)])
    yield turned("first_position", [*fresh(1, 2, 16), None, None], [1], 2, [np.array([[3, 5]], np.int64)])


def quantised():
    """Results of 8 bits may differ by one: not everything is rounded only once."""
    one = {"rtol": 0, "atol": 1}
    scale = lambda x: np.array(x, np.float32)
    for dtype in (np.uint8, np.int8):
        r = numbers(dtype.__name__)
        kind, low = dtype.__name__, np.iinfo(dtype).min
        data = lambda *shape: r.integers(low, low + 256, shape).astype(dtype)
        zero = lambda x: np.array(low + x, dtype)
        a, b = [data(2, 3, 4), scale(0.1), zero(120)], [data(3, 4), scale(0.2), zero(100)]
        yield case(f"qadd_{kind}", "QLinearAdd", [*a, *b, scale(0.25), zero(130)], constant=(4, 5, 6, 7), **one)
        yield case(f"qmul_{kind}", "QLinearMul", [*a, *b, scale(2), zero(130)], constant=(4, 5, 6, 7), **one)
        yield case(f"qleaky_{kind}", "QLinearLeakyRelu", [*a, scale(0.05), zero(128)], constant=(1, 2, 3, 4), alpha=0.25, **one)
        yield case(f"qsigmoid_{kind}", "QLinearSigmoid", [*a, scale(1 / 256), zero(0)], constant=(1, 2, 3, 4), **one)
        yield case(f"qconcat_{kind}", "QLinearConcat", [scale(0.15), zero(110), *a, data(2, 1, 4), scale(0.2), zero(100)], constant=(0, 1, 3, 4, 6, 7), axis=1, **one)
        pooled = [data(2, 3, 2, 3), scale(0.1), zero(120), scale(0.05), zero(128)]
        yield case(f"qaverage_{kind}", "QLinearGlobalAveragePool", pooled, constant=(1, 2, 3, 4), **one)
        yield case(f"qaverage_last_{kind}", "QLinearGlobalAveragePool", pooled, constant=(1, 2, 3, 4), channels_last=1, **one)
        left, right = data(2, 3, 6), data(6, 4)
        yield case(f"integer_{kind}", "MatMulIntegerToFloat", [left, right, scale(0.1), scale(0.2), zero(120), zero(100), reals(r, 4)], constant=(1, 3, 5), atol=1e-3)
        yield case(f"integer_columns_{kind}", "MatMulIntegerToFloat", [left, right, scale(0.1), reals(r, 4), zero(120), data(4)], constant=(1, 3, 5), atol=1e-3)
        yield case(f"dynamic_{kind}", "DynamicQuantizeMatMul", [reals(r, 2, 3, 6), right, scale(0.2), zero(100), reals(r, 4)], constant=(1, 2, 3), atol=1e-2)


def cases():
    yield from activations()
    yield from normalisations()
    yield from products()
    yield from attentions()
    yield from cached()
    yield from quantised()
