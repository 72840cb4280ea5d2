// `variable`: a shared handle to a tensor that remembers which operator made it, of what. What a result
// remembers is the tape: it hangs on that result and is freed with the last handle to it.
#pragma once

#include <iterator>

#include "../ops/eager.hpp"
#include "guard.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

class variable;
class backward_context;

namespace detail {

/// Gives gradients of inputs from those of outputs; made from what the operator's struct declares.
using gradient_rule = void (*)(const void* op, backward_context&);

struct application;

/// What the handles share. The tensor itself never changes: assigning replaces it, and whoever
/// recorded the old one keeps it.
struct variable_node {
  std::shared_ptr<const any_tensor> value;
  std::shared_ptr<application> made_by;  ///< null: a parameter or a constant
  bool wants_gradient = false;
  std::string_view without_gradient{};  ///< the operator whose result has none, for messages
  guard* within = nullptr;              ///< where errors go instead of `raise`
};

}  // namespace detail

/// A tensor with its history. Copies are handles to the same one; a variable of a tensor is a constant.
class variable {
 public:
  variable() = default;
  variable(any_tensor value) : variable(std::make_shared<const any_tensor>(std::move(value))) {}
  template <element T, class E>
  variable(const tensor<T, E>& value) : variable(any_tensor(value)) {}
  explicit variable(std::shared_ptr<const any_tensor> value, guard* within = nullptr)
      : node_(std::make_shared<detail::variable_node>()) {
    node_->value = std::move(value);
    node_->within = within;
  }
  explicit variable(std::shared_ptr<detail::variable_node> node) : node_(std::move(node)) {}

  const any_tensor& value() const { return *node_->value; }
  dtype type() const { return value().type(); }
  const shape& dims() const { return value().dims(); }
  int rank() const { return value().rank(); }
  i64 size() const { return value().size(); }
  /// False for an optional input that was left out.
  explicit operator bool() const { return node_ != nullptr; }

  /// True of parameters and of what is computed from them.
  bool wants_gradient() const { return node_ != nullptr && node_->wants_gradient; }
  /// The same tensor without history, as a constant.
  variable detached() const { return node_ == nullptr ? variable() : variable(node_->value, node_->within); }
  /// Gives a parameter or constant the value of another variable; all handles see it. What was recorded
  /// before keeps the old value.
  void assign(const variable& from) {
    if (node_->made_by != nullptr) raise({code::invalid, "assign: the result of an operator cannot be assigned"});
    if (from.type() != type() || from.dims() != dims())
      raise({code::invalid, join({"assign: ", name(from.type()), " ", from.dims(), " to ", name(type()), " ", dims()})});
    node_->value = from.node_->value;
  }

  const std::shared_ptr<detail::variable_node>& node() const { return node_; }

 private:
  std::shared_ptr<detail::variable_node> node_;
};

template <>
inline constexpr bool is_operand<variable> = true;

namespace simd {
/// Bodies ask for the type of a scalar beside x. No lanes: the functions on registers do not apply.
template <>
struct lane_traits<variable> {
  using scalar = double;
  using mask_type = variable;
  static constexpr int lanes = 0;
};
}  // namespace simd

/// A variable whose gradients are wanted.
inline variable parameter(any_tensor value) {
  if (!dtypes::floating.has(value.type()))
    raise({code::invalid, join({"parameter: ", name(value.type()), " has no gradient"})});
  variable v(std::move(value));
  v.node()->wants_gradient = true;
  return v;
}

namespace detail {

/// A constant, or what stands for it where there was no memory.
[[gnu::noinline]] inline variable constant(result<any_tensor> t, guard* within) {
  if (within == nullptr) return value_or_raise(std::move(t));
  if (!t.has_value()) within->fail(std::move(t.error()));
  return variable(std::make_shared<const any_tensor>(t.has_value() ? std::move(*t) : any_tensor(dtype::f32, {})), within);
}
/// The guard of some variables, or null.
inline guard* guard_of(std::span<const variable> all) {
  for (const variable& v : all)
    if (v && v.node()->within != nullptr) return v.node()->within;
  return nullptr;
}

/// One application of an operator on the tape.
struct application {
  std::string_view name;
  signature inputs_of;
  std::shared_ptr<const void> op;
  gradient_rule rule = nullptr;
  std::vector<variable> inputs;
  std::vector<std::shared_ptr<const any_tensor>> given;  ///< the inputs' values then
  std::vector<std::weak_ptr<variable_node>> outputs;
  std::vector<std::shared_ptr<const any_tensor>> made;  ///< their values, also of those that nobody holds

  application() = default;
  application(const application&) = delete;
  /// A long chain is freed link by link, where each freeing the one before would need a deep stack.
  ~application() {
    std::vector<variable> last = std::move(inputs);
    while (!last.empty()) {
      variable v = std::move(last.back());
      last.pop_back();
      if (!v || v.node().use_count() != 1 || v.node()->made_by.use_count() != 1) continue;
      std::vector<variable>& more = v.node()->made_by->inputs;
      last.insert(last.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
      more.clear();
    }
  }
};

}  // namespace detail

}  // namespace tenon
TENON_COLD_END
