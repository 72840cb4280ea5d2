// TreeEnsemble, TreeEnsembleClassifier, TreeEnsembleRegressor.
#pragma once

#include "ml_tree_lists.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

inline status run_regression(const auto& lists, run_context& c, vote_rule rule, const number_list& base, score_transform t) {
  const row_frame rows = *rows_of(c.input(0).dims);
  const auto n = static_cast<std::size_t>(lists.targets);
  auto* const at = reinterpret_cast<double*>(c.scratch());
  const std::span x(at, static_cast<std::size_t>(rows.columns)), scores(at + doubles(rows.columns) / 8, n), seen(scores.data() + doubles(lists.targets) / 8, n);
  const auto f = forest_for(lists, c, reinterpret_cast<std::byte*>(seen.data()) + doubles(lists.targets), rows.columns);
  if (!f.has_value()) return std::unexpected(f.error());
  for (i64 r = 0; r < rows.rows; ++r) {
    load_row(c.input(0), r, x);
    count_votes(*f, x, rule, scores, seen);
    for (i64 i = 0; i < base.size(); ++i) scores[static_cast<std::size_t>(i)] += base[i];
    transform_scores(t, scores);
    store_row(scores, c.output(0), r);
  }
  return {};
}
/// How many targets there are where no attribute says it.
inline i64 targets_in(const ints& ids) {
  i64 most = 0;
  for (i64 id : ids) most = std::max(most, id);
  return most < INT64_MAX ? most + 1 : most;
}

/// The class that most votes are for.
struct TreeEnsembleClassifier {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 3;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:L Z:F";
  static constexpr type_variable types[] = {{'L', {dtype::string, dtype::i64}}, {'F', {dtype::f32}}};
  static constexpr u32 packs = 0;

  floats base_values{};
  any_tensor base_values_as_tensor{};
  ints class_ids{}, class_nodeids{}, class_treeids{};
  floats class_weights{};
  any_tensor class_weights_as_tensor{};
  ints classlabels_int64s{};
  strings classlabels_strings{};
  ints nodes_falsenodeids{}, nodes_featureids{};
  floats nodes_hitrates{};
  any_tensor nodes_hitrates_as_tensor{};
  ints nodes_missing_value_tracks_true{};
  strings nodes_modes{};
  ints nodes_nodeids{}, nodes_treeids{}, nodes_truenodeids{};
  floats nodes_values{};
  any_tensor nodes_values_as_tensor{};
  std::string post_transform = "NONE";

  status validate() const {
    if (status s = first_of({labels().check(), told(transform_of(post_transform))}); !s.has_value()) return s;
    const i64 n = base().size();
    if (status s = base().check("base_values", n == 0 || (n == 1 && labels().size() == 2) ? n : labels().size()); !s.has_value()) return s;
    return validate_trees(lists());
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    if (status s = c.output(0, labels().type(), {(*rows).rows}); !s.has_value()) return s;
    return c.output(1, dtype::f32, {(*rows).rows, labels().size()});
  }
  i64 packed_bytes(std::span<const known>) const { return forest::bytes(lists().sizes()); }
  void pack(std::span<const any_view>, std::byte* out) const { pack_trees(lists(), out); }
  i64 scratch(std::span<const known> in, bool packed) const { return tree_scratch(lists(), in, labels().size(), packed); }
  double work(std::span<const known>, std::span<const known> out) const { return tree_steps(nodes_modes.size(), out); }
  status run(run_context& c) const {
    const row_frame rows = *rows_of(c.input(0).dims);
    const score_transform t = *transform_of(post_transform);
    const i64 n = labels().size();
    auto* const at = reinterpret_cast<double*>(c.scratch());
    const std::span x(at, static_cast<std::size_t>(rows.columns)), scores(at + doubles(rows.columns) / 8, static_cast<std::size_t>(n)),
        seen(scores.data() + doubles(n) / 8, scores.size());
    const auto f = forest_for(lists(), c, reinterpret_cast<std::byte*>(seen.data()) + doubles(n), rows.columns);
    if (!f.has_value()) return std::unexpected(f.error());
    const forest_head& head = *(*f).head;
    for (i64 r = 0; r < rows.rows; ++r) {
      load_row(c.input(0), r, x);
      count_votes(*f, x, vote_rule::sum, scores, seen);
      for (i64 i = 0; i < base().size(); ++i) scores[static_cast<std::size_t>(base().size() == 1 && n == 2 ? std::max<i64>(head.only_target, 0) : i)] += base()[i];
      if (n <= 2 && head.only_target >= 0) {  // only one of two classes, or the only one, has votes
        const double s = scores[static_cast<std::size_t>(head.only_target)];
        const bool yes = s > (n == 2 && head.positive ? 0.5 : 0.0);
        labels().store(n == 2 ? yes : yes ? 0 : -1, c.output(0), r);
        if (n == 2 && head.only_target == 0 && base().size() < 2) transform_pair(t, s, !head.positive, scores);
        else transform_scores(t, scores);
      } else {
        labels().store(greatest(scores), c.output(0), r);
        transform_scores(t, scores);
      }
      store_row(scores, c.output(1), r);
    }
    return {};
  }

