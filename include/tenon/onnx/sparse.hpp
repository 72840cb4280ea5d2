// SparseTensorProto to elements: a list of values and where they belong, written out. Every index is checked, and the
// order that the format asks for.
#pragma once

#include "tensor.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

/// SparseTensorProto
struct sparse_proto {
  byte_span message;
  tensor_proto values, indices;
  i64 rank = 0;
  std::array<i64, max_rank> dims{};  ///< the first ones, where rank is larger

  bool read(byte_span bytes, import_state& in) {
    message = bytes;
    wire_reader r(bytes, 2);
    while (r.next()) {
      if (r.key() == bytes_key(1) && !values.read(r.payload(), in)) return false;
      if (r.key() == bytes_key(2) && !indices.read(r.payload(), in)) return false;
    }
    wire_scalars d(bytes, 3, wire_type::varint);
    for (std::uint64_t v = 0; d.next(v); ++rank)
      if (rank < max_rank) dims[static_cast<unsigned>(rank)] = static_cast<i64>(v);
    return in.sound(r, "a sparse tensor") && in.sound(d.fault(), d.position(), "a sparse tensor");
  }
};

namespace detail {

/// Copies n values to their places among `count` zeros; an index that is out of range or not behind the one before
/// it, else -1.
[[gnu::noinline]] inline i64 scatter_values(const any_view& values, const any_view& indices, const shape& dims, i64 count,
                                            any_tensor& to) {
  const i64 size = size_of(values.type), n = values.size();
  const int width = indices.rank() == 1 ? 1 : dims.rank();
  i64 before = -1;
  for (i64 i = 0; i < n; ++i) {
    i64 at = 0;
    for (int a = 0; a < width; ++a) {
      i64 index = 0;
      std::memcpy(&index, indices.bytes + (i * width + a) * 8, 8);
      const i64 most = indices.rank() == 1 ? count : dims[a];
      if (index < 0 || index >= most) return i;
      at = indices.rank() == 1 ? index : at * most + index;
    }
    if (at <= before) return i;
    before = at;
    if (values.type == dtype::string) to.as<std::string>()[at] = values.as<std::string>()[i];
    else std::memcpy(to.data() + at * size, values.bytes + i * size, static_cast<std::size_t>(size));
  }
  return -1;
}

}  // namespace detail

/// What sparse tensors may unfold to, whatever the size of the file.
inline constexpr i64 most_sparse_bytes = i64{256} << 20;

/// The elements of a sparse tensor. Where something is wrong with it, a fault that begins with `whose` is added and
/// `out` stays empty.
[[gnu::noinline]] inline bool decode(const sparse_proto& s, import_state& in, std::string_view whose, constant_data& out) {
  const auto fault = [&](code what, std::initializer_list<piece> why) {
    in.found.add(what, {whose, ": ", join(why)});
    return true;
  };
  const std::size_t faults_before = in.found.count();
  constant_data values, indices;
  if (!decode(s.values, in, join({whose, ": its values"}), values) ||
      !decode(s.indices, in, join({whose, ": its indices"}), indices))
    return false;
  if (in.found.count() != faults_before) return true;
  if (s.rank > max_rank)
    return fault(code::unsupported, {"it has ", s.rank, " dimensions, and at most ", max_rank, " are supported"});
  const shape dims(std::span<const i64>(s.dims.data(), static_cast<std::size_t>(s.rank)));
  for (i64 n : dims)
    if (n < 0) return fault(code::invalid, {"shape ", dims, " has the negative dimension ", n});
  const std::optional<i64> count = checked_count(dims.span());
  const dtype d = values.view.type;
  const auto bytes = count ? checked_product(*count, size_of(d)) : std::nullopt;
  if (!bytes) return fault(code::limit, {"a tensor of shape ", dims, " has more bytes than 64 bits count"});
  const shape& listed = values.view.dims;
  const shape& places = indices.view.dims;
  if (listed.rank() != 1) return fault(code::invalid, {"its values have shape ", listed, ", and a list is expected"});
  const bool flat = places.rank() == 1;
  if (indices.view.type != dtype::i64 || places.rank() < 1 || places.rank() > 2 || places[0] != listed[0] ||
      (!flat && places[1] != s.rank))
    return fault(code::invalid, {"its indices are ", name(indices.view.type), " ", places, " where int64 [", listed[0], "] or [", listed[0],
                                 ",", s.rank, "] is expected"});
  if (*bytes > most_sparse_bytes - in.sparse)
    return fault(code::limit, {"sparse tensors of the model unfold to more than ", most_sparse_bytes, " bytes, the most that is allowed"});
  in.sparse += *bytes;
  auto made = any_tensor::try_make(d, dims, in.from);
  if (!made.has_value()) return in.end(made.error().what, {whose, ": ", made.error().message});
  if (const i64 bad = detail::scatter_values(values.view, indices.view, dims, *count, *made); bad >= 0) {
    std::string at;
    for (i64 a = 0, n = flat ? 1 : s.rank; a < n; ++a) {
      i64 index = 0;
      std::memcpy(&index, indices.view.bytes + (bad * n + a) * 8, 8);
      at += join({a == 0 ? "" : ",", index});
    }
    return fault(code::invalid, {"index ", bad, " is [", at, "], which is outside of shape ", dims, " or not behind the one before it"});
  }
  out.owned = std::move(*made);
  out.view = out.owned;
  return true;
}

}  // namespace tenon
TENON_COLD_END
