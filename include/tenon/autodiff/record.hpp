// Operators applied to variables: the operator runs as it does on tensors, and goes onto the tape with
// the rule for its gradients. A rule comes from the operator's struct: its `gradient`, or for
// element-wise operators without one, its body run on variables.
#pragma once

#include <numeric>

#include "../ops/gather.hpp"
#include "../ops/move.hpp"
#include "../ops/scatter.hpp"
#include "../ops/shape.hpp"
#include "variable.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// What a gradient sees: inputs and outputs of the forward run, and the gradients of the outputs.
class backward_context {
 public:
  int inputs() const { return static_cast<int>(in_.size()); }
  bool has(int i) const { return i < inputs() && static_cast<bool>(input(i)); }
  bool wants(int i) const { return wanted_[static_cast<unsigned>(i)]; }
  const variable& input(int i) const { return in_[static_cast<unsigned>(i)]; }
  const variable& output(int i = 0) const { return out_[static_cast<unsigned>(i)]; }
  /// The gradient of output i, of its shape.
  const variable& dy(int i = 0) const { return dy_[static_cast<unsigned>(i)]; }
  int outputs() const { return static_cast<int>(dy_.size()); }
  /// False where the result does not depend on output i: then its dy is zero.
  bool used(int i) const { return i < outputs() && used_[static_cast<unsigned>(i)]; }
  /// Says that an input has no gradient.
  static variable none() { return {}; }

  /// For operators that copy elements of input 0: each element's gradient goes back where it came from.
  template <class Op>
  variable moved(const Op& op, int i) const;
  /// The same where it is known from where: dy[j] is added at element positions[j] of input 0.
  variable scattered(const variable& positions) const;
  /// Constants as large as an input may be: zeros, and the numbers of elements from `first` on.
  variable zeros(dtype type, const shape& dims) const { return detail::constant(any_tensor::try_make(type, dims, within_), within_); }
  variable numbers(const shape& dims, i64 first = 0) const {
    auto t = any_tensor::try_make_uninitialized(dtype::i64, dims, within_);
    if (t.has_value()) std::iota((*t).as<i64>(), (*t).as<i64>() + (*t).size(), first);
    return detail::constant(std::move(t), within_);
  }

  void give(int i, variable gradient) { given_[static_cast<unsigned>(i)] = std::move(gradient); }
  /// Inputs to run the operator's body on, and the gradients through the y that it made of them.
  virtual std::vector<variable> start() = 0;
  virtual void through(std::string_view name, std::span<const variable> in, const variable& y) = 0;

 protected:
  ~backward_context() = default;
  std::vector<variable> in_, out_, dy_, given_;
  std::vector<bool> wanted_, used_;
  guard* within_ = nullptr;
  variable added(const variable& positions, i64 n) const;
};

namespace detail {

struct named_gradient {
  int gradient;
};
template <class Op>
struct two_gradients : Op, named_gradient {};
/// True where Op has a member of that name, be it a template: then the name is ambiguous here.
template <class Op>
concept declares_gradient = !requires { &two_gradients<Op>::gradient; };

template <class Op>
void run_gradient(const void* at, backward_context& c) {
  const Op& op = *static_cast<const Op*>(at);
  constexpr op_kind kind = kind_of<Op>();
  for (int i = 0; i < c.inputs(); ++i) {
    if (!c.wants(i)) continue;
    if constexpr (kind == op_kind::unary) c.give(i, op.gradient(c.input(0), c.output(), c.dy()));
    else if constexpr (kind == op_kind::binary) c.give(i, op.gradient(i, c.input(0), c.input(1), c.output(), c.dy()));
    else c.give(i, op.gradient(i, std::as_const(c)));
  }
}
template <class Op>
void run_body(const void* at, backward_context& c) {
  const Op& op = *static_cast<const Op*>(at);
  const std::vector<variable> in = c.start();
  variable y;
  if constexpr (kind_of<Op>() == op_kind::unary) y = op(in[0]);
  else if constexpr (kind_of<Op>() == op_kind::binary) y = op(in[0], in[1]);
  else y = in[0];
  if constexpr (kind_of<Op>() == op_kind::variadic)
    for (std::size_t i = 1; i < in.size(); ++i) y = op(y, in[i]);
  c.through(type_name<Op>, in, y);
}

/// The rule of an operator, or null where there is none: it says `using gradient = no_gradient`, or is
/// not element-wise and says nothing.
template <class Op>
consteval gradient_rule rule_of() {
  constexpr op_kind kind = kind_of<Op>();
  if constexpr (requires { typename Op::gradient; } || (Op::dtypes & dtypes::floating) == dtype_set{}) return nullptr;
  else if constexpr (declares_gradient<Op>) return run_gradient<Op>;
  else if constexpr (kind == op_kind::unary || kind == op_kind::binary || kind == op_kind::variadic) return run_body<Op>;
  else return nullptr;
}

/// Runs an operator and records it if a gradient may be asked for.
[[gnu::noinline]] inline result<std::vector<variable>> record(const op_info& info, const void* op,
                                                              std::shared_ptr<const void> (*keep)(const void*), gradient_rule rule,
                                                              std::span<const variable> in, int outputs) {
  std::vector<any_view> views;
  bool wanted = false;
  for (const variable& v : in) {
    views.push_back(v ? v.value().look() : any_view());
    wanted |= v.wants_gradient();
  }
  // A gradient may look at outputs that nobody asked for.
  const int all = wanted ? std::max(outputs, info.outputs.size) : outputs;
  guard* const within = guard_of(in);
  apply_options how{.outputs = all};
  if (within != nullptr) how.title = within->title, how.from = within, how.limit = within->left(), how.bodies = within->bodies(), how.macs = within->macs();
  result<std::vector<any_tensor>> made;
  if (within == nullptr || within->begin()) made = try_apply(info, op, views, how);
  if (!made.has_value()) {
    if (within == nullptr) return std::unexpected(std::move(made.error()));
    within->fail(std::move(made.error()));
  }
  if (within != nullptr && !within->sound())
    return std::vector(static_cast<std::size_t>(std::max(all, info.outputs.size)), constant(any_tensor(dtype::f32, {}), within));
  std::vector<variable> out;
  std::shared_ptr<application> a;
  for (any_tensor& t : *made) {
    variable y(std::make_shared<const any_tensor>(std::move(t)), within);
    if (wanted && dtypes::floating.has(y.type())) {
      if (a == nullptr) {
        a = std::make_shared<application>();
        a->name = info.name, a->inputs_of = info.inputs, a->op = keep(op), a->rule = rule;
        a->inputs.assign(in.begin(), in.end());
        for (const variable& v : in) a->given.push_back(v ? v.node()->value : nullptr);
      }
      y.node()->wants_gradient = true;
      y.node()->made_by = a;
    } else if (wanted) {
      y.node()->without_gradient = info.name;
    }
    out.push_back(std::move(y));
  }
  if (a != nullptr)
    for (const variable& y : out) {
      a->outputs.push_back(y.node());
      a->made.push_back(y.node()->value);
    }
  return out;
}
template <class Op>
result<std::vector<variable>> record(const Op& op, std::span<const variable> in, int outputs = 0) {
  return record(info_of<Op>, &op, [](const void* o) -> std::shared_ptr<const void> {
    return std::make_shared<const Op>(*static_cast<const Op*>(o));
  }, rule_of<Op>(), in, outputs);
}

template <class T>
variable to_variable(const T& x) {
  if constexpr (std::same_as<T, variable>) return x;
  else if constexpr (requires { variable(x); }) return variable(x);
  else return variable(apply(ops::Identity{}, x));
}

}  // namespace detail

