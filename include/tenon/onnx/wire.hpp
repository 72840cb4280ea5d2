// Protocol buffers as bytes: a reader that walks the fields of one message in place. It allocates
// nothing, never leaves the message, and says in `fault` what is wrong with it; what it is not asked
// about it skips. Encoding: protobuf.dev/programming-guides/encoding.
#pragma once

#include <bit>

#include "../core/memory.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::onnx {

using byte_span = std::span<const std::byte>;

/// The numbers are the encoding's; 6 and 7 do not exist.
enum class wire_type : std::uint8_t { varint, fixed64, bytes, group, end_group, fixed32 };

enum class wire_fault : std::uint8_t { none, truncated, overlong, tag, group, depth };

/// Half a sentence about a fault.
constexpr std::string_view reason(wire_fault f) {
  switch (f) {
    case wire_fault::none: return "nothing is wrong";
    case wire_fault::truncated: return "a field reaches beyond the end";
    case wire_fault::overlong: return "a number has more than 64 bits";
    case wire_fault::tag: return "a field has a number or a type that does not exist";
    case wire_fault::group: return "a group ends that did not begin, or the other way round";
    case wire_fault::depth: return "messages are nested more than 64 deep";
  }
  return "";
}

/// Messages and groups inside of each other.
inline constexpr int max_depth = 64;

/// The fields of one message, one after the other: while (r.next()) switch (r.key()) ...
class wire_reader {
 public:
  wire_reader() = default;
  explicit wire_reader(byte_span message, int depth = 0)
      : at_(message.data()), end_(message.data() + message.size()), depth_(depth) {
    if (depth > max_depth) fault_ = wire_fault::depth;
  }

  /// The next field; groups (which ONNX does not use) are skipped. False at the end or on a fault.
  [[gnu::noinline]] bool next() {
    while (fault_ == wire_fault::none && at_ != end_) {
      field_at_ = at_;
      if (!tag()) return false;
      if (type_ == wire_type::group) {
        if (!skip_group()) return false;
      } else if (type_ == wire_type::end_group) {
        return failed(wire_fault::group);
      } else {
        return value();
      }
    }
    return false;
  }
  /// The next field of this number and type.
  [[gnu::noinline]] bool next(std::uint32_t key) {
    while (next())
      if (this->key() == key) return true;
    return false;
  }

  std::uint32_t field() const { return field_; }
  wire_type type() const { return type_; }
  /// Number and type in one, as `switch` wants it: key(7, wire_type::bytes). A known number with
  /// another type is an unknown field, which is also what other readers make of it.
  std::uint32_t key() const { return key(field_, type_); }
  static constexpr std::uint32_t key(std::uint32_t field, wire_type t) {
    return field << 3 | static_cast<std::uint32_t>(t);
  }

  /// A varint, fixed64 or fixed32, as its bits.
  std::uint64_t bits() const { return value_; }
  std::int64_t integer() const { return static_cast<std::int64_t>(value_); }
  float real() const { return std::bit_cast<float>(static_cast<std::uint32_t>(value_)); }
  byte_span payload() const { return payload_; }
  std::string_view text() const { return as_text(payload_); }
  /// A reader of the field's message, one level deeper.
  wire_reader inside() const { return wire_reader(payload_, depth_ + 1); }

  wire_fault fault() const { return fault_; }
  /// Where the latest field begins.
  const std::byte* position() const { return field_at_; }
  /// After a fault `truncated`: how many bytes a payload wants beyond the end, 0 where not known.
  std::uint64_t missing() const { return missing_; }

