// Running one node, whoever asks: the session, an eager call, or a test. What an operator does not
// take itself (other strides, small floats) is converted here, once for all operators.
#pragma once

#include "../kernels/copy.hpp"
#include "contract.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

constexpr i64 padded(i64 bytes) { return (bytes + 63) / 64 * 64; }
/// The bytes of these elements, or more than any machine has: shapes from a file may claim anything.
inline constexpr i64 most_bytes = i64{1} << 56;
constexpr i64 bytes_of(const shape& dims, i64 size) {
  const std::optional<i64> n = checked_count(dims.span());
  return n && *n < most_bytes / size ? padded(*n * size) : most_bytes;
}

/// True when no output has elements: sizes beside a 0 may then be anything, and a loop over them need not end.
inline bool writes_nothing(const run_context& c) {
  for (int i = 0; i < c.outputs(); ++i)
    if (c.output(i) && c.output(i).size() > 0) return false;
  return true;
}

/// The dtype that a value of type d has for the operator itself.
inline dtype given_as(const op_info& info, const formal& f, dtype d) {
  if (info.convert_integers != nullptr && f.type == 'T' && dtypes::integers.has(d)) return dtype::f64;
  return info.widen.contains(f.type) ? compute_dtype(d) : d;
}
inline bool widened(const op_info& info, const formal& f, dtype d) { return given_as(info, f, d) != d; }
inline void widen_elements(const op_info& info, dtype from, const std::byte* x, dtype to, std::byte* y, i64 n) {
  if (to == dtype::f64) info.convert_integers(from, x, to, y, n);
  else kernels::load_elements(from, x, y, n);
}
inline void narrow_elements(const op_info& info, dtype from, const std::byte* x, dtype to, std::byte* y, i64 n) {
  if (from == dtype::f64) info.convert_integers(from, x, to, y, n);
  else kernels::store_elements(to, x, y, n);
}

/// True when the operator reads input i lying like this: the image in the orders it knows, a residual
/// as the output is stored, the others row-major. An output that follows its image lies as that does:
/// `turned` says that it is channels last.
inline bool takes(const op_info& info, int i, const shape& dims, const shape& strides, bool turned) {
  const bool last = same_layout(dims, strides, channels_last_strides(dims));
  if (i == info.fuse.residual) return last;
  return info.strided || is_contiguous(dims, strides) || (last && i == 0 && info.orders != order_rule::plain && (turned || info.orders != order_rule::follows));
}
/// The strides that input i is copied to where it lies otherwise.
inline shape taken_strides(const op_info& info, int i, const shape& dims) {
  return i == info.fuse.residual ? channels_last_strides(dims) : contiguous_strides(dims);
}

/// True when the operator writes channels last and the output is to lie row-major.
inline bool turns(const op_info& info, const shape& dims, const shape& strides) {
  return info.orders == order_rule::channels_last && !same_layout(dims, strides, channels_last_strides(dims));
}

/// True for an input that its operator has in packed form and does not read any more.
inline bool is_packed(const op_info& info, bool packed, std::size_t i) { return packed && i < 32 && (info.packs >> i & 1) != 0; }

/// True when output 0 is stored channels last.
inline bool lies_last(const run_context& c) {
  return c.outputs() > 0 && c.output(0) &&
         same_layout(c.output(0).dims, c.output(0).strides, channels_last_strides(c.output(0).dims));
}
/// True when the operator takes all operands as they lie: no elements are looked at.
[[gnu::noinline]] inline bool takes_all(const op_info& info, const run_context& c) {
  const bool last = lies_last(c);
  for (int i = 0; i < c.inputs(); ++i)
    if (c.has(i) && !is_packed(info, c.packed() != nullptr, static_cast<std::size_t>(i)) &&
        (!takes(info, i, c.input(i).dims, c.input(i).strides, last) || widened(info, info.inputs.at(i), c.input(i).type)))
      return false;
  for (int i = 0; i < c.outputs(); ++i)
    if (c.output(i) && (widened(info, info.outputs.at(i), c.output(i).type) ||
                        turns(info, c.output(i).dims, c.output(i).strides)))
      return false;
  return true;
}

