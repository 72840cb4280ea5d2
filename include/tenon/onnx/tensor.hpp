// TensorProto to elements. Raw data is borrowed where it lies, however misaligned; what the file
// holds in another form (varints, types of 6, 4 and 2 bits, strings) is decoded into an
// any_tensor. Shape, type and amount of data are compared before anything is allocated.
#pragma once

#include "../core/decimal.hpp"
#include "proto.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

static_assert(std::endian::native == std::endian::little, "ONNX files and WebAssembly are little-endian");

/// Elements in the file's bytes, or decoded ones.
struct constant_data {
  any_view view;
  any_tensor owned;  ///< what `view` looks at, where it is not the file
};

/// TensorProto
struct tensor_proto {
  byte_span message;
  std::string_view name;
  i64 data_type = 0;
  byte_span raw;
  bool has_raw = false, external = false, segment = false;
  i64 strings = 0;
  i64 rank = 0;
  std::array<i64, max_rank> dims{};  ///< the first ones, where rank is larger

  bool read(byte_span bytes, import_state& in) {
    message = bytes;
    wire_reader r(bytes, 2);
    while (r.next()) switch (r.key()) {
        case number_key(2): data_type = r.integer(); break;
        case bytes_key(3): segment = true; break;
        case bytes_key(6): ++strings; break;
        case bytes_key(8): name = r.text(); break;
        case bytes_key(9): raw = r.payload(), has_raw = true; break;
        case bytes_key(13): external = true; break;
        case number_key(14): external = external || r.bits() == 1; break;
      }
    wire_scalars d(bytes, 1, wire_type::varint);
    for (std::uint64_t v = 0; d.next(v); ++rank)
      if (rank < max_rank) dims[static_cast<unsigned>(rank)] = static_cast<i64>(v);
    return in.sound(r, "a tensor") && in.sound(d.fault(), d.position(), "a tensor");
  }
};

