"""ai.onnx.ml: every operator with its attributes, and models that scikit-learn trained, as skl2onnx writes them."""

from collections.abc import Iterator

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from case import IR_VERSION, Case, model_of, numbers

TRANSFORMS = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]
X = numbers("X").uniform(-2, 2, (6, 4)).astype(np.float32)
WORDS = np.array([["cat", "dog", "", "katze"], ["dog", "dog", "Cat", "cat"]])


def one(name: str, inputs: list[np.ndarray], variants: list[tuple[str, dict]], outputs: int = 1, version: int = 3,
        **tolerance: float) -> Case:
    """A case of several nodes that read the same inputs."""
    names = [f"x{i}" for i in range(len(inputs))]
    nodes = [helper.make_node(op, names, [f"{'yz'[k]}{i}" for k in range(outputs)], domain="ai.onnx.ml", **attributes)
             for i, (op, attributes) in enumerate(variants)]
    made = [out for node in nodes for out in node.output]
    return Case(name, model_of(nodes, dict(zip(names, inputs, strict=True)), made, ai_onnx_ml=version), inputs, **tolerance)


def trees(votes: str, seed: str, targets: int, each: int, double: bool = False) -> dict:
    """Attributes of three random trees with all kinds of branches; `each` votes per leaf."""
    random, modes = numbers(seed), ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"]
    lists: dict[str, list] = {name: [] for name in (
        "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_modes", "nodes_values", "nodes_truenodeids",
        "nodes_falsenodeids", "nodes_missing_value_tracks_true", f"{votes}_treeids", f"{votes}_nodeids", f"{votes}_ids",
        f"{votes}_weights")}
    for tree in range(3):
        for node in range(7):  # a full tree: the children of n are 2n + 1 and 2n + 2
            leaf = node >= 3
            values = {"treeids": tree, "nodeids": node, "featureids": 0 if leaf else int(random.integers(4)),
                      "modes": "LEAF" if leaf else modes[int(random.integers(6))],
                      "values": 0.0 if leaf else round(float(random.uniform(-1, 1)), 3),
                      "truenodeids": 0 if leaf else 2 * node + 1, "falsenodeids": 0 if leaf else 2 * node + 2,
                      "missing_value_tracks_true": int(random.integers(2))}
            for key, value in values.items():
                lists[f"nodes_{key}"].append(value)
            for vote in range(each if leaf else 0):
                lists[f"{votes}_treeids"].append(tree)
                lists[f"{votes}_nodeids"].append(node)
                lists[f"{votes}_ids"].append(vote if each == targets else int(random.integers(targets)))
                lists[f"{votes}_weights"].append(round(float(random.uniform(-0.5, 1)), 3))
    if double:
        for key in "nodes_values", f"{votes}_weights":
            lists[f"{key}_as_tensor"] = numpy_helper.from_array(np.array(lists.pop(key)))
    return lists


