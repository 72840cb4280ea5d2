// Tensors as text, as NumPy 2.4 prints them: aligned columns, as few digits as distinguish the
// numbers (at most eight after the point), "..." in place of what is long.
#pragma once

#include <vector>

#include "decimal.hpp"
#include "value.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// NumPy's printoptions and their defaults.
struct print_options {
  int precision = 8;     ///< digits after the point of floating-point numbers, at most 40
  i64 threshold = 1000;  ///< more elements than this are summarised
  int edge_items = 3;    ///< elements at each end of a summarised dimension
  int line_width = 75;
};

namespace detail {

/// How numbers are told apart: in their own format, or, below 16 bits, as the float they mean.
constexpr binary_format format_of(dtype d) {
  switch (d) {
    case dtype::f64:
    case dtype::c128:
      return binary64;
    case dtype::f16:
      return binary16;
    case dtype::bf16:
      return bfloat16_format;
    default:
      return binary32;
  }
}

/// From here on numbers are scientific: a power of ten that all digits of the format reach.
constexpr double large_for(binary_format f) {
  return f.bits == 53 ? 1e8 : f.bits == 11 ? 1e3 : 1e6;
}

inline bool is_finite(double x) { return x - x == 0; }

/// Columns for a set of numbers: scientific or not, and how many digits.
struct float_columns {
  binary_format format;
  decimal_limits limits;
  int left = 0, right = 0, exponent_digits = 2;
  bool scientific = false, plus = false;

  /// `each(f)` calls f with each number.
  template <class Each>
  float_columns(dtype type, int precision, bool with_plus, Each&& each)
      : format(format_of(type)), limits{precision, -1, true}, plus(with_plus) {
    double most = 0, least = 0;
    bool other = false, minus_infinity = false;
    each([&](double x) {
      if (!is_finite(x)) {
        other = true;
        minus_infinity |= x < 0;
      } else if (x != 0) {
        const double a = x < 0 ? -x : x;
        if (most == 0 || a > most) most = a;
        if (least == 0 || a < least) least = a;
      }
    });
    // NumPy's rule, in the arithmetic of the numbers' own type.
    const double small = format.bits == 53   ? 1e-4
                         : format.bits == 11 ? static_cast<double>(f16(1e-4))
                                             : static_cast<double>(1e-4f);
    if (most != 0) {
      double ratio = most / least;
      if (format.bits == 11)
        ratio = static_cast<double>(f16(ratio));
      else if (format.bits != 53 && ratio < 1e4)
        ratio = static_cast<double>(static_cast<float>(ratio));
      scientific = most >= large_for(format) || least < small || ratio > 1000;
    }
    each([&](double x) {
      if (!is_finite(x)) return;
      const std::string s = text(x, zeros::point);
      const int point = static_cast<int>(s.find('.'));
      const int end = scientific ? static_cast<int>(s.find('e')) : static_cast<int>(s.size());
      left = std::max(left, point);
      right = std::max(right, end - point - 1);
      if (scientific)
        exponent_digits = std::max(exponent_digits, static_cast<int>(s.size()) - end - 2);
    });
    if (scientific) {
      limits.most = limits.least = right;
      right += exponent_digits + 2;
    } else {
      limits.least = 0;
    }
    if (other) left = std::max(left, 3 + (minus_infinity || plus ? 1 : 0) - right - 1);
  }

