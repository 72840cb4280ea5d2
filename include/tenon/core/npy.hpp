// NumPy's .npy files, read and written: format versions 1.0 to 3.0, either byte order, C and
// Fortran order, every element type that both sides have. The bytes are not trusted.
#pragma once

#include "decimal.hpp"
#include "file.hpp"
#include "utf8.hpp"
#include "value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace detail {

/// An .npy element type: 'f4' with its byte order. `letter` is NumPy's: b i u f c V S U.
struct npy_type {
  char letter = 0;
  bool big_endian = false;
  i64 size = 0;  ///< of U: characters of four bytes each

  constexpr i64 bytes() const { return letter == 'U' ? 4 * size : size; }
};

inline constexpr std::string_view npy_magic = "\x93NUMPY";
inline constexpr i64 npy_longest_string = i64{1} << 30;

constexpr dtype dtype_of_npy(npy_type t) {
  const auto pick = [&](dtype one, dtype two, dtype four, dtype eight, dtype sixteen) {
    return t.size == 1    ? one
           : t.size == 2  ? two
           : t.size == 4  ? four
           : t.size == 8  ? eight
           : t.size == 16 ? sixteen
                          : dtype::none;
  };
  constexpr dtype no = dtype::none;
  switch (t.letter) {
    case 'b':
      return t.size == 1 ? dtype::boolean : no;
    case 'i':
      return pick(dtype::i8, dtype::i16, dtype::i32, dtype::i64, no);
    case 'u':
      return pick(dtype::u8, dtype::u16, dtype::u32, dtype::u64, no);
    case 'f':
      return pick(dtype::f8e5m2, dtype::f16, dtype::f32, dtype::f64, no);
    case 'c':
      return pick(no, no, no, dtype::c64, dtype::c128);
    case 'V':
      return pick(no, dtype::bf16, no, no, no);
    case 'S':
    case 'U':
      return t.size > 0 && t.size <= npy_longest_string ? dtype::string : no;
    default:
      return no;
  }
}

/// Reads the Python literal of a header: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3),
/// }.
class npy_header_reader {
 public:
  explicit npy_header_reader(std::string_view text) : rest_(text) {}

  std::string_view descr;
  bool fortran = false;
  shape dims;

  status read() {
    unsigned seen = 0;
    if (!take('{')) return broken("does not start with {");
    while (!take('}')) {
      std::string_view key;
      if (!quoted(key) || !take(':')) return broken("has no key and colon where they belong");
      const unsigned bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
      if (bit == 0) return broken("has an unknown key");
      if (seen & bit) return broken("has a key twice");
      seen |= bit;
      if (bit == 1 && !quoted(descr)) {
        if (rest_.starts_with('['))
          return fail(code::unsupported, {"npy: records of several fields are not read"});
        return broken("has no text as 'descr'");
      }
      if (bit == 2) {
        fortran = word("True");
        if (!fortran && !word("False"))
          return broken("has neither True nor False as 'fortran_order'");
      }
      if (bit == 4)
        if (status s = tuple(); !s.has_value()) return s;
      if (!take(',') && !rest_.starts_with('}')) return broken("lacks a comma or }");
    }
    skip();
    if (!rest_.empty()) return broken("goes on after its }");
    if (seen != 7) return broken("lacks 'descr', 'fortran_order' or 'shape'");
    return {};
  }