  /// A varint of at most ten bytes at `at`; moves it.
  [[gnu::noinline]] static wire_fault varint(const std::byte*& at, const std::byte* end, std::uint64_t& out) {
    std::uint64_t v = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at == end) return wire_fault::truncated;
      const auto b = static_cast<std::uint64_t>(*at++);
      if (shift == 63 && b > 1) return wire_fault::overlong;
      v |= (b & 127) << shift;
      if (b < 128) {
        out = v;
        return wire_fault::none;
      }
    }
    return wire_fault::overlong;
  }

 private:
  bool failed(wire_fault f) {
    fault_ = f;
    return false;
  }
  bool tag() {
    std::uint64_t t = 0;
    if (const auto f = varint(at_, end_, t); f != wire_fault::none) return failed(f);
    if (t > UINT32_MAX || t >> 3 == 0 || (t & 7) > 5) return failed(wire_fault::tag);
    field_ = static_cast<std::uint32_t>(t >> 3);
    type_ = static_cast<wire_type>(t & 7);
    return true;
  }
  bool value() {
    if (type_ == wire_type::varint) {
      const auto f = varint(at_, end_, value_);
      return f == wire_fault::none || failed(f);
    }
    if (type_ == wire_type::bytes) {
      std::uint64_t n = 0;
      if (const auto f = varint(at_, end_, n); f != wire_fault::none) return failed(f);
      const auto left = static_cast<std::uint64_t>(end_ - at_);
      if (n > left) {
        missing_ = n - left;
        return failed(wire_fault::truncated);
      }
      payload_ = {at_, static_cast<std::size_t>(n)};
      at_ += n;
      return true;
    }
    const std::size_t n = type_ == wire_type::fixed64 ? 8 : 4;
    if (static_cast<std::size_t>(end_ - at_) < n) return failed(wire_fault::truncated);
    value_ = 0;
    std::memcpy(&value_, at_, n);
    at_ += n;
    return true;
  }
  bool skip_group() {
    std::uint32_t open[max_depth];
    int depth = 0;
    open[depth++] = field_;
    while (depth > 0) {
      if (at_ == end_) return failed(wire_fault::truncated);
      if (!tag()) return false;
      if (type_ == wire_type::group) {
        if (depth_ + depth >= max_depth) return failed(wire_fault::depth);
        open[depth++] = field_;
      } else if (type_ == wire_type::end_group) {
        if (open[--depth] != field_) return failed(wire_fault::group);
      } else if (!value()) {
        return false;
      }
    }
    return true;
  }

  const std::byte *at_ = nullptr, *end_ = nullptr, *field_at_ = nullptr;
  byte_span payload_;
  std::uint64_t value_ = 0, missing_ = 0;
  std::uint32_t field_ = 0;
  int depth_ = 0;
  wire_type type_ = wire_type::varint;
  wire_fault fault_ = wire_fault::none;
};

constexpr std::uint32_t number_key(std::uint32_t field) { return wire_reader::key(field, wire_type::varint); }
constexpr std::uint32_t bytes_key(std::uint32_t field) { return wire_reader::key(field, wire_type::bytes); }
constexpr std::uint32_t float_key(std::uint32_t field) { return wire_reader::key(field, wire_type::fixed32); }

/// The numbers of a repeated scalar field, whether they come packed, one by one, or mixed.
class wire_scalars {
 public:
  wire_scalars(byte_span message, std::uint32_t field, wire_type element)
      : fields_(message), field_(field), element_(element) {}

  /// False at the end or on a fault.
  bool next(std::uint64_t& out) {
    while (at_ == end_) {
      if (!next_field()) return false;
      if (fields_.type() == element_) {
        out = fields_.bits();
        return true;
      }
    }
    if (element_ == wire_type::varint) {
      fault_ = wire_reader::varint(at_, end_, out);
      return fault_ == wire_fault::none;
    }
    const std::size_t n = width();
    if (static_cast<std::size_t>(end_ - at_) < n) {
      fault_ = wire_fault::truncated;
      return false;
    }
    out = 0;
    std::memcpy(&out, at_, n);
    at_ += n;
    return true;
  }
  wire_fault fault() const { return fault_ != wire_fault::none ? fault_ : fields_.fault(); }
  /// Where the field at hand begins.
  const std::byte* position() const { return fields_.position(); }

  /// How many there are, without decoding any: what a caller asks before it allocates. One that is
  /// cut short counts, so that decoding meets it.
  [[gnu::noinline]] static std::int64_t count(byte_span message, std::uint32_t field, wire_type element) {
    wire_scalars s(message, field, element);
    std::int64_t n = 0;
    while (s.next_field()) {
      const std::byte *at = s.at_, *const end = s.end_;
      if (s.fields_.type() == element) {
        ++n;
      } else if (element == wire_type::varint) {
        n += std::count_if(at, end, [](std::byte b) { return b < std::byte{128}; });
        n += at != end && end[-1] >= std::byte{128};
      } else {
        const auto w = static_cast<std::ptrdiff_t>(s.width());
        n += (end - at + w - 1) / w;
      }
    }
    return n;
  }

 private:
  std::size_t width() const { return element_ == wire_type::fixed64 ? 8 : 4; }
  bool next_field() {
    while (fields_.next()) {
      if (fields_.field() != field_) continue;
      if (fields_.type() == element_) {
        at_ = end_ = nullptr;
        return true;
      }
      if (fields_.type() == wire_type::bytes) {
        at_ = fields_.payload().data();
        end_ = at_ + fields_.payload().size();
        return true;
      }
    }
    return false;
  }

  wire_reader fields_;
  const std::byte *at_ = nullptr, *end_ = nullptr;
  std::uint32_t field_;
  wire_type element_;
  wire_fault fault_ = wire_fault::none;
};

}  // namespace tenon
TENON_COLD_END