 private:
  class_labels labels() const { return {classlabels_int64s, classlabels_strings}; }
  number_list base() const { return {base_values, base_values_as_tensor}; }
  tree_lists lists() const {
    return {{"class_treeids", "class_nodeids", "class_weights"}, nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids,
            nodes_falsenodeids, nodes_missing_value_tracks_true, nodes_modes, {nodes_values, nodes_values_as_tensor},
            {nodes_hitrates, nodes_hitrates_as_tensor}, class_treeids, class_nodeids, class_ids,
            {class_weights, class_weights_as_tensor}, labels().size()};
  }
};

/// The sum, average, least or greatest of what trees say.
struct TreeEnsembleRegressor {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 3;
  static constexpr dtype_set dtypes = feature_types;
  static constexpr auto inputs = "X:T", outputs = "Y:F";
  static constexpr type_variable types[] = {{'F', {dtype::f32}}};
  static constexpr u32 packs = 0;

  std::string aggregate_function = "SUM";
  floats base_values{};
  any_tensor base_values_as_tensor{};
  std::optional<i64> n_targets{};
  ints nodes_falsenodeids{}, nodes_featureids{};
  floats nodes_hitrates{};
  any_tensor nodes_hitrates_as_tensor{};
  ints nodes_missing_value_tracks_true{};
  strings nodes_modes{};
  ints nodes_nodeids{}, nodes_treeids{}, nodes_truenodeids{};
  floats nodes_values{};
  any_tensor nodes_values_as_tensor{};
  std::string post_transform = "NONE";
  ints target_ids{}, target_nodeids{}, target_treeids{};
  floats target_weights{};
  any_tensor target_weights_as_tensor{};

  status validate() const {
    if (status s = first_of({told(rule_of(aggregate_function)), told(transform_of(post_transform))}); !s.has_value()) return s;
    if (targets() < 1) return fail(code::invalid, {"n_targets is ", targets()});
    if (status s = base().check("base_values", base().size() == 0 ? 0 : targets()); !s.has_value()) return s;
    return validate_trees(lists());
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    return c.output(0, dtype::f32, {(*rows).rows, targets()});
  }
  i64 packed_bytes(std::span<const known>) const { return forest::bytes(lists().sizes()); }
  void pack(std::span<const any_view>, std::byte* out) const { pack_trees(lists(), out); }
  i64 scratch(std::span<const known> in, bool packed) const { return tree_scratch(lists(), in, targets(), packed); }
  double work(std::span<const known>, std::span<const known> out) const { return tree_steps(nodes_modes.size(), out); }
  status run(run_context& c) const { return run_regression(lists(), c, *rule_of(aggregate_function), base(), *transform_of(post_transform)); }

