// Errors as values: a code for machines, a sentence for people. This is the only file that knows
// exceptions: untrusted input returns `result`, a programmer's error goes through `raise`.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <expected>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "config.hpp"

#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

enum class code : std::uint8_t {
  malformed,      ///< bytes that are not what they claim to be
  invalid,        ///< well-formed, but against the rules: wrong shape, type, attribute, index
  unsupported,    ///< legal, and not built
  out_of_memory,  ///< the allocator said no
  limit,          ///< a limit set by the embedder would be exceeded
  not_found,      ///< no such file, name, input
  io,             ///< reading or writing failed
};

struct error {
  code what;
  std::string message;
};

template <class T>
using result = std::expected<T, error>;
using status = result<void>;

/// One piece of a message. One type for all, so that a message costs its call and no instantiation.
class piece {
 public:
  piece(std::string_view s) : kind_(text), view_(s) {}
  piece(const char* s) : piece(std::string_view(s, std::char_traits<char>::length(s))) {}
  piece(const std::string& s) : piece(std::string_view(s.data(), s.size())) {}
  template <std::integral I>
  piece(I v) : kind_(std::is_signed_v<I> ? integer : natural), integer_(static_cast<std::int64_t>(v)) {}
  piece(double v) : kind_(real), real_(v) {}
  /// Dimensions, printed as [2,3]; negative ones (unknown) as ?.
  piece(std::span<const std::int64_t> dims) : kind_(list), dims_(dims) {}
  piece(const std::vector<std::int64_t>& dims) : piece(std::span<const std::int64_t>(dims.data(), dims.size())) {}

  void append_to(std::string& out) const {
    char digits[32];
    switch (kind_) {
      case text: out += view_; break;
      case integer: out += decimal(integer_, digits); break;
      case natural: out += decimal(integer_, digits, false); break;
      case real:
        std::snprintf(digits, sizeof digits, "%.9g", real_);
        out += digits;
        break;
      case list:
        out += '[';
        for (std::size_t i = 0; i < dims_.size(); ++i) {
          if (i != 0) out += ',';
          if (dims_[i] < 0) out += '?';
          else out += decimal(dims_[i], digits);
        }
        out += ']';
    }
  }

 private:
  static std::string_view decimal(std::int64_t v, char (&out)[32], bool is_signed = true) {
    const bool minus = is_signed && v < 0;
    auto magnitude = minus ? 0 - static_cast<std::uint64_t>(v) : static_cast<std::uint64_t>(v);
    char* p = out + 32;
    do *--p = static_cast<char>('0' + magnitude % 10);
    while ((magnitude /= 10) != 0);
    if (minus) *--p = '-';
    return {p, static_cast<std::size_t>(out + 32 - p)};
  }

  enum { text, integer, natural, real, list } kind_;
  union {
    std::string_view view_;
    std::int64_t integer_;
    double real_;
    std::span<const std::int64_t> dims_;
  };
};

/// The pieces, one after the other.
[[gnu::noinline]] inline std::string join(std::initializer_list<piece> pieces) {
  std::string out;
  for (const piece& p : pieces) p.append_to(out);
  return out;
}

[[gnu::noinline]] inline std::unexpected<error> fail(code what, std::initializer_list<piece> why) {
  return std::unexpected<error>(error{what, join(why)});
}

/// The same error with words in front: the file, the node, the step in which it happened.
[[gnu::noinline]] inline std::unexpected<error> wrap(error e, std::initializer_list<piece> where) {
  e.message = join(where) + e.message;
  return std::unexpected<error>(std::move(e));
}

/// For a programmer's error in an eager call: an exception where they are on, else the message on
/// standard error and a trap. Nothing that depends on untrusted input ends here.
[[noreturn, gnu::noinline, gnu::cold]] inline void raise(const error& e) {
#if defined(__cpp_exceptions)
  throw std::runtime_error(e.message);
#else
  std::fprintf(stderr, "tenon: %s\n", e.message.c_str());
  std::abort();
#endif
}

/// The value of a result, or `raise`: for the pleasant twins of the try_ functions.
template <class T>
T value_or_raise(result<T> r) {
  if (!r.has_value()) raise(r.error());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

}  // namespace tenon
TENON_COLD_END