 private:
  static std::unexpected<error> broken(std::string_view why) {
    return fail(code::malformed, {"npy: the header ", why});
  }
  void skip() {
    while (!rest_.empty() &&
           (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t' || rest_[0] == '\r'))
      rest_.remove_prefix(1);
  }
  bool word(std::string_view w) {
    skip();
    if (!rest_.starts_with(w)) return false;
    rest_.remove_prefix(w.size());
    skip();
    return true;
  }
  bool take(char c) { return word(std::string_view(&c, 1)); }
  bool quoted(std::string_view& out) {
    skip();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) return false;
    const auto end = rest_.find(rest_[0], 1);
    if (end == rest_.npos) return false;
    out = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    skip();
    return true;
  }
  status tuple() {
    if (!take('(')) return broken("has no tuple as 'shape'");
    while (!take(')')) {
      i64 n = 0;
      std::size_t digits = 0;
      for (; digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9'; ++digits)
        if (!add_digit(n, rest_[digits])) return broken("has a dimension that 64 bits do not hold");
      if (digits == 0) return broken("has a dimension that is not a natural number");
      rest_.remove_prefix(digits);
      take('L');  // Python 2 wrote them so
      if (!shape::fits(dims.size() + 1))
        return fail(code::limit, {"npy: more than ", max_rank, " dimensions"});
      dims.push_back(n);
      if (!take(',') && !rest_.starts_with(')')) return broken("has no comma between dimensions");
    }
    return {};
  }

  std::string_view rest_;
};

inline result<npy_type> parse_npy_type(std::string_view s) {
  npy_type t;
  std::string_view digits = s;
  if (!digits.empty() && std::string_view("<>|=").contains(digits[0])) {
    t.big_endian = digits[0] == '>';
    digits.remove_prefix(1);
  }
  if (!digits.empty()) {
    t.letter = digits[0];
    digits.remove_prefix(1);
  }
  bool number = !digits.empty() && digits.size() < 12;
  for (char c : digits) number = number && c >= '0' && c <= '9';
  if (number)
    for (char c : digits) t.size = t.size * 10 + (c - '0');
  if (!number) t.letter = 0;
  if (t.letter == 0 || (dtype_of_npy(t) == dtype::none && t.letter != 'V'))
    return fail(code::unsupported, {"npy: element type '", s.substr(0, 40), "' is not read"});
  return t;
}

/// One string of a fixed-width field: NumPy fills it up with zeros.
inline std::string npy_string(const unsigned char* p, npy_type t) {
  std::string out;
  i64 n = t.size;
  if (t.letter == 'S') {
    while (n > 0 && p[n - 1] == 0) --n;
    out.assign(reinterpret_cast<const char*>(p), static_cast<std::size_t>(n));
    return out;
  }
  const auto at = [&](i64 i) {
    std::uint32_t c;
    std::memcpy(&c, p + 4 * i, 4);
    return t.big_endian ? __builtin_bswap32(c) : c;
  };
  while (n > 0 && at(n - 1) == 0) --n;
  for (i64 i = 0; i < n; ++i) append_utf8(out, at(i));
  return out;
}

}  // namespace detail

/// The first array of an .npy file, in row-major order and this machine's byte order. NumPy knows
/// no bfloat16 and no 8 and 4-bit floats; ml_dtypes writes them as raw bytes ('V2', 'V1'). Two such
/// bytes are bfloat16; one says nothing, so `raw` names the type, and may for two. 'S' and 'U'
/// become strings (each takes its own memory, beside `from`); bools other than 0 become true.
inline result<any_tensor> parse_npy(std::span<const std::byte> bytes, memory* from = nullptr,
                                    dtype raw = dtype::none) {
  using namespace detail;
  const std::string_view file = as_text(bytes);
  const auto byte = [&](std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); };
  if (!file.starts_with(npy_magic)) return fail(code::malformed, {"npy: no NumPy array"});
  if (file.size() < 12) return fail(code::malformed, {"npy: ends in its header"});
  const std::size_t major = byte(6), minor = byte(7);
  if (major < 1 || major > 3 || minor != 0)
    return fail(code::unsupported, {"npy: format version ", major, ".", minor, " is not read"});
  std::size_t start = 10, length = byte(8) | byte(9) << 8;
  if (major > 1) start = 12, length |= byte(10) << 16 | byte(11) << 24;
  if (length > file.size() - start) return fail(code::malformed, {"npy: ends in its header"});