  [[gnu::noinline]] std::string text(double x, zeros end) const {
    std::string s = scientific ? tenon::scientific(x, format, limits, end, exponent_digits)
                               : positional(x, format, limits, end);
    if (plus && s[0] != '-') s.insert(0, 1, '+');
    return s;
  }
  /// As wide as all the others.
  [[gnu::noinline]] std::string operator()(double x) const {
    const auto spaces = [](std::size_t n) { return std::string(n, ' '); };
    const auto before = static_cast<std::size_t>(left), after = static_cast<std::size_t>(right);
    if (!is_finite(x)) {
      const std::string s = x != x ? plus ? "+nan" : "nan" : x < 0 ? "-inf" : plus ? "+inf" : "inf";
      const std::size_t width = before + after + 1;
      return spaces(width > s.size() ? width - s.size() : 0) + s;
    }
    std::string s = text(x, scientific ? zeros::keep : zeros::point);
    const std::size_t point = s.find('.');
    if (point < before) s.insert(0, before - point, ' ');
    const std::size_t width = before + 1 + after;
    if (s.size() < width) s.append(width - s.size(), ' ');
    return s;
  }
};

/// A number by itself, as Python's str.
inline std::string float_text(double x, binary_format format, zeros end) {
  if (x != x) return "nan";
  if (!is_finite(x)) return x < 0 ? "-inf" : "inf";
  const double a = x < 0 ? -x : x, large = format.bits == 53 ? 1e16 : large_for(format);
  if (a == 0 || (a >= 1e-4 && a < large)) return positional(x, format, {}, end);
  return scientific(x, format, {}, zeros::none);
}

inline std::string complex_text(double re, double im, binary_format format) {
  const bool minus = std::bit_cast<u64>(im) >> 63 != 0;
  const std::string j = (is_finite(im) ? float_text(im, format, zeros::none)
                         : im != im    ? "nan"
                         : minus       ? "-inf"
                                       : "inf") +
                        'j';
  if (std::bit_cast<u64>(re) == 0) return j;
  return '(' + float_text(re, format, zeros::none) + (j[0] == '-' ? "" : "+") + j + ')';
}

/// Python's repr of a string.
inline std::string python_repr(std::string_view s) {
  const char mark = s.contains('\'') && !s.contains('"') ? '"' : '\'';
  std::string out(1, mark);
  for (char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == mark || c == '\\')
      (out += '\\') += c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\r')
      out += "\\r";
    else if (c == '\t')
      out += "\\t";
    else if (u < 32 || u == 127)
      ((out += "\\x") += "0123456789abcdef"[u >> 4]) += "0123456789abcdef"[u & 15];
    else
      out += c;
  }
  return out += mark;
}

/// Characters, of which the terminal shows one each: UTF-8's continuation bytes do not count.
inline int width_of(std::string_view s) {
  int n = 0;
  for (char c : s) n += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return n;
}

class tensor_printer {
 public:
  tensor_printer(const any_view& v, const print_options& options) : v_(v), options_(options) {
    options_.precision = std::clamp(options.precision, 0, 40);
    options_.edge_items = std::max(options.edge_items, 1);
    short_ = v.size() > options.threshold;
  }

  std::string text();

 private:
  bool is_complex() const { return v_.type == dtype::c64 || v_.type == dtype::c128; }
  bool is_float() const { return is_complex() || floats.has(v_.type); }

  [[gnu::noinline]] double real(i64 at, bool imaginary = false) const {
    double x = 0;
    visit<floats>(v_.type, [&]<class T>() { x = static_cast<double>(v_.as<T>()[at]); });
    if (v_.type == dtype::c64)
      x = imaginary ? v_.as<complex<float>>()[at].im : v_.as<complex<float>>()[at].re;
    if (v_.type == dtype::c128)
      x = imaginary ? v_.as<complex<double>>()[at].im : v_.as<complex<double>>()[at].re;
    return x;
  }
  [[gnu::noinline]] std::string whole(i64 at) const {
    if (v_.type == dtype::boolean) return v_.as<bool>()[at] ? "True" : "False";
    if (v_.type == dtype::u64) return join({v_.as<u64>()[at]});
    i64 x = 0;
    visit<dtypes::integers | dtypes::tiny_integers>(
        v_.type, [&]<class T>() { x = static_cast<i64>(v_.as<T>()[at]); });
    return join({x});
  }
  std::string alone() const {
    const binary_format format = format_of(v_.type);
    if (v_.type == dtype::string) return v_.as<std::string>()[0];
    if (is_complex()) return complex_text(real(0), real(0, true), format);
    return is_float() ? float_text(real(0), format, zeros::one) : whole(0);
  }
  std::string element(i64 at) const {
    if (v_.type == dtype::string) return python_repr(v_.as<std::string>()[at]);
    if (!is_float()) {
      const std::string s = whole(at);
      return std::string(static_cast<std::size_t>(width_) - s.size(), ' ') + s;
    }
    std::string s = columns_[0](real(at));
    if (is_complex()) {
      s += columns_[1](real(at, true));
      s.insert(s.find_last_not_of(' ') + 1, 1, 'j');
    }
    return s;
  }

