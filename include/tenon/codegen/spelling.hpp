// Names, numbers and texts as C++ spells them. Whatever a model calls its values, what comes out is an
// identifier or a literal and nothing else.
#pragma once

#include <bit>
#include <set>

#include "../core/dtype.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

/// The C++ type of the elements.
constexpr std::string_view type_of(dtype d) {
  constexpr std::string_view names[dtype_count] = {
      "", "float", "tenon::u8", "tenon::i8", "tenon::u16", "tenon::i16", "tenon::i32", "tenon::i64", "std::string",
      "bool", "tenon::f16", "double", "tenon::u32", "tenon::u64", "tenon::complex<float>", "tenon::complex<double>",
      "tenon::bf16", "tenon::f8e4m3fn", "tenon::f8e4m3fnuz", "tenon::f8e5m2", "tenon::f8e5m2fnuz", "tenon::u4",
      "tenon::i4", "tenon::f4e2m1", "tenon::f8e8m0", "tenon::u2", "tenon::i2", "tenon::f6e2m3",
      "tenon::f6e3m2"};
  return names[static_cast<unsigned>(d)];
}
/// The enumerator: "f32".
constexpr std::string_view enumerator_of(dtype d) {
  constexpr std::string_view names[dtype_count] = {
      "none", "f32", "u8", "i8", "u16", "i16", "i32", "i64", "string", "boolean", "f16", "f64", "u32", "u64", "c64",
      "c128", "bf16", "f8e4m3fn", "f8e4m3fnuz", "f8e5m2", "f8e5m2fnuz", "u4", "i4", "f4e2m1", "f8e8m0", "u2", "i2",
      "f6e2m3", "f6e3m2"};
  return names[static_cast<unsigned>(d)];
}

/// A floating-point literal of exactly this value: small whole numbers as such, others in hexadecimal.
inline std::string spelled(double x, bool single) {
  const std::string_view suffix = single ? "f" : "";
  if (x != x) return join({"__builtin_nan", suffix, "(\"\")"});
  if (x - x != 0) return join({x < 0 ? "-" : "", "__builtin_inf", suffix, "()"});
  const bool minus_zero = x == 0 && std::bit_cast<u64>(x) >> 63 != 0;
  if (!minus_zero && x > -1e6 && x < 1e6 && x == static_cast<double>(static_cast<i64>(x))) return join({static_cast<i64>(x)});
  char digits[40];
  std::snprintf(digits, sizeof digits, "%a", x);
  return join({digits, suffix});
}
inline std::string spelled(i64 x) {
  if (x == INT64_MIN) return "INT64_MIN";
  return join({x});
}

/// A string literal of these bytes.
inline std::string literal(std::string_view s) {
  std::string out = "\"";
  for (char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (u >= 32 && u < 127) out += c;
    else {
      out += '\\';  // three octal digits: no more can follow, whatever comes next
      for (int shift = 6; shift >= 0; shift -= 3) out += static_cast<char>('0' + (u >> shift & 7));
    }
  }
  return out += '"';
}

/// "1, 3, 224, 224".
inline std::string listed(std::span<const i64> numbers) {
  std::string out;
  for (i64 n : numbers) {
    if (!out.empty()) out += ", ";
    out += spelled(n);
  }
  return out;
}

/// Identifiers in one scope, each given once.
class identifiers {
 public:
  /// `taken` are names that the scope has already.
  explicit identifiers(std::initializer_list<std::string_view> taken) : given_(taken.begin(), taken.end()) {}

  /// What a model calls a thing, as an identifier: "conv/stem:0" is conv_stem_0.
  std::string give(std::string_view wanted) {
    std::string name = plain(wanted);
    std::string free = name;
    for (int i = 2; is_reserved(free) || !given_.insert(free).second; ++i) free = join({name, "_", i});
    return free;
  }

  /// Letters, digits and single underscores, not at either end, not beginning with a digit. What looks like
  /// a macro gets an underscore. Of a long path the last parts are kept, which tell it from others.
  static std::string plain(std::string_view wanted) {
    constexpr std::size_t most = 60, most_of_path = 44;
    while (wanted.size() > most_of_path && wanted.find('/') < wanted.size() - 1) wanted.remove_prefix(wanted.find('/') + 1);
    std::string name;
    bool lower = false;
    for (char c : wanted.substr(0, most)) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'), digit = c >= '0' && c <= '9';
      lower |= c >= 'a' && c <= 'z';
      if (letter || digit) name += c;
      else if (!name.empty() && name.back() != '_') name += '_';
    }
    while (!name.empty() && name.back() == '_') name.pop_back();
    if (name.empty()) return "value";
    if (name[0] >= '0' && name[0] <= '9') return "v" + name;
    if (!lower && name.size() > 1) name += '_';
    return name;
  }
  static bool is_reserved(std::string_view name) {
    static constexpr std::string_view words[] = {
        "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand", "bitor", "bool", "break", "case",
        "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl",
        "concept", "const", "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default",
        "delete", "do", "double", "dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false",
        "float", "for", "friend", "goto", "if", "inline", "int", "linux", "long", "mutable", "namespace", "new",
        "noexcept", "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register",
        "reinterpret_cast", "requires", "return", "short", "signed", "sizeof", "static", "static_assert", "static_cast",
        "std", "stderr", "stdin", "stdout", "struct", "switch", "template", "tenon", "this", "thread_local", "throw",
        "true", "try", "typedef", "typeid", "typename", "union", "unix", "unsigned", "using", "virtual", "void",
        "volatile", "wchar_t", "while", "xor", "xor_eq"};
    return std::ranges::binary_search(words, name);
  }

 private:
  std::set<std::string, std::less<>> given_;
};

}  // namespace tenon
TENON_COLD_END