  npy_header_reader header(file.substr(start, length));
  if (status s = header.read(); !s.has_value()) return std::unexpected(s.error());
  const auto type = parse_npy_type(header.descr);
  if (!type.has_value()) return std::unexpected(type.error());
  dtype d = dtype_of_npy(*type);
  if ((*type).letter == 'V') {
    if (raw != dtype::none && raw != dtype::string && !is_container(raw) && size_of(raw) == (*type).size) d = raw;
    if (d == dtype::none)
      return fail(code::unsupported, {"npy: element type '", header.descr.substr(0, 40),
                                      "' is not read; it does not say what the bytes mean"});
  }

  // The data must be there before memory for it is asked for.
  const auto want = byte_count(header.dims, (*type).bytes());
  if (!want.has_value()) return wrap(want.error(), {"npy: "});
  const std::string_view data = file.substr(start + length);
  if (static_cast<u64>(*want) > data.size())
    return fail(code::malformed, {"npy: shape ", header.dims, " of ", name(d), " takes ", *want,
                                  " bytes, the file has ", data.size()});
  auto made = any_tensor::try_make_uninitialized(d, header.dims, from);
  if (!made.has_value()) return wrap(made.error(), {"npy: "});
  any_tensor& t = *made;

  // Where the elements are in the file, walked in the order they get here.
  shape strides = contiguous_strides(header.dims);
  if (header.fortran && t.size() != 0) {
    i64 step = 1;
    for (int i = 0; i < strides.rank(); ++i) strides[i] = step, step *= header.dims[i];
  }
  const auto* source = reinterpret_cast<const unsigned char*>(data.data());
  if (d == dtype::string) {
    std::string* to = t.as<std::string>();
    for_each_offset(header.dims, strides,
                    [&](i64 at) { *to++ = npy_string(source + at * (*type).bytes(), *type); });
    return made;
  }
  const auto size = static_cast<std::size_t>(size_of(d));
  auto* to = reinterpret_cast<unsigned char*>(t.data());
  if (is_contiguous(header.dims, strides)) {
    if (*want != 0) std::memcpy(to, source, static_cast<std::size_t>(*want));
  } else {
    for_each_offset(header.dims, strides, [&](i64 at) {
      std::memcpy(to, source + static_cast<std::size_t>(at) * size, size);
      to += size;
    });
    to = reinterpret_cast<unsigned char*>(t.data());
  }
  const auto total = static_cast<std::size_t>(*want);
  if (d == dtype::boolean)
    for (std::size_t i = 0; i < total; ++i) to[i] = to[i] != 0;
  if (wire_bits(d) < 8)
    visit<dtypes::tiny_integers | dtypes::float6 | dtype_set{dtype::f4e2m1}>(d, [&]<class T>() {
      for (std::size_t i = 0; i < total; ++i)
        if constexpr (requires { T::format; })
          to[i] &= static_cast<unsigned char>((1 << wire_bits(dtype_of<T>)) - 1);
        else
          to[i] = static_cast<unsigned char>(T(to[i]).value);
    });
  const std::size_t word = (*type).letter == 'c' ? size / 2 : size;
  if ((*type).big_endian && word > 1)
    for (std::size_t i = 0; i < total; i += word) std::reverse(to + i, to + i + word);
  return made;
}

