// Operators as functions on tensors: `apply(op, {x, y})` checks, infers, allocates and runs at once.
// Every operator's own function (relu, matmul, ...) is one line over it, under its struct.
#pragma once

#include "row.hpp"
#include "run.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// A tensor, a view of one, or an any_tensor.
template <class T>
concept value = std::convertible_to<const T&, any_view> || requires(const T& t) { any_view(t.look()); };

/// True of other things that operators are applied to: they overload `apply_operator`.
template <class T>
inline constexpr bool is_operand = false;
template <class T>
concept operand = value<T> || is_operand<T>;

/// A look at any kind of tensor.
template <value T>
any_view look(const T& t) {
  if constexpr (requires { any_view(t.look()); }) return any_view(t.look());
  else return t;
}

struct apply_options {
  int outputs = 0;                    ///< so many, where their number is free or the last ones are optional; 0: all
  std::string_view title = {};        ///< in messages, instead of the operator's name
  memory* from = nullptr;
  i64 limit = INT64_MAX;              ///< bytes that outputs and scratch may take
  const std::byte* packed = nullptr;  ///< constant inputs in the operator's own form
  body_runner* bodies = nullptr;      ///< for operators that have bodies
  i64* macs = nullptr;                ///< multiply-adds that are left (`work_of`): what this takes is taken off
};

/// The outputs of an operator applied to tensors.
[[gnu::noinline]] inline result<std::vector<any_tensor>> try_apply(const op_info& info, const void* op,
                                                                   std::span<const any_view> inputs,
                                                                   const apply_options& options = {}) {
  const auto in_words = [&](error e) {
    return wrap(std::move(e), {options.title.empty() ? info.name : options.title, ": "});
  };
  memory* const from = options.from;
  const int outputs = options.outputs == 0 ? info.outputs.size : std::max(options.outputs, info.outputs.least());
  std::vector<known> in, out(static_cast<std::size_t>(outputs));
  u32 copied = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const any_view& v = inputs[i];
    in.push_back({v.type, v.dims, v});
    if (i < 32 && v && !detail::takes(info, static_cast<int>(i), v.dims, v.strides, false)) copied |= u32{1} << i;
  }
  if (status s = check_inputs(info, in); !s.has_value()) return in_words(s.error());
  if (info.validate != nullptr && options.packed == nullptr)  // what is packed was validated before
    if (status s = info.validate(op); !s.has_value()) return in_words(s.error());
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (inputs[i].type == dtype::string && !info.strided && !inputs[i].contiguous())
      return in_words({code::unsupported, join({"input ", info.inputs.at(static_cast<int>(i)).name,
                                                " has strings that do not lie one after the other"})});
  if (info.produce != nullptr) {
    std::vector<any_tensor> made(out.size());
    if (options.macs != nullptr) *options.macs -= work_of(info, op, in, {});  // where that is too much, what it runs is refused
    produce_context c(inputs, made, options.bodies, from, options.limit, options.macs);
    if (status s = info.produce(op, c); !s.has_value()) return in_words(s.error());
    for (std::size_t i = 0; options.macs != nullptr && i < made.size(); ++i) *options.macs -= count(made[i].dims());  // what follows is refused
    return made;
  }
  // Inference reads the elements of a list (axes, shapes) as contiguous ones; others that lie apart are
  // gathered only when it asks for them.
  std::vector<any_tensor> dense;
  const auto gather = [&](known& k, const any_view& v) -> status {
    auto t = any_tensor::try_make_uninitialized(v.type, v.dims, from);
    if (!t.has_value()) return std::unexpected(t.error());
    copy_elements(v, (*t).edit());
    k.constant = (*t).look();
    dense.push_back(std::move(*t));
    return {};
  };
  for (known& k : in)
    if (const any_view v = k.constant; v && !v.contiguous()) {
      const bool listed = info.inputs.at(static_cast<int>(&k - in.data())).type == 'I' || v.size() <= 4096;
      k.constant = {};
      if (v.type != dtype::string && v.rank() <= 1 && listed)
        if (status s = gather(k, v); !s.has_value()) return in_words(s.error());
    }
  for (int again = 0; again < 2; ++again) {
    infer_context shapes(info, in, out);
    if (status s = info.infer(op, shapes); !s.has_value()) return in_words(s.error());
    if (!shapes.is_later()) break;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i].type != dtype::none && in[i].type != dtype::string && !in[i].constant)
        if (status s = gather(in[i], inputs[i]); !s.has_value()) return in_words(s.error());
  }

  if (options.macs != nullptr)
    if (status s = spend(work_of(info, op, in, out), *options.macs); !s.has_value()) return in_words(s.error());
  const i64 scratch_size = scratch_bytes(info, op, in, out, options.packed != nullptr, copied, true);
  i64 total = scratch_size;
  for (const known& k : out) {
    i64 bytes = 0;
    if (__builtin_mul_overflow(count(k.dims), size_of(k.type), &bytes) || __builtin_add_overflow(total, bytes, &total))
      total = INT64_MAX;
  }
  if (total > options.limit)
    return in_words({code::limit, join({"needs ", total, " bytes, more than the ", options.limit, " that are left"})});
  std::vector<any_tensor> made;
  std::vector<mutable_any_view> views;
  for (const known& k : out) {
    auto t = any_tensor::try_make_uninitialized(k.type, k.dims, from);
    if (!t.has_value()) return in_words(t.error());
    made.push_back(std::move(*t));
    views.push_back(made.back().edit());
  }
  auto scratch = buffer::make(scratch_size, from);
  if (!scratch.has_value()) return in_words(scratch.error());
  run_context c(inputs, {views.data(), views.size()}, (*scratch).data(), options.packed);
  if (status s = run_node(info, op, c); !s.has_value()) return in_words(s.error());
  return made;
}

/// The one output of an operator; what is wrong goes to `raise`. An object, for a function would have
/// std::apply beside it wherever an operand knows of std.
struct apply_function {
  template <described Op, operand... T>
  auto operator()(const Op& op, const T&... operands) const {
    if constexpr ((value<T> && ...)) {
      const any_view in[] = {look(operands)...};
      auto out = value_or_raise(try_apply(info_of<Op>, &op, in));
      return any_tensor(std::move(out[0]));
    } else {
      return apply_operator(op, operands...);  // overloaded by what is no tensor
    }
  }
};
inline constexpr apply_function apply;

/// All outputs, for operators that have several or as many as asked for.
template <described Op>
std::vector<any_tensor> apply_all(const Op& op, std::span<const any_view> operands, int outputs = 0) {
  return value_or_raise(try_apply(info_of<Op>, &op, operands, {.outputs = outputs}));
}
/// The same, the operands one by one.
template <described Op, value... T>
std::vector<any_tensor> apply_for(int outputs, const Op& op, const T&... operands) {
  const any_view in[] = {look(operands)...};
  return apply_all(op, in, outputs);
}

}  // namespace tenon
TENON_COLD_END
