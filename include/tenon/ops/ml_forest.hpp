// Decision trees in flat form: how they are brought into it from what a file says, with every fault told, and how the
// votes of a row of features are found. What ml_trees.hpp is made of.
#pragma once

#include <bit>

#include "ml_scores.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::ops {

/// Comparisons, in the order of TreeEnsemble's numbers.
enum class branch : u8 { leq, lt, gte, gt, eq, neq, member };

/// A node that compares one feature; where to go from it is a node, or ~ of a leaf.
struct tree_node {
  u64 value;  ///< the bits of a double; of `member` the first of its numbers, and how many there are in the upper half
  i32 feature, no, yes;
  branch mode;
  bool missing;  ///< NaN takes `yes`
};
struct tree_vote {
  double weight;
  i64 target;
};

/// How much there is of everything, before the parts themselves.
struct forest_head {
  i64 trees = 0, nodes = 0, leaves = 0, votes = 0, members = 0;
  i64 features = 0;       ///< that a row must have
  i64 only_target = none;  ///< of all votes; `several` where they differ
  bool positive = true;    ///< no vote is below 0
  bool sound = false;      ///< the parts are complete
  static constexpr i64 none = -1, several = -2;
};

/// The parts in memory: nodes, where the votes of each leaf begin, votes, members, trees.
class forest {
 public:
  forest(std::byte* at, const forest_head& sizes) : head(reinterpret_cast<forest_head*>(at)), at_(at) {
    *head = sizes;
    place();
  }
  explicit forest(const std::byte* at) : forest(const_cast<std::byte*>(at)) {}

  static i64 bytes(const forest_head& h) {
    return detail::padded(sizeof(forest_head)) + detail::bytes_of({h.trees}, 4) + detail::bytes_of({h.nodes}, sizeof(tree_node)) +
           detail::bytes_of({h.leaves + 1}, 4) + detail::bytes_of({h.votes}, sizeof(tree_vote)) + detail::bytes_of({h.members}, 8);
  }

  /// Calls f for each vote of the leaf that a row comes to in a tree.
  template <class F>
  void each_vote(i64 tree, std::span<const double> x, F&& f) const {
    i32 i = roots[tree];
    while (i >= 0) i = step(nodes[i], x);
    for (i32 v = first_vote[~i]; v < first_vote[~i + 1]; ++v) f(votes[v]);
  }

  /// An error if nodes can be walked in a circle, by Kahn's algorithm: nodes that no other leads to are taken away until
  /// none are left. A node may have several that lead to it. `degree` and `free` have room for all nodes.
  status check_cycles(std::span<i32> degree, std::span<i32> free) const {
    std::ranges::fill(degree, 0);
    const auto children = [&](i64 n, auto&& f) {
      for (i32 child : {nodes[n].no, nodes[n].yes})
        if (child >= 0) f(static_cast<std::size_t>(child));
    };
    for (i64 i = 0; i < head->nodes; ++i) children(i, [&](std::size_t c) { ++degree[c]; });
    std::size_t ready = 0, done = 0;
    for (std::size_t i = 0; i < degree.size(); ++i)
      if (degree[i] == 0) free[ready++] = static_cast<i32>(i);
    while (done < ready)
      children(free[done++], [&](std::size_t c) {
        if (--degree[c] == 0) free[ready++] = static_cast<i32>(c);
      });
    if (done == degree.size()) return {};
    const auto at = std::ranges::find_if(degree, [](i32 d) { return d > 0; });
    return fail(code::invalid, {"the nodes of a tree lead in a circle, branch ", at - degree.begin(), " among them"});
  }

  forest_head* head;
  i32* roots;
  tree_node* nodes;
  i32* first_vote;
  tree_vote* votes;
  double* members;

 private:
  explicit forest(std::byte* at) : head(reinterpret_cast<forest_head*>(at)), at_(at) { place(); }

  void place() {
    std::byte* to = at_ + detail::padded(sizeof(forest_head));
    const auto take = [&]<class T>(T*& part, i64 n) {
      part = reinterpret_cast<T*>(to);
      to += detail::bytes_of({n}, sizeof(T));
    };
    take(nodes, head->nodes), take(first_vote, head->leaves + 1), take(votes, head->votes), take(members, head->members);
    take(roots, head->trees);  // last: how many there are is known when the others are complete
  }
  i32 step(const tree_node& n, std::span<const double> all) const {
    const double x = all[static_cast<std::size_t>(n.feature)], v = std::bit_cast<double>(n.value);
    bool yes = false;
    switch (n.mode) {
      case branch::leq: yes = x <= v; break;
      case branch::lt: yes = x < v; break;
      case branch::gte: yes = x >= v; break;
      case branch::gt: yes = x > v; break;
      case branch::eq: yes = x == v; break;
      case branch::neq: yes = x != v; break;
      case branch::member:
        const double* const of = members + (n.value & 0xffffffff);
        yes = std::find(of, of + (n.value >> 32), x) != of + (n.value >> 32);
    }
    return yes || (n.missing && x != x) ? n.yes : n.no;
  }

  std::byte* at_;
};

/// Numbers of an attribute that is a list of floats or, for more exact ones, a tensor.
class number_list {
 public:
  number_list(const floats& list, const any_tensor& exact) : view_(exact ? exact.look() : any_view(dtype::f32, {static_cast<i64>(list.size())}, as_bytes(list))), both_(exact && !list.empty()) {}
  explicit number_list(const any_tensor& t) : view_(t.look()) {}
  i64 size() const { return view_ ? view_.size() : 0; }
  double operator[](i64 i) const {
    double x = 0;
    kernels::cast(view_.type, view_.bytes + i * size_of(view_.type), dtype::f64, &x, 1);
    return x;
  }
  /// Floating-point numbers, given once, as many as there should be.
  status check(std::string_view name, i64 wanted) const {
    if (both_) return fail(code::invalid, {name, " and ", name, "_as_tensor are both given"});
    if (view_ && !dtypes::floating.has(view_.type)) return fail(code::invalid, {name, " is ", tenon::name(view_.type)});
    if (size() == wanted) return {};
    return fail(code::invalid, {name, " has ", size(), " numbers where ", wanted, " are expected"});
  }