def tree_cases() -> Iterator[Case]:
    rows = np.concatenate([X, [[np.nan, 0, np.nan, 1]]]).astype(np.float32)
    regress = lambda **more: ("TreeEnsembleRegressor", {"n_targets": 2, **trees("target", "r", 2, 2), **more})  # noqa: E731
    yield one("trees_aggregate", [rows], [regress(aggregate_function=f, base_values=[0.5, -0.25]) for f in ("SUM", "AVERAGE", "MIN", "MAX")])
    yield one("trees_transform", [rows], [regress(post_transform=t) for t in TRANSFORMS if t != "PROBIT"])
    single = trees("target", "s", 1, 1)
    yield one("trees_one_target", [rows], [("TreeEnsembleRegressor", {"n_targets": 1, "post_transform": t, **single}) for t in TRANSFORMS[:4]], version=1)
    yield one("trees_double", [rows.astype(np.float64)], [("TreeEnsembleRegressor", {"n_targets": 2, **trees("target", "d", 2, 2, True)})])
    classify = lambda seed, **more: ("TreeEnsembleClassifier", {**trees("class", seed, 3, 3), **more})  # noqa: E731
    yield one("trees_classes", [rows], [classify("c", classlabels_int64s=[5, -7, 9], post_transform=t) for t in TRANSFORMS[:4]], 2)
    for dtype in np.int64, np.int32:
        yield one(f"trees_classes_{np.dtype(dtype).name}", [(X * 3).astype(dtype)], [classify("c", classlabels_int64s=[5, -7, 9])], 2)
    yield one("trees_class_names", [rows], [classify("n", classlabels_strings=["a", "b", "c"], base_values=[0.1, 0.2, -0.3])], 2, 1)
    yield one("trees_classes_double", [rows.astype(np.float64)], [
        ("TreeEnsembleClassifier", {"classlabels_int64s": [0, 1, 2], **trees("class", "cd", 3, 3, True)})], 2)
    one_class = trees("class", "one", 1, 1)
    positive = {**one_class, "class_weights": [abs(w) / 3 for w in one_class["class_weights"]]}
    second = {**one_class, "class_ids": [1] * len(one_class["class_ids"])}
    for name, attributes in ("mixed", one_class), ("positive", positive), ("second", second):
        yield one(f"trees_two_classes_{name}", [rows], [
            ("TreeEnsembleClassifier", {"classlabels_int64s": [3, 4], "post_transform": t, **attributes}) for t in TRANSFORMS[:4]], 2)
    yield one("trees_two_classes_base", [rows], [
        ("TreeEnsembleClassifier", {"classlabels_int64s": [3, 4], "base_values": [0.2], "post_transform": t, **one_class}) for t in TRANSFORMS[:3]], 2)
    flat = {"nodes_featureids": [0, 1, 2, 3], "nodes_modes": np.array([0, 6, 3, 6], np.uint8), "nodes_truenodeids": [1, 0, 2, 3],
            "nodes_falsenodeids": [2, 1, 3, 4], "nodes_trueleafs": [0, 1, 1, 1], "nodes_falseleafs": [0, 1, 0, 1],
            "nodes_missing_value_tracks_true": [1, 0, 0, 1], "tree_roots": [0, 2], "leaf_targetids": [0, 1, 0, 1, 1], "n_targets": 2}
    for dtype in np.float32, np.float64:
        tensors = {"nodes_splits": np.array([0.5, 0, -0.25, 0], dtype), "leaf_weights": np.array([1, 2, 4.5, -8, 16], dtype),
                   "membership_values": np.array([1, 2, np.nan, 0, 7, 3, np.nan], dtype)}
        given = {key: numpy_helper.from_array(value, key) if isinstance(value, np.ndarray) else value for key, value in (flat | tensors).items()}
        whole = np.round(numbers("whole").uniform(-1, 4, (9, 4))).astype(dtype)
        whole[0] = np.nan
        yield one(f"tree_ensemble_{np.dtype(dtype).name}", [whole], [("TreeEnsemble", {**given, "aggregate_function": f}) for f in (0, 1, 2, 3)], version=5)


def linear_cases() -> Iterator[Case]:
    w = [round(float(v), 3) for v in numbers("w").uniform(-1, 1, 12)]
    for dtype in np.float32, np.float64, np.int64, np.int32:
        rows = (X * 3).astype(dtype)
        yield one(f"linear_classifier_{np.dtype(dtype).name}", [rows], [("LinearClassifier", {
            "coefficients": w, "intercepts": [0.1, -0.2, 0.3], "classlabels_ints": [4, 5, 6], "post_transform": t}) for t in TRANSFORMS[:4]], 2)
    yield one("linear_regressor", [X], [
        ("LinearRegressor", {"coefficients": w[:4]}), ("LinearRegressor", {"coefficients": w, "intercepts": [0.1, -0.2, 0.3], "targets": 3})])
    yield one("linear_classifier_pair", [X], [("LinearClassifier", {
        "coefficients": w[:4], "intercepts": [0.1], "classlabels_ints": [8, 9], "post_transform": t}) for t in TRANSFORMS[:4]], 2)
    yield one("linear_classifier_names", [X], [("LinearClassifier", {
        "coefficients": w, "intercepts": [0.0, 0.0, 0.0], "classlabels_strings": ["x", "", "z"], "multi_class": 1})], 2)
    yield one("linear_regressor_transform", [X], [("LinearRegressor", {
        "coefficients": w, "targets": 3, "post_transform": t}) for t in TRANSFORMS[:4]])
    # Of sums between 0 and 1, which is what PROBIT is for.
    yield one("linear_probit", [abs(X) / 2], [("LinearRegressor", {"coefficients": [0.2, 0.1, 0.3, 0.1], "intercepts": [0.05], "post_transform": "PROBIT"})])