namespace detail {

/// How a dtype lies in the typed fields: field, kind of scalar, bytes kept of each.
struct typed_field {
  std::string_view name;
  u8 field;
  wire_type element;
  u8 bytes;
  u8 per_element;
};
constexpr typed_field typed_field_of(dtype d) {
  switch (d) {
    case dtype::f32: return {"float_data", 4, wire_type::fixed32, 4, 1};
    case dtype::c64: return {"float_data", 4, wire_type::fixed32, 4, 2};
    case dtype::f64: return {"double_data", 10, wire_type::fixed64, 8, 1};
    case dtype::c128: return {"double_data", 10, wire_type::fixed64, 8, 2};
    case dtype::i64: return {"int64_data", 7, wire_type::varint, 8, 1};
    case dtype::u64: return {"uint64_data", 11, wire_type::varint, 8, 1};
    case dtype::u32: return {"uint64_data", 11, wire_type::varint, 4, 1};
    case dtype::i32: return {"int32_data", 5, wire_type::varint, 4, 1};
    case dtype::i16: case dtype::u16: case dtype::f16: case dtype::bf16:
      return {"int32_data", 5, wire_type::varint, 2, 1};
    case dtype::string: return {"string_data", 6, wire_type::bytes, 0, 1};
    default: return {"int32_data", 5, wire_type::varint, 1, 1};  // also a byte of packed elements
  }
}

/// The elements of packed bytes, the first in the lowest bits. The bytes may be the end of the elements' room: unpacking
/// never overtakes them.
inline void unpack(const std::byte* from, dtype d, std::byte* to, const std::byte* end) {
  const int bits = wire_bits(d);
  const bool is_signed = d == dtype::i4 || d == dtype::i2;
  int held = 0, left = 0;  // bits that are read and not written yet, and how many
  for (; to != end; ++to) {
    if (left < bits) held |= std::to_integer<int>(*from++) << left, left += 8;
    int v = held & ((1 << bits) - 1);
    held >>= bits, left -= bits;
    if (is_signed && v >> (bits - 1) != 0) v -= 1 << bits;
    *to = static_cast<std::byte>(v);
  }
}

/// Scalars of a repeated field to memory, the low `bytes` of each, until `end`.
[[gnu::noinline]] inline bool copy_scalars(byte_span message, const typed_field& f, bool as_bool, std::byte* to,
                                           const std::byte* end, import_state& in) {
  wire_scalars s(message, f.field, f.element);
  for (std::uint64_t v = 0; to != end && s.next(v); to += f.bytes) {
    if (as_bool) v = v != 0;
    std::memcpy(to, &v, f.bytes);
  }
  return in.sound(s.fault(), s.position(), "a list of numbers");
}

/// Texts of a repeated field to as many strings.
[[gnu::noinline]] inline bool copy_texts(byte_span message, u32 field, std::string* to, import_state& in) {
  for (wire_reader r(message); r.next(bytes_key(field)); ++to) {
    if (!in.take_text(r.text())) return false;
    to->assign(r.text());
  }
  return true;
}

[[gnu::noinline]] inline i64 count_texts(byte_span message, u32 field) {
  i64 n = 0;
  for (wire_reader r(message); r.next(bytes_key(field));) ++n;
  return n;
}

/// Elements from a file beside the model, to the end of the tensor's memory: the file's size is known before anything
/// is allocated for them. False where the import ends; else `why` says what is wrong with the data.
[[gnu::noinline]] inline bool read_external(const tensor_proto& t, import_state& in, dtype d, const shape& dims, i64 bytes,
                                            constant_data& out, error& why) {
  std::string_view location, sum;
  i64 numbers[] = {0, bytes};  // offset and length
  for (wire_reader r(t.message); r.next(bytes_key(13));) {
    std::string_view key, value;
    for (wire_reader e = r.inside(); e.next();) {
      if (e.key() == bytes_key(1)) key = e.text();
      if (e.key() == bytes_key(2)) value = e.text();
    }
    if (key == "location") location = value;
    if (key == "checksum") sum = value;
    if (key != "offset" && key != "length") continue;
    i64& n = numbers[key == "length"];
    n = 0;
    for (char c : value)
      if (!add_digit(n, c)) {
        why = {code::invalid, join({"the ", key, " of its external data is ", in_quotes(value), ", which is no number of bytes"})};
        return true;
      }
  }
  const auto [offset, length] = numbers;
  const auto size = in.files->size(location);
  if (!size.has_value()) {
    why = size.error();
  } else if (length != bytes) {
    why = {code::invalid, join({"external data of ", length, " bytes where shape ", dims, " of ", name(d), " needs ", bytes})};
  } else if (offset > *size || length > *size - offset) {
    why = {code::invalid, join({"external data from byte ", offset, " to ", offset, "+", length, " of ", in_quotes(location), ", which has ", *size})};
  } else if (status same = sum.empty() ? status() : in.files->verify(location, sum); !same.has_value()) {
    why = same.error();
  } else {
    auto made = any_tensor::try_make_uninitialized(d, dims, in.from);
    if (!made.has_value()) {
      why = made.error();
      return false;
    }
    out.owned = std::move(*made);
    std::byte* const to = out.owned.data() + out.owned.look().byte_size() - bytes;
    if (status s = in.files->read(location, offset, std::span(to, static_cast<std::size_t>(bytes))); !s.has_value()) why = s.error();
    else if (d == dtype::boolean)  // what is neither 0 nor 1 is undefined behaviour to look at
      for (i64 i = 0; i < bytes; ++i) out.owned.data()[i] = std::byte{out.owned.data()[i] != std::byte{0}};
    out.view = out.owned;
  }
  if (!why.message.empty()) out = {};
  return true;
}

}  // namespace detail

