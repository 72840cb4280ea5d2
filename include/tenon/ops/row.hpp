// From an operator's struct to its row: the templates that read what a struct declares. What it does
// not declare follows from its kind.
#pragma once

#include "contract.hpp"
#include "elementwise.hpp"
#include "reduction.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

template <class Op>
consteval op_kind kind_of() {
  using K = typename Op::kind;
  if constexpr (std::same_as<K, kinds::unary>) return op_kind::unary;
  else if constexpr (std::same_as<K, kinds::binary>) return op_kind::binary;
  else if constexpr (std::same_as<K, kinds::predicate>) return op_kind::predicate;
  else if constexpr (std::same_as<K, kinds::relation>) return op_kind::relation;
  else if constexpr (std::same_as<K, kinds::variadic>) return op_kind::variadic;
  else if constexpr (std::same_as<K, kinds::reduction>) return op_kind::reduction;
  else return op_kind::general;
}

template <class Op>
struct inputs_of {
  static consteval std::string_view text() {
    if constexpr (requires { Op::inputs; }) return Op::inputs;
    else if constexpr (kind_of<Op>() == op_kind::unary || kind_of<Op>() == op_kind::predicate) return "X:T";
    else if constexpr (kind_of<Op>() == op_kind::variadic) return "data_0:T*";
    else if constexpr (kind_of<Op>() == op_kind::reduction) return "data:T axes?:I";
    else return "A:T B:T";
  }
};
template <class Op>
struct outputs_of {
  static consteval std::string_view text() {
    if constexpr (requires { Op::outputs; }) return Op::outputs;
    else if constexpr (kind_of<Op>() == op_kind::unary) return "Y:T";
    else if constexpr (kind_of<Op>() == op_kind::predicate) return "Y:B";
    else if constexpr (kind_of<Op>() == op_kind::relation) return "C:B";
    else if constexpr (kind_of<Op>() == op_kind::variadic) return "result:T";
    else if constexpr (kind_of<Op>() == op_kind::reduction) return "reduced:T";
    else return "C:T";
  }
};

/// Who has a member: the operator itself, or else what it says that does its work.
template <class Op>
using worker_of = decltype(std::declval<const Op&>().worker());
template <class Op, bool Own>
decltype(auto) doer(const void* op) {
  if constexpr (Own) return *static_cast<const Op*>(op);
  else return static_cast<const Op*>(op)->worker();
}

template <class Op>
consteval bool strided_of() {
  if constexpr (requires { Op::convert_integers; }) return false;
  else if constexpr (requires { Op::strided; }) return Op::strided;
  else return kind_of<Op>() != op_kind::general;
}

template <class Op>
constexpr fusion fusion_of() {
  fusion f;
  if constexpr (requires { &Op::as_affine; })
    f.as_affine = [](const void* op, std::span<const any_view> in) {
      return static_cast<const Op*>(op)->as_affine(in);
    };
  if constexpr (requires { &Op::as_clamp; })
    f.as_clamp = [](const void* op, std::span<const any_view> in) {
      return static_cast<const Op*>(op)->as_clamp(in);
    };
  if constexpr (requires { Op::is_sum; }) f.is_sum = Op::is_sum;
  if constexpr (requires { &Op::absorb_affine; })
    f.absorb_affine = [](const void* op, std::span<const any_view> in, const channel_affine& a,
                         any_tensor& w, any_tensor& b) {
      return static_cast<const Op*>(op)->absorb_affine(in, a, w, b);
    };
  if constexpr (requires { Op::residual; }) f.residual = Op::residual;
  if constexpr (requires { Op::clamps; }) f.clamps = Op::clamps;
  return f;
}