inline known widened(known k) {
  k.type = compute_dtype(k.type);
  k.constant = {};
  return k;
}

}  // namespace detail

/// Bytes of scratch that run_node needs for these inputs and outputs. `copied` has a bit for each input
/// whose strides the operator does not take; `plain` says that outputs lie row-major.
[[gnu::noinline]] inline i64 scratch_bytes(const op_info& info, const void* op, std::span<const known> in,
                                           std::span<const known> out, bool packed, u32 copied = 0, bool plain = false) {
  i64 bytes = detail::padded(static_cast<i64>((in.size() + out.size()) * sizeof(any_view))) + 64;
  std::vector<known> wide(in.begin(), in.end());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i].type == dtype::none) continue;
    if (detail::is_packed(info, packed, i)) {
      if (!info.widen.empty()) wide[i] = detail::widened(in[i]);
      continue;
    }
    if (i < 32 && copied >> i & 1) bytes += detail::bytes_of(in[i].dims, size_of(in[i].type));
    if (const dtype as = detail::given_as(info, info.inputs.at(static_cast<int>(i)), in[i].type); as != in[i].type) {
      wide[i] = {as, in[i].dims, {}};
      bytes += detail::bytes_of(in[i].dims, size_of(as));
    }
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (const dtype as = detail::given_as(info, info.outputs.at(static_cast<int>(i)), out[i].type); as != out[i].type)
      bytes += detail::bytes_of(out[i].dims, size_of(as));
    if (plain && info.orders == order_rule::channels_last) bytes += detail::bytes_of(out[i].dims, size_of(out[i].type));
  }
  if (info.scratch != nullptr) bytes += detail::padded(info.scratch(op, wide, packed));
  return bytes;
}

