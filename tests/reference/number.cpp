#include "number.hpp"

template class std::vector<reference::number>;
template struct reference::array<reference::number>;

namespace reference {

namespace {

template <class T>
number load(const std::byte* p, bool bits) {
  if constexpr (std::is_same_v<T, std::string>) {
    number r = number::of(std::atoi(reinterpret_cast<const T*>(p)->c_str()));
    if (*reinterpret_cast<const T*>(p) != std::to_string(static_cast<int>(r.integer)) + " is written out as a long text")
      r.integer = -1;
    return r;
  } else {
    T x;
    std::memcpy(&x, p, sizeof x);
    if (bits || !requires { static_cast<double>(x); }) {
      number r = number::of(0);
      std::memcpy(&r.integer, p, sizeof x);
      return r;
    } else if constexpr (std::is_integral_v<T>) return number::of(static_cast<wide>(x));
    else if constexpr (requires { x.value; }) return number::of(static_cast<int>(x));
    else if constexpr (std::is_floating_point_v<T>) return static_cast<double>(x);
    else if constexpr (std::is_convertible_v<T, float>) return static_cast<double>(static_cast<float>(x));
    else return {};
  }
}

template <class T>
void store(std::byte* p, const number& n, bool bits) {
  if constexpr (std::is_same_v<T, std::string>) {
    *reinterpret_cast<T*>(p) = std::to_string(static_cast<int>(n.integer)) + " is written out as a long text";
  } else {
    T x{};
    if (bits) std::memcpy(&x, &n.integer, sizeof x);
    else if constexpr (std::is_same_v<T, bool>) x = n.integer != 0;
    else if constexpr (std::is_integral_v<T>) x = static_cast<T>(static_cast<unsigned_wide>(n.integer));
    else if constexpr (requires { x.value; }) x = T(static_cast<long long>(n.integer));
    else if constexpr (std::is_constructible_v<T, double> && !requires { x.re; }) x = T(n.whole ? static_cast<double>(n.integer) : n.real);
    std::memcpy(p, &x, sizeof x);
  }
}

}  // namespace

number load(dtype d, const std::byte* p, bool bits) {
  number r;
  tenon::visit<tenon::dtypes::all>(d, [&]<class T>() { r = load<T>(p, bits); });
  return r;
}

void store(dtype d, std::byte* p, const number& n, bool bits) {
  tenon::visit<tenon::dtypes::all>(d, [&]<class T>() { store<T>(p, n, bits); });
}

void store(dtype d, std::byte* p, const shape& dims, const shape& strides, const number* n, bool bits) {
  if (tenon::count(dims) == 0) return;
  const int last = dims.rank() - 1;
  const i64 length = last < 0 ? 1 : dims[last], stride = last < 0 ? 0 : strides[last];
  shape lines = dims;
  if (last >= 0) lines[last] = 1;
  tenon::visit<tenon::dtypes::all>(d, [&]<class T>() {
    each(lines, [&](const shape& first) {
      std::byte* at = p + offset(first, strides) * static_cast<i64>(sizeof(T));
      for (i64 i = 0; i < length; ++i, at += stride * static_cast<i64>(sizeof(T))) store<T>(at, *n++, bits);
    });
  });
}

void round(dtype d, number* n, i64 count) {
  tenon::visit<tenon::dtypes::all>(d, [&]<class T>() {
    if constexpr (!std::is_same_v<T, std::string>) {
      std::byte stored[sizeof(T)];
      for (i64 i = 0; i < count; ++i) {
        store<T>(stored, n[i], false);
        n[i] = load<T>(stored, false);
      }
    }
  });
}

i64 agreeing(dtype d, const std::byte* p, const number* n, i64 count, int ulps, bool bits) {
  i64 i = 0;
  tenon::visit<tenon::dtypes::all>(d, [&]<class T>() {
    for (; i < count; ++i, p += sizeof(T)) {
      if constexpr (!std::is_same_v<T, std::string>) {
        std::byte wanted[sizeof(T)];
        store<T>(wanted, n[i], bits);
        if (std::memcmp(p, wanted, sizeof wanted) == 0) continue;
      }
      if (!agrees(d, p, n[i], ulps, bits)) return;
    }
  });
  return i;
}

std::uint64_t steps_between(std::uint64_t a, std::uint64_t b, int width) {
  const auto ordered = [&](std::uint64_t x) {
    const std::uint64_t sign = std::uint64_t{1} << (width - 1), magnitude = x & (sign - 1);
    return (x & sign) != 0 ? sign - magnitude : sign + magnitude;
  };
  const std::uint64_t x = ordered(a), y = ordered(b);
  return x < y ? y - x : x - y;
}

bool agrees(dtype d, const std::byte* p, const number& n, int ulps, bool bits) {
  std::byte wanted[sizeof(std::string) + 16]{};
  const auto width = static_cast<std::size_t>(tenon::size_of(d));
  if (d == dtype::string) return load(d, p, bits) == n;
  store(d, wanted, n, bits);
  if (std::memcmp(p, wanted, width) == 0) return true;
  const number is = load(d, p, bits);
  if (bits || is.whole) return false;
  if (is.is_nan() || n.is_nan()) return is.is_nan() && n.is_nan();
  std::uint64_t a = 0, b = 0;
  std::memcpy(&a, p, width);
  std::memcpy(&b, wanted, width);
  return steps_between(a, b, static_cast<int>(8 * width)) <= static_cast<std::uint64_t>(ulps);
}

}  // namespace reference