 private:
  static const std::byte* as_bytes(const floats& list) { return reinterpret_cast<const std::byte*>(list.data()); }
  any_view view_;
  bool both_ = false;
};

/// An error unless an attribute has as many entries as it should.
inline status check_length(std::string_view name, std::size_t size, i64 wanted) {
  if (static_cast<i64>(size) == wanted) return {};
  return fail(code::invalid, {name, " has ", size, " entries where ", wanted, " are expected"});
}

/// A feature that a node asks for; files may claim any.
inline status ask_for(forest& f, tree_node& n, i64 feature) {
  if (feature < 0 || feature >= 1 << 30) return fail(code::invalid, {"nodes_featureids has ", feature, " in it"});
  n.feature = static_cast<i32>(feature);
  f.head->features = std::max(f.head->features, feature + 1);
  return {};
}
/// A vote counted in; whether its target is one of n.
inline status keep_vote(forest& f, i64 at, double weight, i64 target, i64 n) {
  if (target < 0 || target >= n) return fail(code::invalid, {"a vote is for ", target, " of ", n, " classes or targets"});
  f.votes[at] = {weight, target};
  i64& only = f.head->only_target;
  only = only == forest_head::none || only == target ? target : forest_head::several;
  f.head->positive &= weight >= 0;
  return {};
}

// ---- What operators do with them ----

/// Builds a forest to see whether it can be built.
[[gnu::noinline]] inline status validate_trees(const auto& lists) {
  const i64 bytes = forest::bytes(lists.sizes());
  auto memory = buffer::make(bytes + lists.room());
  if (!memory.has_value()) return std::unexpected(memory.error());
  forest f((*memory).data(), lists.sizes());
  return lists.build(f, reinterpret_cast<i32*>((*memory).data() + bytes));
}
/// The same for good; without memory it stays unsound.
inline void pack_trees(const auto& lists, std::byte* out) {
  auto room = buffer::make(lists.room());
  forest f(out, lists.sizes());
  f.head->sound = room.has_value() && lists.build(f, reinterpret_cast<i32*>((*room).data())).has_value();
}
/// The packed forest, or one that is built at `scratch`.
[[gnu::noinline]] inline result<forest> forest_for(const auto& lists, const run_context& c, std::byte* scratch, i64 columns) {
  if (c.packed() == nullptr) {
    forest f(scratch, lists.sizes());
    if (status s = lists.build(f, reinterpret_cast<i32*>(scratch + forest::bytes(lists.sizes()))); !s.has_value()) return std::unexpected(s.error());
    f.head->sound = true;
  }
  const forest f(c.packed() != nullptr ? c.packed() : static_cast<const std::byte*>(scratch));
  if (!f.head->sound) return fail(code::out_of_memory, {"there was no memory for the trees"});
  if (f.head->features > columns) return fail(code::invalid, {"the trees look at feature ", f.head->features - 1, ", and X has ", columns});
  return f;
}
/// A row, n scores, which of them have a vote, and a forest that was not packed.
inline i64 tree_scratch(const auto& lists, std::span<const known> in, i64 n, bool packed) {
  const i64 rows = in[0].dims.empty() ? 0 : doubles(in[0].dims.back()) + 2 * doubles(n);
  return rows + (packed ? 0 : forest::bytes(lists.sizes()) + lists.room());
}

/// Branches that rows come through, at most: each of them once.
inline double tree_steps(std::size_t branches, std::span<const known> out) {
  return multiply_adds(out[0].dims.first(std::min(out[0].dims.rank(), 1)), static_cast<i64>(branches));
}

/// How the votes for a target become one number, in the order of TreeEnsemble's numbers.
enum class vote_rule : u8 { average, sum, min, max };

inline result<vote_rule> rule_of(i64 number) {
  if (number >= 0 && number <= 3) return static_cast<vote_rule>(number);
  return fail(code::invalid, {"aggregate_function ", number, " is unknown"});
}
inline result<vote_rule> rule_of(std::string_view name) {
  constexpr std::string_view names[] = {"AVERAGE", "SUM", "MIN", "MAX"};
  for (i64 i = 0; i < 4; ++i)
    if (name == names[i]) return rule_of(i);
  return fail(code::invalid, {"aggregate_function '", name, "' is unknown"});
}

/// Scores of one row; what nobody votes for is 0, whatever the rule.
[[gnu::noinline]] inline void count_votes(const forest& f, std::span<const double> x, vote_rule rule, std::span<double> scores, std::span<double> seen) {
  std::ranges::fill(scores, 0.0);
  std::ranges::fill(seen, 0.0);
  for (i64 t = 0; t < f.head->trees; ++t)
    f.each_vote(t, x, [&](const tree_vote& v) {
      const auto at = static_cast<std::size_t>(v.target);
      double& s = scores[at];
      if (rule == vote_rule::average || rule == vote_rule::sum || seen[at] == 0) s += v.weight;
      else s = rule == vote_rule::min ? std::min(s, v.weight) : std::max(s, v.weight);
      seen[at] = 1;
    });
  if (rule == vote_rule::average && f.head->trees > 0)
    for (double& s : scores) s /= static_cast<double>(f.head->trees);
}

}  // namespace tenon
TENON_COLD_END