/// The rules of a list of operators, for what knows operators by their rows only.
struct row_and_rule {
  const op_info* row;
  detail::gradient_rule rule;  ///< null: has none
};
template <class List>
struct gradient_rules;
template <class... Op>
struct gradient_rules<list<Op...>> {
  static constexpr row_and_rule all[] = {{&info_of<Op>, detail::rule_of<Op>()}...};
};

/// The one output of an operator applied to variables, some of which may be plain tensors.
template <described Op, operand... T>
  requires(std::same_as<T, variable> || ...)
result<variable> try_apply_operator(const Op& op, const T&... operands) {
  const variable in[] = {detail::to_variable(operands)...};
  auto out = detail::record(op, in);
  if (!out.has_value()) return std::unexpected(std::move(out.error()));
  return std::move((*out)[0]);
}
template <described Op, operand... T>
  requires(std::same_as<T, variable> || ...)
variable apply_operator(const Op& op, const T&... operands) {
  return value_or_raise(try_apply_operator(op, operands...));
}
template <described Op>
std::vector<variable> apply_all(const Op& op, std::span<const variable> operands, int outputs = 0) {
  return value_or_raise(detail::record(op, operands, outputs));
}

template <described Op, operand... T>
  requires(std::same_as<T, variable> || ...)
std::vector<variable> apply_for(int outputs, const Op& op, const T&... operands) {
  const variable in[] = {detail::to_variable(operands)...};
  return value_or_raise(detail::record(op, in, outputs));
}

// ---- Gradients of what moves elements ----

/// dy added up by position in a list of n.
inline variable backward_context::added(const variable& positions, i64 n) const {
  return scatter_nd(zeros(dy().type(), {n}), reshape(positions, {positions.size(), 1}, {.allowzero = true}),
                    reshape(dy(), {dy().size()}, {.allowzero = true}), {.reduction = "add"});
}
inline variable backward_context::scattered(const variable& positions) const {
  const shape& dims = input(0).dims();
  return reshape(added(positions, count(dims)), dims, {.allowzero = true});
}
template <class Op>
variable backward_context::moved(const Op& op, int i) const {
  if (i != 0) return none();
  // The operator itself says where elements came from: it moves their numbers. 0 is what it put in between.
  const shape& dims = input(0).dims();
  const i64 n = count(dims);
  std::vector<variable> in{numbers(dims, 1)};
  for (int k = 1; k < inputs(); ++k)
    in.push_back(has(k) && !dtypes::floating.has(input(k).type()) ? input(k).detached() : variable());
  const variable sums = added(apply_all(op, std::span<const variable>(in))[0], n + 1);
  return reshape(apply_for(2, ops::Split{}, sums, tensor<i64>({2}, {1, n}))[1], dims, {.allowzero = true});
}

}  // namespace tenon
TENON_COLD_END