 private:
  i64 targets() const { return n_targets ? *n_targets : targets_in(target_ids); }
  number_list base() const { return {base_values, base_values_as_tensor}; }
  tree_lists lists() const {
    return {{"target_treeids", "target_nodeids", "target_weights"}, nodes_treeids, nodes_nodeids, nodes_featureids, nodes_truenodeids,
            nodes_falsenodeids, nodes_missing_value_tracks_true, nodes_modes, {nodes_values, nodes_values_as_tensor},
            {nodes_hitrates, nodes_hitrates_as_tensor}, target_treeids, target_nodeids, target_ids,
            {target_weights, target_weights_as_tensor}, targets()};
  }
};

/// The same with branches and leaves in lists of their own, and branches that ask for one of several numbers.
struct TreeEnsemble {
  using kind = kinds::general;
  static constexpr std::string_view domain = "ai.onnx.ml";
  static constexpr int since = 5;
  static constexpr dtype_set dtypes{dtype::f32, dtype::f64, dtype::f16};
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  static constexpr u32 packs = 0;

  i64 aggregate_function = 1;
  required<ints> leaf_targetids{};
  required<any_tensor> leaf_weights{};
  any_tensor membership_values{};
  std::optional<i64> n_targets{};
  required<ints> nodes_falseleafs{}, nodes_falsenodeids{}, nodes_featureids{};
  any_tensor nodes_hitrates{};
  ints nodes_missing_value_tracks_true{};
  required<any_tensor> nodes_modes{}, nodes_splits{};
  required<ints> nodes_trueleafs{}, nodes_truenodeids{};
  i64 post_transform = 0;
  required<ints> tree_roots{};

  status validate() const {
    if (status s = first_of({told(rule_of(aggregate_function)), told(transform_of(post_transform))}); !s.has_value()) return s;
    const i64 n = lists().targets;
    if (n < 1) return fail(code::invalid, {"n_targets is ", n});
    return validate_trees(lists());
  }
  status infer(infer_context& c) const {
    const auto rows = rows_of(c.dims(0));
    if (!rows.has_value()) return std::unexpected(rows.error());
    return c.output(0, {(*rows).rows, lists().targets});
  }
  i64 packed_bytes(std::span<const known>) const { return forest::bytes(lists().sizes()); }
  void pack(std::span<const any_view>, std::byte* out) const { pack_trees(lists(), out); }
  i64 scratch(std::span<const known> in, bool packed) const { return tree_scratch(lists(), in, lists().targets, packed); }
  double work(std::span<const known>, std::span<const known> out) const { return tree_steps(std::max(nodes_featureids.value.size(), tree_roots.value.size()), out); }
  status run(run_context& c) const { return run_regression(lists(), c, *rule_of(aggregate_function), number_list({}), *transform_of(post_transform)); }

 private:
  struct lists_of {
    const TreeEnsemble& o;
    const i64 targets;

    i64 nodes() const { return number_list(o.nodes_modes.value).size(); }
    i64 leaves() const { return static_cast<i64>(o.leaf_targetids.value.size()); }
    forest_head sizes() const {
      return {.trees = static_cast<i64>(o.tree_roots.value.size()), .nodes = nodes(), .leaves = leaves(), .votes = leaves(),
              .members = number_list(o.membership_values).size()};
    }
    i64 room() const { return 2 * detail::bytes_of({nodes()}, 4); }

