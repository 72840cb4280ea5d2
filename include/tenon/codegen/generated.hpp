// What a generated header is made of: values with fixed places, and one operator run on some of them.
// Knows operators and what is below them; no graph, no importer.
#pragma once

#include "../kernels/gemm_tile.hpp"
#include "../ops/eager.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

// ---- Values ----

/// A value whose dtype, dimensions, element order and place were known when the header was written.
struct place {
  enum class home : u8 { absent, arena, weights, caller } where = home::absent;
  dtype type = dtype::none;
  order stored = order::plain;
  i64 offset = 0;  ///< of its bytes, or which of the caller's inputs it is; -1 has none to be read
  shape dims;
};

/// An input that a step leaves out.
inline constexpr place absent{};
/// A result, `offset` bytes into the arena.
template <element T>
constexpr place arena(i64 offset, const shape& dims, order stored = order::plain) {
  return {place::home::arena, dtype_of<T>, stored, offset, dims};
}
/// A constant, `offset` bytes into the weights.
template <element T>
constexpr place constant(i64 offset, const shape& dims) {
  return {place::home::weights, dtype_of<T>, order::plain, offset, dims};
}
/// A constant of which only the operator's packed form is left.
template <element T>
constexpr place packed(const shape& dims) {
  return {place::home::weights, dtype_of<T>, order::plain, -1, dims};
}
/// The caller's input number `index`.
template <element T>
constexpr place caller(int index, const shape& dims) {
  return {place::home::caller, dtype_of<T>, order::plain, index, dims};
}

/// A constant as a tensor of its own, for attributes.
inline any_tensor owned(const place& p, const unsigned char* weights) {
  any_tensor t(p.type, p.dims);
  std::memcpy(t.data(), weights + p.offset, static_cast<std::size_t>(t.look().byte_size()));
  return t;
}

// ---- What `run` takes ----

namespace detail {
/// False where the compiler knows that V has other elements or dimensions.
template <class V, class T, class E>
consteval bool may_be() {
  if constexpr (requires { typename V::value_type; })
    if (!std::same_as<typename V::value_type, T>) return false;
  if constexpr (requires(const V& v) { std::remove_cvref_t<decltype(v.dims())>::static_rank; })
    return requires(const V& v) { { v.dims() } -> std::same_as<const E&>; };
  return true;
}
}  // namespace detail

/// A tensor or view of T with dimensions E. What the compiler knows of it is checked by the compiler, the
/// rest (any_tensor, dynamic dimensions, strides) when the model runs.
template <element T, class E>
class argument {
 public:
  template <value V>
    requires(detail::may_be<V, T, E>())
  argument(const V& v) : view_(look(v)) {}
  operator const any_view&() const { return view_; }

 private:
  any_view view_;
};

// ---- Steps ----

/// The row of an operator without what only loading needs, so that none of that is linked.
template <described Op>
inline constexpr op_info running = [] {
  constexpr op_info all = tenon::detail::make_row<Op>();
  op_info r{};
  r.name = all.name;
  r.kind = all.kind, r.orders = all.orders;
  r.strided = all.strided, r.reshapes = all.reshapes, r.shape_only = all.shape_only, r.widen = all.widen, r.convert_integers = all.convert_integers;
  r.dtypes = all.dtypes, r.inputs = all.inputs, r.outputs = all.outputs;
  r.check = all.check, r.run = all.run, r.tiles = all.tiles, r.folds = all.folds;
  r.packs = all.packs, r.fuse.residual = all.fuse.residual, r.fuse.clamps = all.fuse.clamps;
  return r;
}();

/// Weights are packed for registers of so many floats: 4, and 1 in builds without SIMD.
inline constexpr int packed_lanes = kernels::tile<float>::lanes;
/// True where the operators of this build are compiled for all of these types (TENON_DTYPES).
constexpr bool compiles(dtype_set needed) { return (compiled & needed) == needed; }

struct operand {
  const place* at;
  constexpr operand(const place& p) : at(&p) {}
};
using operands = std::initializer_list<operand>;

struct extras {
  i64 scratch = 0;   ///< where in the arena the step may scribble
  i64 packed = -1;   ///< where in the weights the packed form of its constant inputs is
  interval clamp{};  ///< fused into the step
};

