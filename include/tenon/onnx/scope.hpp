// The names of one graph: which value each stands for. A graph inside of a node reads values from around it;
// such values become inputs of the node and of the graph inside.
#pragma once

#include "context.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx::detail {

class scope {
 public:
  /// What `find` and `find_or_capture` answer beside values.
  static constexpr int unknown = -1, stopped = -2, absent = -3;  // absent: an input that a call leaves out
  /// What a value is defined by: a node, by its number among those of the file, or one of these.
  static constexpr int by_input = -1, by_initializer = -2;
  struct definition {
    std::string_view name;
    int value;
    int by;
  };

  /// `around`: the scope of the node that holds this graph, or null.
  scope(import_model& m, graph& to, scope* around) : model_(m), in_(m.in), graph_(to), around_(around) {}

  /// The graph that the values are of.
  graph& values() { return graph_; }
  bool is_inside() const { return around_ != nullptr; }
  void reserve(std::size_t n) { names_.reserve(n); }
  static constexpr i64 bytes_per_name = sizeof(definition);

  /// A value of this name, the last one; false at the end of the import.
  [[gnu::noinline]] bool define(std::string_view name, int by) {
    value_info v;
    v.name = model_.named(name);
    if (!in_.take_text(v.name)) return false;
    names_.push_back({name, graph_.add(std::move(v)), by});
    return true;
  }
  /// A name for a value that there is.
  void bind(std::string_view name, int value) { names_.push_back({name, value, by_input}); }
  /// When sorted: the name stands for another value from now on, if it stands for what a node makes and has not
  /// been bound before. Returns what it stood for.
  int rebind(std::string_view name, int value) {
    const auto at = std::ranges::lower_bound(names_, name, {}, &definition::name);
    if (at == names_.end() || at->name != name) return unknown;
    if (at->by < 0) return at->value;
    at->by = by_input;
    return std::exchange(at->value, value);
  }
  /// Before names can be found, and after more are defined.
  [[gnu::noinline]] void sort() {  // a heap: a fifth of std::sort's code, and no slow inputs
    std::make_heap(names_.begin(), names_.end(), before);
    std::sort_heap(names_.begin(), names_.end(), before);
  }
  std::span<const definition> defined() const { return names_; }

  /// The value of this name, or `unknown`.
  int find(std::string_view name) const {
    const auto at = std::ranges::lower_bound(names_, name, {}, &definition::name);
    if (at != names_.end() && at->name == name) return at->value;
    for (const definition& d : captured_)
      if (d.name == name) return d.value;
    return unknown;
  }
  /// The same, also among the values around this graph: such a one becomes an input here. `stopped` at the end
  /// of the import.
  [[gnu::noinline]] int find_or_capture(std::string_view name) {
    const int own = find(name);
    if (own != unknown || around_ == nullptr) return own;
    const int outer = around_->find_or_capture(name);
    if (outer < 0) return outer;
    if (!in_.take_text(name) || !in_.take(1, sizeof(value_info) + sizeof(definition) + 8)) return stopped;
    const value_info& from = around_->graph_.at(outer);
    value_info v;
    v.name = name;
    const bool small = from.owned && from.constant().byte_size() <= 1024 && from.type != dtype::string;
    if (from.is_constant() && !from.owned) {
      v.borrow(from.constant());
    } else if (small) {  // what decides shapes should be known where it is read
      any_tensor copy;
      if (!in_.make(copy, from.type, from.dims, in_quotes(name))) return stopped;
      std::memcpy(copy.data(), from.elements, static_cast<std::size_t>(from.constant().byte_size()));
      v.hold(std::move(copy));
    } else {
      v.type = from.type;
      outer_.push_back(outer);
      graph_.inputs.push_back(static_cast<int>(graph_.values.size()));
    }
    captured_.push_back({name, graph_.add(std::move(v)), by_input});
    return captured_.back().value;
  }
  /// The captured inputs, in their order, as the scope around numbers them.
  std::span<const int> outer() const { return outer_; }

 private:
  static bool before(const definition& a, const definition& b) {
    const int c = a.name.compare(b.name);
    return c != 0 ? c < 0 : a.value < b.value;
  }

  import_model& model_;
  import_state& in_;
  graph& graph_;
  scope* const around_;
  std::vector<definition> names_;     // sorted once all are known
  std::vector<definition> captured_;  // of the graph around
  std::vector<int> outer_;
};

}  // namespace tenon
TENON_COLD_END