template <class Op>
constexpr op_info make_row() {
  constexpr op_kind kind = kind_of<Op>();
  constexpr bool elementwise = kind != op_kind::general && kind != op_kind::reduction;
  op_info r{};
  r.type = r.name = type_name<Op>;
  if constexpr (requires { Op::name; }) r.name = Op::name;
  if constexpr (requires { Op::domain; }) r.domain = Op::domain;
  r.since = Op::since;
  r.kind = kind;
  // An operator on all types moves bytes: nothing is compiled for any of them.
  r.dtypes = (Op::dtypes & dtypes::all) == dtypes::all ? Op::dtypes : Op::dtypes & compiled;
  r.inputs = signature_of<inputs_of<Op>>;
  r.outputs = signature_of<outputs_of<Op>>;
  if constexpr (requires { Op::types; }) r.types = {std::begin(Op::types), std::size(Op::types)};
  r.attributes = {attributes_of<Op>.data(), attributes_of<Op>.size()};
  r.make = []() -> void* { return new Op(); };
  r.destroy = [](void* op) { delete static_cast<Op*>(op); };
  r.walk = walk_attributes<Op>;
  r.fuse = fusion_of<Op>();
  r.orders = order_rule::plain;
  if constexpr (elementwise) r.orders = order_rule::any;
  if constexpr (requires { Op::orders; }) r.orders = Op::orders;
  r.strided = strided_of<Op>();
  if constexpr (requires { Op::reshapes; }) r.reshapes = Op::reshapes;
  if constexpr (requires { Op::shape_only; }) r.shape_only = Op::shape_only;
  if constexpr (requires { Op::widen; }) {
    static_assert(!strided_of<Op>(), "what is widened is read as it lies: it has no other strides");
    if constexpr (std::same_as<decltype(Op::widen), const bool>) r.widen = Op::widen ? "T" : "";
    else r.widen = Op::widen;
  }
  if constexpr (requires { Op::convert_integers; }) {
    if (compiled.has(dtype::f64)) r.convert_integers = Op::convert_integers;
    else r.dtypes = computed_types<Op>();
  }
  if constexpr (requires { &Op::upgrade; })
    r.upgrade = [](void* op, old_node& n) { return static_cast<Op*>(op)->upgrade(n); };
  if constexpr (requires { &Op::validate; }) r.validate = [](const void* op) { return static_cast<const Op*>(op)->validate(); };
  if constexpr (requires { &Op::slice; })
    r.slice = [](void* op, graph& g, node& n, std::span<const dtype> types, int outer) {
      return static_cast<Op*>(op)->slice(g, n, types, outer);
    };

  constexpr bool infers = requires { &Op::infer; }, runs = requires { &Op::run; }, produces = requires { &Op::produce; };
  if constexpr (infers || requires { &worker_of<Op>::infer; })
    r.infer = [](const void* op, infer_context& c) { return doer<Op, infers>(op).infer(c); };
  else if constexpr (kind == op_kind::reduction)
    r.infer = [](const void* op, infer_context& c) {
      const Op& o = *static_cast<const Op*>(op);
      return infer_reduction(o.keepdims, o.noop_with_empty_axes, c);
    };
  else if constexpr (produces) r.infer = [](const void*, infer_context& c) { return c.later(); };
  else r.infer = infer_elementwise;

  if constexpr (requires { &Op::check; })
    r.check = [](const void* op, std::span<const any_view> in) {
      return static_cast<const Op*>(op)->check(in);
    };
  if constexpr (produces)
    r.produce = [](const void* op, produce_context& c) { return static_cast<const Op*>(op)->produce(c); };
  else if constexpr (runs || requires { &worker_of<Op>::run; })
    r.run = [](const op_info&, const void* op, run_context& c) {
      return doer<Op, runs>(op).run(c);
    };
  else if constexpr (kind == op_kind::reduction)
    r.run = [](const op_info& info, const void* op, run_context& c) {
      const Op& o = *static_cast<const Op*>(op);
      return run_reduction(info, op, o.keepdims, o.noop_with_empty_axes, c);
    };
  else r.run = kind == op_kind::variadic ? run_variadic : run_elementwise;

  if constexpr (elementwise) r.tiles = tiles_of<Op>.data();
  if constexpr (kind == op_kind::reduction) r.folds = folds_of<Op>.data();
  constexpr bool scratches = requires { &Op::scratch; }, counts = requires { &Op::macs; }, packs = requires { &Op::pack; };
  if constexpr (scratches || requires { &worker_of<Op>::scratch; })
    r.scratch = [](const void* op, std::span<const known> in, bool packed) {
      return doer<Op, scratches>(op).scratch(in, packed);
    };
  if constexpr (counts || requires { &worker_of<Op>::macs; })
    r.macs = [](const void* op, std::span<const known> in, std::span<const known> out) {
      return doer<Op, counts>(op).macs(in, out);
    };
  if constexpr (requires { &Op::work; })
    r.work = [](const void* op, std::span<const known> in, std::span<const known> out) {
      return static_cast<const Op*>(op)->work(in, out);
    };
  if constexpr (requires { Op::packs; }) {
    r.packs = Op::packs;
    r.packed_bytes = [](const void* op, std::span<const known> in) {
      return doer<Op, packs>(op).packed_bytes(in);
    };
    r.pack = [](const void* op, std::span<const any_view> in, std::byte* out) {
      doer<Op, packs>(op).pack(in, out);
    };
  }
  return r;
}

}  // namespace detail

/// A struct with a kind tag; split from `described` so that a message names what is missing.
template <class Op>
concept has_kind = requires { typename Op::kind; };
template <class Op>
concept described = has_kind<Op> && requires {
  { Op::since } -> std::convertible_to<int>;
  { Op::dtypes } -> std::convertible_to<dtype_set>;
};

namespace detail {
// A build that compiles all rows once may keep every other file from doing so again, eager calls among
// them: TENON_ROWS is 1 in the files that hold tenon's own rows and 0 in those that only refer to them.
template <class Op>
consteval bool apart() {
#ifdef TENON_ROWS
  return std::string_view(__PRETTY_FUNCTION__).contains("Op = tenon::");
#else
  return false;
#endif
}
template <class Op, bool = apart<Op>()>
struct row_of {
  static constexpr op_info value = make_row<Op>();
};
#ifdef TENON_ROWS
template <class Op>
struct row_of<Op, true> {
  static const op_info value;
};
#if TENON_ROWS
template <class Op>
constexpr op_info row_of<Op, true>::value = make_row<Op>();
#endif
#endif
}  // namespace detail

/// The row of an operator.
template <described Op>
inline constexpr const op_info& info_of = detail::row_of<Op>::value;

/// Operators by name: what a loader is given, and what tests and tables walk.
template <class... Op>
struct list {
  using type = list;
  static constexpr const op_info* rows[] = {&info_of<Op>...};
  constexpr operator op_list() const { return {{rows, sizeof...(Op)}}; }
};
template <class... Lists>
struct join_lists;
template <class... A>
struct join_lists<list<A...>> {
  using type = list<A...>;
};
template <class... A, class... B, class... Rest>
struct join_lists<list<A...>, list<B...>, Rest...> : join_lists<list<A..., B...>, Rest...> {};
template <class... A, class... B, class... C, class... D, class... Rest>  // in fewer steps, each of which names all that are joined
struct join_lists<list<A...>, list<B...>, list<C...>, list<D...>, Rest...> : join_lists<list<A..., B..., C..., D...>, Rest...> {};
/// All operators of several lists.
template <class... Lists>
using join_t = join_lists<typename Lists::type...>::type;

}  // namespace tenon
TENON_COLD_END