def svm_cases() -> Iterator[Case]:
    random = numbers("svm")
    draw = lambda n: [round(float(v), 3) for v in random.uniform(-1, 1, n)]  # noqa: E731
    vectors, params = draw(7 * 4), [0.4, 0.25, 3.0]
    kernels = ["LINEAR", "POLY", "RBF", "SIGMOID"]
    regress = {"coefficients": draw(7), "rho": [0.2], "support_vectors": vectors, "n_supports": 7, "kernel_params": params}
    yield one("svm_regressor", [X], [("SVMRegressor", {**regress, "kernel_type": k}) for k in kernels])
    yield one("svm_regressor_one_class", [X], [("SVMRegressor", {**regress, "kernel_type": k, "one_class": 1}) for k in kernels])
    yield one("svm_regressor_linear", [X], [("SVMRegressor", {"coefficients": draw(4), "rho": [0.2], "kernel_params": params})])
    three = {"vectors_per_class": [2, 3, 2], "coefficients": draw(14), "rho": draw(3), "support_vectors": vectors,
             "kernel_params": params, "classlabels_ints": [5, 6, 8]}
    likely = {"prob_a": [-1.5, -1.0, -2.0], "prob_b": [0.1, 0.0, -0.2]}
    yield one("svm_classifier", [X], [("SVMClassifier", {**three, "kernel_type": k}) for k in kernels], 2)
    yield one("svm_classifier_transform", [X], [("SVMClassifier", {**three, "kernel_type": "RBF", "post_transform": t}) for t in TRANSFORMS[:3]], 2)
    yield one("svm_classifier_probabilities", [X], [("SVMClassifier", {**three, **likely, "kernel_type": k}) for k in kernels], 2, rtol=1e-3, atol=1e-4)
    two = {"vectors_per_class": [3, 4], "coefficients": draw(7), "rho": [0.05], "support_vectors": vectors, "kernel_params": params,
           "kernel_type": "RBF"}
    yield one("svm_classifier_pair", [X], [("SVMClassifier", {**two, "classlabels_ints": [0, 1], "post_transform": t}) for t in TRANSFORMS[:4]], 2)
    yield one("svm_classifier_names", [X.astype(np.float64)], [("SVMClassifier", {**two, "classlabels_strings": ["no", "yes"], "prob_a": [-1.5], "prob_b": [0.1]})],
              2, rtol=1e-3, atol=1e-4)
    yield one("svm_classifier_linear", [X], [("SVMClassifier", {"coefficients": draw(12), "rho": [0.1], "kernel_params": params, "classlabels_ints": [2, 3, 4]})], 2)


def feature_cases() -> Iterator[Case]:
    whole = np.array([[3, -1, 0, 4], [0, 0, 0, 0], [-5, -6, -7, -8]])
    for dtype in np.float32, np.float64, np.int64, np.int32:
        rows, name = whole.astype(dtype), np.dtype(dtype).name
        yield one(f"normalizer_{name}", [rows], [("Normalizer", {"norm": n}) for n in ("MAX", "L1", "L2")])
        yield one(f"scaler_{name}", [rows], [("Scaler", {"offset": [0.5, -1, 2, 0], "scale": [2, 0.25, 3, 1]}), ("Scaler", {"offset": [1.5], "scale": [0.1]})])
        yield one(f"feature_vectorizer_{name}", [rows, rows[:, :2], rows[:, 1:]], [("FeatureVectorizer", {"inputdimensions": [4, 1, 5]})])
        yield Case(f"array_feature_extractor_{name}", model_of(
            [helper.make_node("ArrayFeatureExtractor", ["x", "i"], ["y"], domain="ai.onnx.ml")], {"x": rows, "i": np.array([[3, 0, 3]])}, ["y"],
            ai_onnx_ml=1), [rows, np.array([[3, 0, 3]])])
    yield one("array_feature_extractor_strings", [WORDS, np.array([2, 1])], [("ArrayFeatureExtractor", {})])
    yield one("array_feature_extractor_row", [X[0], np.array([2, 1, 1])], [("ArrayFeatureExtractor", {})])
    yield one("feature_vectorizer_rows", [X[0], X[1]], [("FeatureVectorizer", {"inputdimensions": [4, 6]})])
    holes = X.copy()
    holes[[0, 2, 2], [1, 1, 3]] = np.nan
    holes[3, 0] = -1
    yield one("imputer_nan", [holes], [("Imputer", {"imputed_value_floats": v, "replaced_value_float": float("nan")}) for v in ([1.0], [1.0, 2.0, 3.0, 4.0])])
    yield one("imputer_value", [holes], [("Imputer", {"imputed_value_floats": [7.0], "replaced_value_float": -1.0})])
    yield one("imputer_int64", [whole], [("Imputer", {"imputed_value_int64s": v, "replaced_value_int64": 0}) for v in ([1 << 60], [1, 2, 3, 4])])
    yield one("binarizer", [X], [("Binarizer", {"threshold": t}) for t in (0.0, -0.5)])