/// The elements of a tensor. Where something is wrong with it, a fault that begins with `whose` is
/// added and `out` stays empty.
[[gnu::noinline]] inline bool decode(const tensor_proto& t, import_state& in, std::string_view whose, constant_data& out) {
  const auto fault = [&](code what, std::initializer_list<piece> why) {
    in.found.add(what, {whose, ": ", join(why)});
    return true;
  };
  const dtype d = t.data_type > 0 && t.data_type < dtype_count ? static_cast<dtype>(t.data_type) : dtype::none;
  if (d == dtype::none) return fault(code::unsupported, {"element type ", t.data_type, " is unknown"});
  if (t.rank > max_rank)
    return fault(code::unsupported, {"it has ", t.rank, " dimensions, and at most ", max_rank, " are supported"});
  const shape dims(std::span<const i64>(t.dims.data(), static_cast<std::size_t>(t.rank)));
  for (i64 n : dims)
    if (n < 0) return fault(code::invalid, {"shape ", dims, " has the negative dimension ", n});
  const std::optional<i64> count = checked_count(dims.span());
  i64 bytes = 0;
  if (!count || __builtin_mul_overflow(*count, size_of(d), &bytes))
    return fault(code::limit, {"a tensor of shape ", dims, " has more bytes than 64 bits count"});
  if (t.external && in.files == nullptr) return fault(code::unsupported, {"external data is refused"});
  if (t.segment) return fault(code::unsupported, {"tensors in segments are not supported"});
  if (d == dtype::string && t.has_raw) return fault(code::invalid, {"strings cannot be raw_data"});

  const int bits = wire_bits(d);
  const bool packed = bits < 8 && (bits != 6 || t.has_raw || t.external);
  const i64 packed_bytes = *count / 8 * bits + (*count % 8 * bits + 7) / 8;
  if (t.external) {
    if (d == dtype::string) return fault(code::invalid, {"strings cannot be external data"});
    error why;
    if (!detail::read_external(t, in, d, dims, packed ? packed_bytes : bytes, out, why))
      return in.end(why.what, {whose, ": ", why.message});
    if (packed && out.owned) detail::unpack(out.owned.data() + bytes - packed_bytes, d, out.owned.data(), out.owned.data() + bytes);
    return why.message.empty() || fault(why.what, {why.message});
  }
  const detail::typed_field f = detail::typed_field_of(d);
  const i64 have = t.has_raw ? static_cast<i64>(t.raw.size())
                   : d == dtype::string ? t.strings : wire_scalars::count(t.message, f.field, f.element);
  const i64 need = packed ? packed_bytes : t.has_raw ? bytes : *count * f.per_element;
  if (have != need)
    return fault(code::invalid, {t.has_raw ? "raw_data" : f.name, " has ", have, t.has_raw ? " bytes" : " entries",
                                 ", but shape ", dims, " of ", name(d), " needs ", need});
  if (*count == 0) {  // somewhere to point at
    alignas(alignment) static constexpr std::byte nothing{};
    out.view = any_view(d, dims, &nothing);
    return true;
  }
  // A bool that is neither 0 nor 1 is undefined behaviour to look at: such a tensor is copied.
  const bool odd = d == dtype::boolean && std::ranges::any_of(t.raw, [](std::byte b) { return b > std::byte{1}; });
  if (t.has_raw && !packed && !odd) {
    out.view = any_view(d, dims, t.raw.data());
    return true;
  }

  if (!in.make(out.owned, d, dims, whose)) return false;
  std::byte* to = out.owned.data();
  if (d == dtype::string) {
    if (!detail::copy_texts(t.message, 6, out.owned.as<std::string>(), in)) return false;
  } else if (packed) {
    std::byte *const end = to + bytes, *from = end - packed_bytes;
    if (t.has_raw) std::memcpy(from, t.raw.data(), t.raw.size());
    else if (!detail::copy_scalars(t.message, f, false, from, end, in)) return false;
    detail::unpack(from, d, to, end);
  } else if (t.has_raw) {
    for (std::byte b : t.raw) *to++ = b == std::byte{0} ? std::byte{0} : std::byte{1};
  } else if (!detail::copy_scalars(t.message, f, d == dtype::boolean, to, to + bytes, in)) {
    return false;
  } else if (bits == 6) {
    for (i64 i = 0; i < bytes; ++i) to[i] &= std::byte{63};
  }
  out.view = out.owned;
  return true;
}

}  // namespace tenon
TENON_COLD_END
