// Two small trees against what they say in words, and trees that are none: circles, children that are missing, lists of
// other lengths. All kinds of branches, transforms and rules: tests/onnx/reference_cases.
#include "tenon/ops/ml_trees.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::TreeEnsemble;
using tenon::ops::TreeEnsembleClassifier;
using tenon::ops::TreeEnsembleRegressor;

// Tree 0: x0 <= 0.5 ? (x1 < -1 ? a : b) : c. Tree 7: x1 > 1 ? d : e. Their nodes are listed in any order but for roots.
const ints tree_ids = {0, 7, 0, 0, 0, 0, 7, 7}, node_ids = {0, 3, 4, 1, 3, 2, 1, 2}, features = {0, 1, 9, 1, 9, 9, 9, 9},
           yes = {1, 1, 0, 2, 0, 0, 0, 0}, no = {4, 2, 0, 3, 0, 0, 0, 0}, vote_trees = {7, 0, 0, 0, 7}, vote_nodes = {1, 2, 3, 4, 2}, votes = {0, 1, 0, 1, 1};
const floats limits = {0.5f, 1, 0, -1, 0, 0, 0, 0}, gains = {1, 2, 4, 8, 16};
const strings modes = {"BRANCH_LEQ", "BRANCH_GT", "LEAF", "BRANCH_LT", "LEAF", "LEAF", "LEAF", "LEAF"};

TreeEnsembleRegressor regressor() {
  return {.n_targets = 2, .nodes_falsenodeids = no, .nodes_featureids = features, .nodes_modes = modes, .nodes_nodeids = node_ids,
          .nodes_treeids = tree_ids, .nodes_truenodeids = yes, .nodes_values = limits, .target_ids = votes, .target_nodeids = vote_nodes,
          .target_treeids = vote_trees, .target_weights = gains};
}
/// What both trees say of a row for each target.
std::pair<double, double> said(double x0, double x1) {
  std::pair<double, double> s(0, 0);
  if (x0 <= 0.5) (x1 < -1 ? s.second : s.first) += x1 < -1 ? 2 : 4;
  else s.second += 8;
  (x1 > 1 ? s.first : s.second) += x1 > 1 ? 1 : 16;
  return s;
}

TreeEnsemble ensemble() {
  return {.leaf_targetids = ints{1, 0, 1, 0, 1}, .leaf_weights = any_tensor(tensor<float>(shape{5}, {2, 4, 8, 1, 16})), .n_targets = 2,
          .nodes_falseleafs = ints{1, 1, 1}, .nodes_falsenodeids = ints{2, 1, 4}, .nodes_featureids = ints{0, 1, 1},
          .nodes_modes = any_tensor(tensor<u8>(shape{3}, {0, 1, 3})), .nodes_splits = any_tensor(tensor<float>(shape{3}, {0.5f, -1, 1})),
          .nodes_trueleafs = ints{0, 1, 1}, .nodes_truenodeids = ints{1, 0, 3}, .tree_roots = ints{0, 2}};
}

void expect_said(trial& t, const void* o, dtype out) {
  for (const i64 n : {0, 1, 7}) {
    table x = t.draw({n, 2});
    table y(out, {n, 2});
    each({n}, [&](const shape& i) {
      const auto s = said(static_cast<double>(x[{i[0], 0}]), static_cast<double>(x[{i[0], 1}]));
      y[{i[0], 0}] = s.first, y[{i[0], 1}] = s.second;
    });
    t.expect(o, {&x}, {&y});
  }
}

}  // namespace

void tree_regressor_cases(trial& t) {
  const TreeEnsembleRegressor o = regressor();
  expect_said(t, &o, dtype::f32);
}
const by_reference tree_regressor_reference(cases{"ai.onnx.ml.TreeEnsembleRegressor", tree_regressor_cases});

void tree_ensemble_cases(trial& t) {
  const TreeEnsemble o = ensemble();
  expect_said(t, &o, t.type);
}
const by_reference tree_ensemble_reference(cases{"ai.onnx.ml.TreeEnsemble", tree_ensemble_cases});

void tree_classifier_cases(trial& t) {
  const TreeEnsembleClassifier o{.class_ids = votes, .class_nodeids = vote_nodes, .class_treeids = vote_trees, .class_weights = gains,
                                 .classlabels_int64s = {30, 40}, .nodes_falsenodeids = no, .nodes_featureids = features, .nodes_modes = modes,
                                 .nodes_nodeids = node_ids, .nodes_treeids = tree_ids, .nodes_truenodeids = yes, .nodes_values = limits};
  for (const i64 n : {0, 1, 7}) {
    table x = t.draw({n, 2});
    table y(dtype::i64, {n}), z(dtype::f32, {n, 2});
    each({n}, [&](const shape& i) {
      const auto s = said(static_cast<double>(x[{i[0], 0}]), static_cast<double>(x[{i[0], 1}]));
      z[{i[0], 0}] = s.first, z[{i[0], 1}] = s.second;
      y[i] = number::of(s.second > s.first ? 40 : 30);
    });
    t.expect(&o, {&x}, {&y, &z});
  }
}
const by_reference tree_classifier_reference(cases{"ai.onnx.ml.TreeEnsembleClassifier", tree_classifier_cases});