/// The memory of a model: its arena, and room for the views of its largest step.
inline result<buffer> make_memory(i64 arena_bytes, int most_operands, memory* from) {
  return buffer::make(arena_bytes + most_operands * static_cast<i64>(sizeof(any_view)), from);
}

/// Runs steps one after the other. After one that failed the others do nothing.
class runner {
 public:
  runner(std::span<const any_view> inputs, const buffer& memory, i64 arena_bytes, const unsigned char* weights)
      : inputs_(inputs.data()), arena_(memory.data()), views_(memory.data() + arena_bytes),
        weights_(reinterpret_cast<const std::byte*>(weights)) {}

  /// The caller's input is what the header was written for.
  [[gnu::noinline]] void check(const char* title, const place& p) {
    const any_view& v = inputs_[p.offset];
    if (v.type != p.type || v.dims != p.dims)
      fail({code::invalid, join({"input ", title, " is ", name(p.type), " ", p.dims, ", not ", name(v.type), " ", v.dims})});
    else if (!v.contiguous()) fail({code::invalid, join({"input ", title, " does not lie row-major"})});
    else if (v.bytes == nullptr && v.size() != 0) fail({code::invalid, join({"input ", title, " has no elements"})});
  }

  /// An operator that takes its operands as they lie.
  template <described Op>
  void step(const char* title, const Op& op, operands in, operands out, const extras& more = {}) {
    run(running<Op>.run, running<Op>, title, &op, in, out, more);
  }
  /// An operator for which operands are converted or turned first, as run_node does.
  template <described Op>
  void converting_step(const char* title, const Op& op, operands in, operands out, const extras& more = {}) {
    run(run_node, running<Op>, title, &op, in, out, more);
  }
  /// The same elements in another order.
  void store(const place& from, const place& to) {
    if (!done_.has_value()) return;
    const any_view v = view_of(from);
    kernels::copy(v.bytes, v.strides, bytes_of(to), strides_of(to.dims, to.stored), v.dims, size_of(v.type));
  }

  const status& done() const { return done_; }
  /// The elements of a result, after the steps.
  template <element T, class E>
  view<const T, E> result(const place& p) const {
    return {reinterpret_cast<const T*>(view_of(p).bytes), E{}};
  }

 private:
  void fail(error e) {
    if (done_.has_value()) done_ = std::unexpected<error>(std::move(e));
  }
  std::byte* bytes_of(const place& p) const { return arena_ + p.offset; }
  any_view view_of(const place& p) const {
    const std::byte* bytes = nullptr;
    switch (p.where) {
      case place::home::absent: return {};
      case place::home::arena: bytes = bytes_of(p); break;
      case place::home::weights: bytes = p.offset < 0 ? nullptr : weights_ + p.offset; break;
      case place::home::caller: bytes = inputs_[p.offset].bytes; break;
    }
    return {p.type, p.dims, strides_of(p.dims, p.stored), bytes};
  }
  [[gnu::noinline]] void run(run_fn f, const op_info& info, const char* title, const void* op, operands in, operands out,
                             const extras& more) {
    if (!done_.has_value()) return;
    const auto inputs = reinterpret_cast<any_view*>(views_);
    const auto outputs = reinterpret_cast<mutable_any_view*>(inputs + in.size());
    std::size_t n = 0;
    for (operand o : in) new (inputs + n++) any_view(view_of(*o.at));
    n = 0;
    for (operand o : out) {
      const place& p = *o.at;
      new (outputs + n++) mutable_any_view(
          p.where == place::home::absent ? mutable_any_view()
                                         : mutable_any_view(p.type, p.dims, strides_of(p.dims, p.stored), bytes_of(p)));
    }
    run_context c({inputs, in.size()}, {outputs, out.size()}, arena_ + more.scratch,
                  more.packed < 0 ? nullptr : weights_ + more.packed, more.clamp);
    if (tenon::detail::writes_nothing(c)) return;
    if (status s = f(info, op, c); !s.has_value()) fail({s.error().what, join({title, ": ", s.error().message})});
  }

  const any_view* inputs_;
  std::byte *arena_, *views_;
  const std::byte* weights_;
  status done_;
};

}  // namespace tenon
TENON_COLD_END