def encoder_cases() -> Iterator[Case]:
    labels = np.array([[2, 9, -4], [2, 1 << 60, 0]])
    numbers_of = np.array([1.5, np.nan, 0, -0.0, 3], np.float32)
    pairs = {"cats_int64s": [2, -4, 1 << 60], "cats_strings": ["cat", "dog", "katze"]}
    yield one("category_mapper_strings", [WORDS], [("CategoryMapper", pairs), ("CategoryMapper", {**pairs, "default_int64": 77})])
    yield one("category_mapper_numbers", [labels], [("CategoryMapper", pairs), ("CategoryMapper", {**pairs, "default_string": "?"})])
    yield one("label_encoder_1_strings", [WORDS], [("LabelEncoder", {"classes_strings": ["dog", "cat"], "default_int64": 5})], version=1)
    yield one("label_encoder_1_numbers", [labels], [("LabelEncoder", {"classes_strings": ["a", "b", "c"]})], version=1)
    values = [{"values_floats": [0.5, 1.5, -2.5]}, {"values_int64s": [5, 1 << 60, -7]}, {"values_strings": ["x", "", "long enough to be on the heap"]}]
    default = [{"default_float": 9.5}, {"default_int64": 9}, {"default_string": "none"}]
    for name, given, keys in [("strings", WORDS, {"keys_strings": ["dog", "", "cat"]}), ("int64s", labels, {"keys_int64s": [9, 0, 2]}),
                              ("floats", numbers_of, {"keys_floats": [float("nan"), 0.0, 1.5]})]:
        # onnxruntime finds no NaN here, though the specification of version 2 says that it can be mapped.
        plain = given[given == given] if name == "floats" else given
        yield one(f"label_encoder_2_{name}", [plain], [("LabelEncoder", keys | v) for v in values], version=2)
        yield one(f"label_encoder_4_{name}", [given], [("LabelEncoder", keys | v | d) for v, d in zip(values, default, strict=True)], version=4)
    tensor = lambda a: numpy_helper.from_array(np.array(a), "t")  # noqa: E731
    yield one("label_encoder_4_doubles", [numbers_of.astype(np.float64)], [("LabelEncoder", {
        "keys_tensor": tensor([np.nan, 0.0, 3.0]), "values_tensor": tensor([1.25, 2.5, -0.125]), "default_tensor": tensor([7.75])})], version=4)
    yield one("label_encoder_4_tensor_strings", [WORDS], [("LabelEncoder", {
        "keys_tensor": helper.make_tensor("k", TensorProto.STRING, [2], ["dog", "cat"]), "values_tensor": tensor(np.array([3, 4], np.int16)),
        "default_tensor": tensor(np.array([5], np.int16))})], version=4)
    yield one("one_hot_encoder_strings", [WORDS], [("OneHotEncoder", {"cats_strings": ["cat", "dog", "katze"]})])
    yield one("one_hot_encoder_numbers", [labels], [("OneHotEncoder", {"cats_int64s": [0, 2, 9]})])
    yield one("one_hot_encoder_floats", [np.array([[1.0, 2.75], [3.5, -1.0]], np.float32)], [("OneHotEncoder", {"cats_int64s": [1, 2, 3]})])


def trained_cases() -> Iterator[Case]:
    from skl2onnx import to_onnx
    from sklearn.datasets import load_breast_cancer, load_iris
    from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC
    iris, cancer = load_iris(return_X_y=True), load_breast_cancer(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[iris[1]]
    for name, (x, y), learner in [
            ("iris_forest", (iris[0], names), RandomForestClassifier(8, max_depth=4, random_state=0)),
            ("cancer_boosting", cancer, GradientBoostingClassifier(n_estimators=10, max_depth=3, random_state=0)),
            ("iris_boosting", iris, GradientBoostingClassifier(n_estimators=5, max_depth=2, random_state=0)),
            ("iris_svc", (iris[0], names), SVC(probability=True, random_state=0)),
            ("iris_logistic", iris, LogisticRegression(max_iter=500)),
            ("cancer_pipeline", cancer, make_pipeline(StandardScaler(), LogisticRegression()))]:
        learner.fit(x, y)
        rows = x[::len(x) // 16].astype(np.float32)
        model = to_onnx(learner, rows, options={"zipmap": False}, target_opset={"": 21, "ai.onnx.ml": 3})
        model.ir_version = IR_VERSION
        yield Case(f"trained_{name}", model, [rows], 1e-3, 1e-5)


def cases() -> Iterator[Case]:
    for group in tree_cases, linear_cases, svm_cases, feature_cases, encoder_cases, trained_cases:
        yield from group()
