// What all element-wise operators share: the shape is the broadcast one, the work is the map driver's
// with the operator's tile functions.
#pragma once

#include "contract.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// The tile function's slot that computes elements of a dtype: narrow integers by their own width
/// where the operator's bits allow it, small floats in f32.
constexpr tile_type tile_of(dtype d) {
  switch (d) {
    case dtype::f32: return tile_type::f32;
    case dtype::f64: return tile_type::f64;
    case dtype::i32: return tile_type::i32;
    case dtype::u32: return tile_type::u32;
    case dtype::i64: return tile_type::i64;
    case dtype::u64: return tile_type::u64;
    case dtype::i8: return tile_type::i8;
    case dtype::u8: case dtype::boolean: return tile_type::u8;
    case dtype::i16: return tile_type::i16;
    case dtype::u16: return tile_type::u16;
    default: return tile_type::none;
  }
}

namespace detail {

/// The dtype whose tile function computes `d`: itself where there is one, else its compute type.
inline dtype computed_as(const kernels::tile_fn* tiles, dtype d) {
  const tile_type t = tile_of(d);
  return t != tile_type::none && tiles[static_cast<unsigned>(t)] != nullptr ? d : compute_dtype(d);
}

/// The dtypes that tiles and folds are compiled for: integers that run_node converts need none.
template <class Op>
consteval dtype_set computed_types() {
  dtype_set all = Op::dtypes & compiled;
  if constexpr (requires { Op::convert_integers; }) all.bits &= ~dtypes::integers.bits;
  return all;
}

template <class Op>
consteval bool declares_sign_free() {
  if constexpr (requires { Op::sign_free; }) return Op::sign_free;
  else return false;
}
template <class Op>
consteval bool declares_narrow() {
  if constexpr (requires { Op::narrow; }) return Op::narrow;
  else return false;
}

/// The tile function of Op for element type T, or null. Where signed and unsigned give the same bits
/// one of them serves both; narrow types have one of their own only where the operator says so.
template <class Op, class T>
constexpr kernels::tile_fn tile_for() {
  using C = std::conditional_t<std::is_integral_v<T> && declares_sign_free<Op>(), std::make_unsigned_t<
      std::conditional_t<std::is_integral_v<T>, T, int>>, T>;

  constexpr bool direct = computed_types<Op>().has(dtype_of<T>) || (std::same_as<T, u8> && computed_types<Op>().has(dtype::boolean));
  constexpr bool used = [] {
    if (sizeof(T) < 4) return direct && declares_narrow<Op>();
    if (direct) return true;
    // Also needed when another dtype computes in it.
    for (int d = 1; d < dtype_count; ++d)
      if (computed_types<Op>().has(static_cast<dtype>(d)) && compute_dtype(static_cast<dtype>(d)) == dtype_of<T> &&
          !(declares_narrow<Op>() && tile_of(static_cast<dtype>(d)) != tile_type::none))
        return true;
    return false;
  }();
  if constexpr (!used) return nullptr;
  else if constexpr (std::same_as<typename Op::kind, kinds::unary>) return kernels::unary_tile<Op, C>;
  else if constexpr (std::same_as<typename Op::kind, kinds::predicate>) return kernels::predicate_tile<Op, C>;
  else if constexpr (std::same_as<typename Op::kind, kinds::relation>) return kernels::compare_tile<Op, C>;
  else return kernels::binary_tile<Op, C>;
}

template <class Op>
inline constexpr std::array<kernels::tile_fn, tile_types> tiles_of = {
    tile_for<Op, float>(), tile_for<Op, double>(), tile_for<Op, i32>(), tile_for<Op, u32>(),
    tile_for<Op, i64>(),   tile_for<Op, u64>(),    tile_for<Op, i8>(),  tile_for<Op, u8>(),
    tile_for<Op, i16>(),   tile_for<Op, u16>()};

}  // namespace detail

/// All inputs broadcast to one shape.
inline status infer_elementwise(const void*, infer_context& c) {
  shape dims = c.dims(0);
  for (int i = 1; i < c.inputs(); ++i) {
    const auto both = broadcast(dims, c.dims(i));
    if (!both) return c.invalid({"shapes do not broadcast: ", dims, " and ", c.dims(i)});
    dims = *both;
  }
  return c.output(0, dims);
}

namespace detail {

inline kernels::operand operand_of(const any_view& v, dtype compute, const shape& to) {
  return {v.bytes, v.type, compute, broadcast_strides(v.dims, v.strides, to)};
}

inline void map_views(kernels::tile_fn tile, const void* op, std::span<const any_view> in, dtype compute,
                      const mutable_any_view& out) {
  kernels::operand operands[8];
  for (std::size_t i = 0; i < in.size(); ++i) operands[i] = operand_of(in[i], compute, out.dims);
  const dtype written = out.type == dtype::boolean ? dtype::boolean : compute;
  kernels::map(tile, op, std::span(operands, in.size()), {out.bytes, out.type, written, out.strides}, out.dims);
}

[[gnu::noinline]] inline status run_tiles(const kernels::tile_fn* tiles, const void* body, run_context& c) {
  const dtype compute = computed_as(tiles, c.input(0).type);
  map_views(tiles[static_cast<unsigned>(tile_of(compute))], body, c.all_inputs(), compute, c.output(0));
  return {};
}

}  // namespace detail

[[gnu::noinline]] inline status run_elementwise(const op_info& info, const void* op, run_context& c) {
  if (info.check != nullptr)
    if (status s = info.check(op, c.all_inputs()); !s.has_value()) return s;
  return detail::run_tiles(info.tiles, op, c);
}

/// The work of an operator whose attributes choose between bodies: a body has a kind, dtypes and operator(), too.
template <class Body>
status run_body(const Body& body, run_context& c) {
  return detail::run_tiles(detail::tiles_of<Body>.data(), &body, c);
}

/// Calls f(offsets) for each element of the output: its own offset first, then those of the inputs, which
/// broadcast. For elements that no tile holds.
template <class F>
void each_element(std::span<const any_view> in, const mutable_any_view& out, F f) {
  kernels::nest n;
  for (i64 d : out.dims) n.push(d);
  n.add(out.strides);
  for (const any_view& v : in) n.add(broadcast_strides(v.dims, v.strides, out.dims));
  if (!n.normalize()) return;
  kernels::cursor c(n);
  do f(static_cast<const i64*>(c.at));
  while (c.next(n, n.rank));
}

/// result = data_0, then result = op(result, data_i).
[[gnu::noinline]] inline status run_variadic(const op_info& info, const void* op, run_context& c) {
  const mutable_any_view& out = c.output(0);
  const dtype compute = detail::computed_as(info.tiles, out.type);
  const kernels::tile_fn tile = info.tiles[static_cast<unsigned>(tile_of(compute))];
  const any_view& first = c.input(0);
  kernels::copy(first.bytes, broadcast_strides(first.dims, first.strides, out.dims), out.bytes, out.strides,
                out.dims, size_of(out.type));
  for (int i = 1; i < c.inputs(); ++i) {
    const any_view pair[] = {out, c.input(i)};
    detail::map_views(tile, op, pair, compute, out);
  }
  return {};
}

}  // namespace tenon
TENON_COLD_END