TEST_CASE("trees that are none are refused") {
  const any_tensor x = zeros(dtype::f32, {2, 2}), narrow = zeros(dtype::f32, {2, 1});
  const auto told = [&](auto&& change) {
    TreeEnsembleRegressor o = regressor();
    change(o);
    return complaint("ai.onnx.ml.TreeEnsembleRegressor", &o, {x});
  };
  using R = TreeEnsembleRegressor;
  CHECK(told([](R&) {}) == "");
  CHECK(told([](R& o) { o.nodes_truenodeids[3] = 0; }).starts_with("TreeEnsembleRegressor: the nodes of a tree lead in a circle"));
  CHECK(told([](R& o) { o.nodes_truenodeids[0] = 0; }).starts_with("TreeEnsembleRegressor: the nodes of a tree lead in a circle"));
  CHECK(told([](R& o) { o.nodes_falsenodeids[0] = 1; }) == "");  // two ways to one node are no circle
  CHECK(told([](R& o) { o.nodes_falsenodeids[3] = 5; }) == "TreeEnsembleRegressor: node 1 of tree 0 leads to node 5, which there is not");
  CHECK(told([](R& o) { o.nodes_nodeids[5] = 3; }) == "TreeEnsembleRegressor: tree 0 has node 3 twice");
  CHECK(told([](R& o) { o.nodes_modes[1] = "BRANCH"; }) == "TreeEnsembleRegressor: nodes_modes has 'BRANCH' in it");
  CHECK(told([](R& o) { o.nodes_values.pop_back(); }) == "TreeEnsembleRegressor: nodes_values has 7 numbers where 8 are expected");
  CHECK(told([](R& o) { o.nodes_treeids.pop_back(); }) == "TreeEnsembleRegressor: nodes_treeids has 7 entries where 8 are expected");
  CHECK(told([](R& o) { o.nodes_featureids[0] = -1; }) == "TreeEnsembleRegressor: nodes_featureids has -1 in it");
  CHECK(told([](R& o) { o.nodes_featureids[0] = 2; }) == "TreeEnsembleRegressor: the trees look at feature 2, and X has 2");
  CHECK(told([](R& o) { o.target_ids[2] = 2; }) == "TreeEnsembleRegressor: a vote is for 2 of 2 classes or targets");
  CHECK(told([](R& o) { o.target_nodeids[2] = 9; }) == "TreeEnsembleRegressor: a vote is of node 9 of tree 0, which there is not");
  CHECK(told([](R& o) { o.target_weights.clear(); }) == "TreeEnsembleRegressor: target_weights has 0 numbers where 5 are expected");
  CHECK(told([](R& o) { o.target_weights_as_tensor = any_tensor(dtype::f64, {5}); }) == "TreeEnsembleRegressor: target_weights and target_weights_as_tensor are both given");
  CHECK(told([](R& o) { o.n_targets = INT64_MAX; }) != "");
  CHECK(told([](R& o) { o.base_values = {1}; }) == "TreeEnsembleRegressor: base_values has 1 numbers where 2 are expected");
  const R sound = regressor();
  CHECK(complaint("ai.onnx.ml.TreeEnsembleRegressor", &sound, {narrow}) == "TreeEnsembleRegressor: the trees look at feature 1, and X has 1");

  const auto flat = [&](auto&& change) {
    TreeEnsemble o = ensemble();
    change(o);
    return complaint("ai.onnx.ml.TreeEnsemble", &o, {x});
  };
  using E = TreeEnsemble;
  CHECK(flat([](E&) {}) == "");
  CHECK(flat([](E& o) { o.nodes_trueleafs.value[1] = 0; }).starts_with("TreeEnsemble: the nodes of a tree lead in a circle"));
  CHECK(flat([](E& o) { o.nodes_truenodeids.value[0] = 3; }) == "TreeEnsemble: node 0 leads to 3, and there are 3 nodes and 5 leaves");
  CHECK(flat([](E& o) { o.nodes_falsenodeids.value[0] = 5; }) == "TreeEnsemble: node 0 leads to 5, and there are 3 nodes and 5 leaves");
  CHECK(flat([](E& o) { o.tree_roots.value[1] = -1; }) == "TreeEnsemble: tree_roots has -1 in it, and there are 3 nodes");
  CHECK(flat([](E& o) { o.nodes_modes.value.template as<u8>()[0] = 7; }) == "TreeEnsemble: nodes_modes has 7 in it");
  CHECK(flat([](E& o) { o.nodes_modes.value.template as<u8>()[0] = 6; }) == "TreeEnsemble: membership_values has no set for node 0");
  CHECK(flat([](E& o) { o.membership_values = any_tensor(dtype::f32, {1}); }) == "TreeEnsemble: membership_values has more sets than there are nodes that ask for one");
  CHECK(flat([](E& o) { o.leaf_weights.value = any_tensor(dtype::i64, {5}); }) == "TreeEnsemble: leaf_weights is int64");
  CHECK(flat([](E& o) { o.aggregate_function = 4; }) == "TreeEnsemble: aggregate_function 4 is unknown");
  CHECK(flat([](E& o) { o.post_transform = -1; }) == "TreeEnsemble: post_transform -1 is unknown");
}

}  // namespace tests::ops