/// What stands before the elements in an .npy file of version 1.0, to the byte as NumPy 2 writes
/// it; strings need the length of the longest. What NumPy does not know is raw bytes, as by
/// ml_dtypes.
inline std::string npy_header(dtype d, const shape& dims, i64 longest = 1) {
  std::string_view type;
  switch (d) {
    case dtype::boolean:
      type = "|b1";
      break;
    case dtype::i8:
      type = "|i1";
      break;
    case dtype::i16:
      type = "<i2";
      break;
    case dtype::i32:
      type = "<i4";
      break;
    case dtype::i64:
      type = "<i8";
      break;
    case dtype::u8:
      type = "|u1";
      break;
    case dtype::u16:
      type = "<u2";
      break;
    case dtype::u32:
      type = "<u4";
      break;
    case dtype::u64:
      type = "<u8";
      break;
    case dtype::f16:
      type = "<f2";
      break;
    case dtype::f32:
      type = "<f4";
      break;
    case dtype::f64:
      type = "<f8";
      break;
    case dtype::c64:
      type = "<c8";
      break;
    case dtype::c128:
      type = "<c16";
      break;
    case dtype::bf16:
      type = "<V2";
      break;
    case dtype::string:
      type = "<U";
      break;
    default:
      type = "<V1";
  }
  std::string text = join({"{'descr': '", type});
  if (d == dtype::string) text += join({longest});
  text += "', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < dims.rank(); ++i)
    text += join({i == 0 ? "" : " ", dims[i], i + 1 < dims.rank() || i == 0 ? "," : ""});
  text += "), }";
  // NumPy leaves room for the first dimension to grow to 21 digits.
  if (!dims.empty()) text.append(21 - join({dims[0]}).size(), ' ');
  text.append(64 - (detail::npy_magic.size() + 5 + text.size()) % 64, ' ');
  text += '\n';
  std::string out(detail::npy_magic);
  out += '\1';
  out += '\0';
  out += static_cast<char>(text.size() & 255);
  out += static_cast<char>(text.size() >> 8);
  return out + text;
}

/// An .npy file with the elements of a view, in row-major order.
inline result<buffer> format_npy(const any_view& v, memory* from = nullptr) {
  if (!v) return fail(code::invalid, {"npy: there is no tensor to write"});
  if (is_container(v.type)) return fail(code::unsupported, {"npy: ", full_name(v.type), " is no tensor, and cannot be written"});
  i64 longest = 1;
  if (v.type == dtype::string)
    for_each_offset(v.dims, v.strides, [&](i64 at) {
      i64 n = 0;
      for (std::string_view s = v.as<std::string>()[at]; !s.empty(); ++n) detail::take_utf8(s);
      longest = std::max(longest, n);
    });
  const std::string header = npy_header(v.type, v.dims, longest);
  const i64 size = v.type == dtype::string ? 4 * longest : size_of(v.type);
  const auto body = detail::byte_count(v.dims, size);
  if (!body.has_value()) return wrap(body.error(), {"npy: "});
  i64 total = 0;
  if (__builtin_add_overflow(*body, header.size(), &total))
    return fail(code::limit, {"npy: too large"});
  auto made = buffer::make(total, from);
  if (!made.has_value()) return wrap(made.error(), {"npy: "});
  std::byte* to = (*made).data();
  std::memcpy(to, header.data(), header.size());
  to += header.size();
  if (v.type == dtype::string) {
    std::memset(to, 0, static_cast<std::size_t>(*body));
    for_each_offset(v.dims, v.strides, [&](i64 at) {
      std::byte* p = to;
      for (std::string_view s = v.as<std::string>()[at]; !s.empty(); p += 4) {
        const std::uint32_t c = detail::take_utf8(s);
        std::memcpy(p, &c, 4);
      }
      to += size;
    });
  } else if (v.contiguous()) {
    if (*body != 0) std::memcpy(to, v.bytes, static_cast<std::size_t>(*body));
  } else {
    for_each_offset(v.dims, v.strides, [&](i64 at) {
      std::memcpy(to, v.bytes + at * size, static_cast<std::size_t>(size));
      to += size;
    });
  }
  return made;
}

inline result<any_tensor> load_npy(const std::string& path, memory* from = nullptr,
                                   dtype raw = dtype::none) {
  const auto file = read_file(path, from);
  if (!file.has_value()) return std::unexpected(file.error());
  auto t = parse_npy((*file).look(), from, raw);
  if (!t.has_value()) return wrap(t.error(), {path, ": "});
  return t;
}

inline status save_npy(const std::string& path, const any_view& v) {
  const auto file = format_npy(v);
  if (!file.has_value()) return wrap(file.error(), {path, ": "});
  return write_file(path, (*file).look());
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
