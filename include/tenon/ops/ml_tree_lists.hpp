// Trees as versions 1 and 3 of ai.onnx.ml say them, in lists with ids, brought into the flat form of ml_forest.hpp.
#pragma once

#include "ml_forest.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// Trees as versions 1 and 3 say them: nodes with two ids, of the tree and in it, and votes with the ids of a leaf.
struct tree_lists {
  /// The attributes that say the votes, by name.
  struct vote_lists {
    std::string_view trees, nodes, weights;
  };
  const vote_lists votes_in;
  const ints &treeids, &nodeids, &featureids, &yes, &no, &missing;
  const strings& modes;
  const number_list values;
  const number_list hitrates;  ///< say how popular a node is, which nothing depends on
  const ints &vote_trees, &vote_nodes, &vote_targets;
  const number_list weights;
  const i64 targets;

  forest_head sizes() const {
    const i64 n = static_cast<i64>(modes.size()), leaves = std::ranges::count(modes, "LEAF");
    return {.trees = n, .nodes = n - leaves, .leaves = leaves, .votes = static_cast<i64>(vote_targets.size())};
  }
  i64 room() const { return 4 * detail::bytes_of({static_cast<i64>(modes.size())}, 4) + detail::bytes_of({static_cast<i64>(vote_targets.size())}, 4); }

  status build(forest& f, i32* room) const {
    const auto n = static_cast<i64>(modes.size()), votes = static_cast<i64>(vote_targets.size());
    if (n >= 1 << 30 || votes >= 1 << 30) return fail(code::limit, {n, " nodes and ", votes, " votes are too many"});
    if (status s = first_of({check_length("nodes_treeids", treeids.size(), n), check_length("nodes_nodeids", nodeids.size(), n),
                             check_length("nodes_featureids", featureids.size(), n), check_length("nodes_truenodeids", yes.size(), n),
                             check_length("nodes_falsenodeids", no.size(), n), values.check("nodes_values", n),
                             check_length("nodes_missing_value_tracks_true", missing.size(), missing.empty() ? 0 : n),
                             hitrates.check("nodes_hitrates", hitrates.size() == 0 ? 0 : n),
                             check_length(votes_in.trees, vote_trees.size(), votes), check_length(votes_in.nodes, vote_nodes.size(), votes),
                             weights.check(votes_in.weights, votes)});
        !s.has_value())
      return s;
    const auto take = [&](i64 size) {
      const std::span part(room, static_cast<std::size_t>(size));
      room += size;
      return part;
    };
    const std::span order = take(n), places = take(n);
    if (status s = sort(order); !s.has_value()) return s;
    i32 nodes = 0, leaves = 0;
    for (std::size_t i = 0; i < modes.size(); ++i) places[i] = modes[i] == "LEAF" ? ~leaves++ : nodes++;
    find_roots(f, order);
    for (i64 t = 0; t < f.head->trees; ++t) f.roots[t] = places[static_cast<std::size_t>(f.roots[t])];
    for (std::size_t i = 0; i < modes.size(); ++i)
      if (places[i] >= 0)
        if (status s = add(f, i, order, places); !s.has_value()) return s;
    const std::span degree = take(nodes), free = take(nodes);
    if (status s = f.check_cycles(degree, free); !s.has_value()) return s;
    return add_votes(f, order, places, take(votes));
  }