    status build(forest& f, i32* room) const {
      const i64 n = nodes();
      const ints &yes = o.nodes_truenodeids.value, &no = o.nodes_falsenodeids.value, &missing = o.nodes_missing_value_tracks_true;
      const ints &yes_leaf = o.nodes_trueleafs.value, &no_leaf = o.nodes_falseleafs.value, &features = o.nodes_featureids.value;
      if (n >= 1 << 30 || leaves() >= 1 << 30) return fail(code::limit, {n, " nodes and ", leaves(), " leaves are too many"});
      if (n > 0 && o.nodes_modes.value.type() != dtype::u8) return fail(code::invalid, {"nodes_modes is ", name(o.nodes_modes.value.type()), ", not uint8"});
      const number_list splits(o.nodes_splits.value), weights(o.leaf_weights.value), hitrates(o.nodes_hitrates);
      if (status s = first_of({check_length("nodes_truenodeids", yes.size(), n), check_length("nodes_falsenodeids", no.size(), n),
                               check_length("nodes_trueleafs", yes_leaf.size(), n), check_length("nodes_falseleafs", no_leaf.size(), n),
                               check_length("nodes_featureids", features.size(), n), splits.check("nodes_splits", n),
                               check_length("nodes_missing_value_tracks_true", missing.size(), missing.empty() ? 0 : n),
                               hitrates.check("nodes_hitrates", hitrates.size() == 0 ? 0 : n), weights.check("leaf_weights", leaves())});
          !s.has_value())
        return s;
      if (status s = number_list(o.membership_values).check("membership_values", f.head->members); !s.has_value()) return s;
      for (i64 i = 0; i < f.head->members; ++i) f.members[i] = number_list(o.membership_values)[i];
      i64 next = 0;  // of the members
      for (i64 i = 0; i < n; ++i) {
        const auto k = static_cast<std::size_t>(i);
        const u8 mode = o.nodes_modes.value.as<u8>()[i];
        if (mode > 6) return fail(code::invalid, {"nodes_modes has ", i64{mode}, " in it"});
        const i64 on_yes = child(yes[k], yes_leaf[k]), on_no = child(no[k], no_leaf[k]);
        if (on_yes == nowhere || on_no == nowhere)
          return fail(code::invalid, {"node ", i, " leads to ", on_yes == nowhere ? yes[k] : no[k], ", and there are ", n, " nodes and ", leaves(), " leaves"});
        f.nodes[i] = {std::bit_cast<u64>(splits[i]), 0, static_cast<i32>(on_no), static_cast<i32>(on_yes), static_cast<branch>(mode),
                      !missing.empty() && missing[k] != 0};
        if (status s = ask_for(f, f.nodes[i], features[k]); !s.has_value()) return s;
        if (f.nodes[i].mode != branch::member) continue;
        if (next >= f.head->members) return fail(code::invalid, {"membership_values has no set for node ", i});
        const i64 begin = next;
        while (next < f.head->members && f.members[next] == f.members[next]) ++next;
        f.nodes[i].value = static_cast<u64>(next - begin) << 32 | static_cast<u64>(begin);
        ++next;  // the NaN behind them
      }
      if (next < f.head->members) return fail(code::invalid, {"membership_values has more sets than there are nodes that ask for one"});
      for (i64 t = 0; t < f.head->trees; ++t) {
        const i64 root = o.tree_roots.value[static_cast<std::size_t>(t)];
        if (root < 0 || root >= n) return fail(code::invalid, {"tree_roots has ", root, " in it, and there are ", n, " nodes"});
        f.roots[t] = static_cast<i32>(root);
      }
      for (i64 l = 0; l < leaves(); ++l) {
        f.first_vote[l] = static_cast<i32>(l);
        if (status s = keep_vote(f, l, weights[l], o.leaf_targetids.value[static_cast<std::size_t>(l)], targets); !s.has_value()) return s;
      }
      f.first_vote[leaves()] = static_cast<i32>(leaves());
      const std::span degree(room, static_cast<std::size_t>(n)), free(room + n, degree.size());
      return f.check_cycles(degree, free);
    }

   private:
    static constexpr i64 nowhere = INT64_MIN;
    i64 child(i64 id, i64 leaf) const {
      if (id < 0 || id >= (leaf != 0 ? leaves() : nodes())) return nowhere;
      return leaf != 0 ? ~id : id;
    }
  };
  lists_of lists() const { return {*this, n_targets ? *n_targets : targets_in(leaf_targetids.value)}; }
};

using ml_trees = list<TreeEnsemble, TreeEnsembleClassifier, TreeEnsembleRegressor>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