/// What one run of a node takes off a budget: its multiply-adds, what it says instead, or the elements that it reads and
/// writes.
[[gnu::noinline]] inline i64 work_of(const op_info& info, const void* op, std::span<const known> in, std::span<const known> out) {
  const macs_fn told = info.work != nullptr ? info.work : info.macs;
  double work = told == nullptr ? 0 : told(op, in, out);
  const auto add = [&](std::span<const known> all) {
    for (const known& k : all)
      if (k.type != dtype::none) work += static_cast<double>(count(k.dims));
  };
  if (work == 0) {
    add(out);
    if (!info.shape_only) add(in);
  }
  return whole_work(work);
}
/// Runs one node. The context's scratch holds scratch_bytes(), its outputs have the inferred shapes.
[[gnu::noinline]] inline status run_node(const op_info& info, const void* op, run_context& c) {
  std::byte* scratch = c.scratch();
  const auto take = [&](i64 bytes) {
    std::byte* p = scratch;
    scratch += detail::padded(bytes);
    return p;
  };
  if (detail::writes_nothing(c)) return {};
  if (detail::takes_all(info, c)) return info.run(info, op, c);
  const bool last = detail::lies_last(c);

  // The views of the converted tensors lie in scratch too: a run allocates nothing.
  const std::span<any_view> in(reinterpret_cast<any_view*>(take(c.inputs() * i64{sizeof(any_view)})), c.all_inputs().size());
  const std::span<mutable_any_view> out(reinterpret_cast<mutable_any_view*>(take(c.outputs() * i64{sizeof(any_view)})),
                                        static_cast<std::size_t>(c.outputs()));
  std::uninitialized_copy(c.all_inputs().begin(), c.all_inputs().end(), in.begin());
  for (int i = 0; i < c.inputs(); ++i) {
    any_view& v = in[static_cast<unsigned>(i)];
    if (!v || detail::is_packed(info, c.packed() != nullptr, static_cast<std::size_t>(i))) continue;
    if (!detail::takes(info, i, v.dims, v.strides, last)) {
      std::byte* to = take(v.byte_size());
      const shape strides = detail::taken_strides(info, i, v.dims);
      kernels::copy(v.bytes, v.strides, to, strides, v.dims, size_of(v.type));
      v.bytes = to;
      v.strides = strides;
    }
    if (const dtype wide = detail::given_as(info, info.inputs.at(i), v.type); wide != v.type) {
      std::byte* to = take(v.size() * size_of(wide));
      detail::widen_elements(info, v.type, v.bytes, wide, to, v.size());
      v.bytes = to;
      v.type = wide;
    }
  }
  for (int i = 0; i < c.outputs(); ++i) {
    mutable_any_view v = c.output(i);
    if (v && detail::turns(info, v.dims, v.strides)) {
      v.bytes = take(v.byte_size());
      v.strides = channels_last_strides(v.dims);
    }
    if (const dtype wide = detail::given_as(info, info.outputs.at(i), v.type); v && wide != v.type) {
      v.type = wide;
      v.bytes = take(v.size() * size_of(v.type));
    }
    new (&out[static_cast<unsigned>(i)]) mutable_any_view(v);
  }
  run_context wide(in, out, scratch, c.packed(), c.clamp());
  if (status s = info.run(info, op, wide); !s.has_value()) return s;
  for (int i = 0; i < c.outputs(); ++i) {
    const mutable_any_view& to = c.output(i);
    const mutable_any_view& from = out[static_cast<unsigned>(i)];
    if (!to) continue;
    // The same bytes where nothing turns, its place in scratch (taken before the widened one) where it does.
    const bool turned = detail::turns(info, to.dims, to.strides);
    std::byte* narrow = !turned ? to.bytes : from.type == to.type ? from.bytes : from.bytes - detail::padded(to.byte_size());
    if (to.type != from.type) detail::narrow_elements(info, from.type, from.bytes, to.type, narrow, to.size());
    if (turned) kernels::copy(narrow, from.strides, to.bytes, to.strides, to.dims, size_of(to.type));
  }
  return {};
}

/// Copies a box of elements between strided views; strings and handles as such. `from` begins at its first element.
[[gnu::noinline]] inline void move_elements(const any_view& from, const shape& from_strides, const mutable_any_view& to,
                                            i64 to_offset, const shape& to_strides, const shape& dims) {
  const bool handles = is_container(from.type);
  if (from.type != dtype::string && !handles)
    return kernels::copy(from.bytes, from_strides, to.bytes + to_offset * size_of(to.type), to_strides, dims, size_of(to.type));
  kernels::nest n;
  for (i64 d : dims) n.push(d);
  n.add(to_strides);
  n.add(from_strides);
  if (!n.normalize()) return;
  kernels::cursor at(n);
  do
    if (handles) to.as<shared_value>()[to_offset + at.at[0]] = from.as<shared_value>()[at.at[1]];
    else to.as<std::string>()[to_offset + at.at[0]] = from.as<std::string>()[at.at[1]];
  while (at.next(n, n.rank));
}

/// The elements of one view in the places of another.
inline void copy_elements(const any_view& from, const mutable_any_view& to) {
  move_elements(from, from.strides, to, 0, to.strides, from.dims);
}

inline result<any_tensor> produce_context::keep(const any_view& v) {
  const i64 bytes = held_bytes(v);
  if (bytes > left_) return fail(code::limit, {is_container(v.type) ? full_name(v.type) : "a tensor", " of shape ", v.dims, " does not fit the ", left_, " bytes that are left"});
  auto t = any_tensor::try_make_uninitialized(v.type, v.dims, from_);
  if (!t.has_value()) return t;
  copy_elements(v, (*t).edit());
  left_ -= bytes;
  return t;
}

}  // namespace tenon
TENON_COLD_END