 private:
  bool before(i32 a, i32 b) const {
    const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
    return treeids[i] != treeids[j] ? treeids[i] < treeids[j] : nodeids[i] < nodeids[j];
  }
  status sort(std::span<i32> order) const {
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<i32>(i);
    const auto less = [&](i32 a, i32 b) { return before(a, b); };
    if (!std::ranges::is_sorted(order, less)) std::ranges::make_heap(order, less), std::ranges::sort_heap(order, less);
    for (std::size_t i = 1; i < order.size(); ++i)
      if (!before(order[i - 1], order[i])) {
        const auto at = static_cast<std::size_t>(order[i]);
        return fail(code::invalid, {"tree ", treeids[at], " has node ", nodeids[at], " twice"});
      }
    return {};
  }
  /// The node of these ids, or -1.
  i64 find(std::span<const i32> order, i64 tree, i64 node) const {
    const auto at = std::ranges::partition_point(order, [&](i32 i) {
      const auto k = static_cast<std::size_t>(i);
      return treeids[k] != tree ? treeids[k] < tree : nodeids[k] < node;
    });
    if (at == order.end() || treeids[static_cast<std::size_t>(*at)] != tree || nodeids[static_cast<std::size_t>(*at)] != node) return -1;
    return *at;
  }
  /// The root of a tree is the node that is listed first, and trees are in the order of their roots.
  void find_roots(forest& f, std::span<const i32> order) const {
    i64& trees = f.head->trees;
    trees = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const bool same = i > 0 && treeids[static_cast<std::size_t>(order[i])] == treeids[static_cast<std::size_t>(order[i - 1])];
      if (!same) f.roots[trees++] = order[i];
      else f.roots[trees - 1] = std::min(f.roots[trees - 1], order[i]);
    }
    const std::span roots(f.roots, static_cast<std::size_t>(trees));
    if (!std::ranges::is_sorted(roots)) std::ranges::make_heap(roots), std::ranges::sort_heap(roots);
  }
  status add(forest& f, std::size_t i, std::span<const i32> order, std::span<const i32> places) const {
    constexpr std::string_view names[] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"};
    tree_node& n = f.nodes[places[i]];
    const auto mode = std::ranges::find(names, modes[i]) - names;
    if (mode == 6) return fail(code::invalid, {"nodes_modes has '", modes[i], "' in it"});
    const i64 on_yes = find(order, treeids[i], yes[i]), on_no = find(order, treeids[i], no[i]);
    if (on_yes < 0 || on_no < 0)
      return fail(code::invalid, {"node ", nodeids[i], " of tree ", treeids[i], " leads to node ", on_yes < 0 ? yes[i] : no[i], ", which there is not"});
    n = {std::bit_cast<u64>(values[static_cast<i64>(i)]), 0, places[static_cast<std::size_t>(on_no)], places[static_cast<std::size_t>(on_yes)],
         static_cast<branch>(mode), !missing.empty() && missing[i] != 0};
    return ask_for(f, n, featureids[i]);
  }
  /// Sorted by leaves, those of a leaf in the order of the file. Votes of nodes that are no leaves count nowhere.
  status add_votes(forest& f, std::span<const i32> order, std::span<const i32> places, std::span<i32> leaf_of) const {
    const std::span first(f.first_vote, static_cast<std::size_t>(f.head->leaves + 1));
    std::ranges::fill(first, 0);
    for (std::size_t v = 0; v < leaf_of.size(); ++v) {
      const i64 at = find(order, vote_trees[v], vote_nodes[v]);
      if (at < 0) return fail(code::invalid, {"a vote is of node ", vote_nodes[v], " of tree ", vote_trees[v], ", which there is not"});
      leaf_of[v] = ~places[static_cast<std::size_t>(at)];
      if (leaf_of[v] >= 0) ++first[static_cast<std::size_t>(leaf_of[v]) + 1];
    }
    for (std::size_t l = 1; l < first.size(); ++l) first[l] += first[l - 1];
    for (std::size_t v = 0; v < leaf_of.size(); ++v)
      if (leaf_of[v] >= 0)
        if (status s = keep_vote(f, first[static_cast<std::size_t>(leaf_of[v])]++, weights[static_cast<i64>(v)], vote_targets[v], targets); !s.has_value())
          return s;
    std::ranges::copy_backward(first.first(first.size() - 1), first.end());  // each has moved to the next one's begin
    first[0] = 0;
    return {};
  }
};

}  // namespace tenon
TENON_COLD_END