  bool summarised(int axis) const { return short_ && v_.dims[axis] > 2 * i64{options_.edge_items}; }
  /// Calls f with the offset of each element that is printed.
  template <class F>
  void each_shown(F&& f, int axis = 0, i64 at = 0) const {
    if (axis == v_.rank()) return f(at);
    const i64 n = v_.dims[axis], edge = options_.edge_items;
    for (i64 i = 0; i < n; ++i) {
      if (i == edge && summarised(axis)) i = n - edge;
      each_shown(f, axis + 1, at + i * v_.strides[axis]);
    }
  }
  auto each(bool imaginary) const {
    return [this, imaginary](auto&& f) { each_shown([&](i64 at) { f(real(at, imaginary)); }); };
  }

  void block(int axis, i64 at, int indent, int width) {
    out_ += '[';
    const bool row = axis == v_.rank() - 1;
    const i64 n = v_.dims[axis], edge = options_.edge_items;
    line_ = indent;
    for (i64 i = 0; i < n; ++i) {
      if (i != 0) separate(axis, indent);
      if (i == edge && summarised(axis)) {
        if (row)
          word("...", indent, width - 1);
        else
          out_ += "...";
        separate(axis, indent);
        i = n - edge;
      }
      const i64 here = at + i * v_.strides[axis];
      if (row)
        word(element(here), indent, width - 1);
      else
        block(axis + 1, here, indent + 1, width - 1);
    }
    out_ += ']';
  }
  void separate(int axis, int indent) {
    const int breaks = v_.rank() - 1 - axis;
    if (breaks == 0) {
      out_ += ' ';
      ++line_;
      return;
    }
    out_.append(static_cast<std::size_t>(breaks), '\n');
    out_.append(static_cast<std::size_t>(indent), ' ');
  }
  void word(const std::string& s, int indent, int width) {
    const int n = width_of(s);
    if (line_ + n > width && line_ > indent) {
      while (out_.back() == ' ') out_.pop_back();
      out_ += '\n';
      out_.append(static_cast<std::size_t>(indent), ' ');
      line_ = indent;
    }
    out_ += s;
    line_ += n;
  }

  static constexpr dtype_set floats =
      dtypes::floating | dtypes::float8 | dtypes::float6 | dtype_set{dtype::f4e2m1, dtype::f8e8m0};
  any_view v_;
  print_options options_;
  bool short_ = false;
  std::vector<float_columns> columns_;  // of real parts, of imaginary parts
  int width_ = 0, line_ = 0;
  std::string out_;
};

inline std::string tensor_printer::text() {
  if (v_.type == dtype::none) return "none";
  if (v_.size() == 0) return "[]";
  if (v_.rank() == 0) return alone();
  if (is_float()) {
    columns_.emplace_back(v_.type, options_.precision, false, each(false));
    if (is_complex()) columns_.emplace_back(v_.type, options_.precision, true, each(true));
  } else if (v_.type != dtype::string) {
    each_shown([&](i64 at) { width_ = std::max(width_, width_of(whole(at))); });
    if (v_.type == dtype::boolean) width_ = 5;
  }
  block(0, 0, 1, options_.line_width);
  return std::move(out_);
}

}  // namespace detail

/// The elements as NumPy's print(array) shows them, without a line break at the end. Sequences, optionals and
/// maps are lists of their elements.
inline std::string to_string(const any_view& v, const print_options& options = {}) {
  if (!is_container(v.type)) return detail::tensor_printer(v, options).text();
  std::string text = "{";
  for (i64 i = 0; i < v.size(); ++i) text += (i == 0 ? "" : ",\n ") + to_string(v.as<shared_value>()[i].look(), options);
  return text + "}";
}

}  // namespace tenon::inline TENON_BUILD
TENON_COLD_END
