// Numbers that references calculate with, whatever the element type: a double, or an integer of 128
// bits that is only cut to its type's width when it is stored.
#pragma once

#include <cmath>
#include <cstdlib>
#include <string>

#include "tenon/core/dtype.hpp"
#include "walk.hpp"

namespace reference {

using tenon::dtype;
using wide = __int128;
using unsigned_wide = unsigned __int128;

struct number {
  double real = 0;
  bool whole = false;  ///< `integer` is the value
  wide integer = 0;

  number() = default;
  number(double x) : real(x) {}
  static number of(wide x) {
    number n;
    n.integer = x, n.whole = true;
    return n;
  }
  /// x as this kind of number.
  number like(double x) const { return whole ? of(static_cast<wide>(x)) : number(x); }
  explicit operator double() const { return whole ? static_cast<double>(integer) : real; }

  friend number operator+(const number& a, const number& b) {
    return a.whole ? of(static_cast<wide>(static_cast<unsigned_wide>(a.integer) + static_cast<unsigned_wide>(b.integer)))
                   : number(a.real + b.real);
  }
  friend number operator-(const number& a, const number& b) {
    return a.whole ? of(static_cast<wide>(static_cast<unsigned_wide>(a.integer) - static_cast<unsigned_wide>(b.integer)))
                   : number(a.real - b.real);
  }
  friend number operator*(const number& a, const number& b) {
    return a.whole ? of(static_cast<wide>(static_cast<unsigned_wide>(a.integer) * static_cast<unsigned_wide>(b.integer)))
                   : number(a.real * b.real);
  }
  friend number operator/(const number& a, const number& b) {
    return a.whole ? of(a.integer / b.integer) : number(a.real / b.real);
  }
  friend bool operator<(const number& a, const number& b) { return a.whole ? a.integer < b.integer : a.real < b.real; }
  friend bool operator>(const number& a, const number& b) { return b < a; }
  friend bool operator==(const number& a, const number& b) { return a.whole ? a.integer == b.integer : a.real == b.real; }
  bool is_nan() const { return !whole && real != real; }
  std::string text() const {
    return whole ? std::to_string(static_cast<long long>(integer)) : std::to_string(real);
  }
};

/// The element at p. `bits` takes fixed-size types as patterns.
number load(dtype d, const std::byte* p, bool bits);
/// Rounds a double, or keeps the low bits of an integer.
void store(dtype d, std::byte* p, const number& n, bool bits);
// The same for many elements, whose type is looked at once.
/// Stores the numbers of dims, which lie one behind the other, at offsets of `strides` elements from p.
void store(dtype d, std::byte* p, const shape& dims, const shape& strides, const number* n, bool bits);
/// Rounds numbers to what the type holds.
void round(dtype d, number* n, i64 count);
/// How many elements agree before one does not.
i64 agreeing(dtype d, const std::byte* p, const number* n, i64 count, int ulps, bool bits);
/// How far two patterns of a sign-magnitude format are apart; both zeros are one.
std::uint64_t steps_between(std::uint64_t a, std::uint64_t b, int width);
/// True when the element at p is n, within `ulps` of its type; NaN equals NaN.
bool agrees(dtype d, const std::byte* p, const number& n, int ulps, bool bits);

}  // namespace reference

extern template class std::vector<reference::number>;
extern template struct reference::array<reference::number>;
