#include "compare.hpp"

#include <cmath>

#include <tenon/core/container.hpp>
#include <tenon/core/print.hpp>

namespace {

using tenon::any_view, tenon::dtype, tenon::i64;

/// Element i of a row-major view; integers of 64 bits to the precision that tolerances have.
double number_at(const any_view& v, i64 i) {
  if (v.type == dtype::boolean) return v.as<tenon::u8>()[i];  // whatever its byte is
  double x = 0;
  tenon::visit<tenon::dtypes::numeric | tenon::dtypes::storage_only>(v.type, [&]<class T>() {
    x = static_cast<double>(v.as<T>()[i]);
  });
  return x;
}

bool close(double is, double want, tolerance t) {
  if (is == want || (is != is && want != want)) return true;
  return std::isfinite(is) && std::isfinite(want) && std::fabs(is - want) <= t.atol + t.rtol * std::fabs(want);
}

/// Complex numbers as twice as many real ones.
any_view as_real(any_view v) {
  if (v.type == dtype::c64 || v.type == dtype::c128)
    v = {v.type == dtype::c64 ? dtype::f32 : dtype::f64, tenon::shape{v.size() * 2}, v.bytes};
  return v;
}

/// [2,0,1]: where row-major element i is.
tenon::shape place_of(i64 i, const tenon::shape& dims) {
  tenon::shape at = dims;
  for (int axis = dims.rank() - 1; axis >= 0; --axis) {
    at[axis] = i % dims[axis];
    i /= dims[axis];
  }
  return at;
}

std::string text_at(const any_view& v, i64 i) {
  return tenon::to_string({v.type, {}, v.bytes + i * size_of(v.type)});
}

}  // namespace

tenon::status compare(const any_view& is, const any_view& want, tolerance t) {
  if (is.type != want.type || is.dims != want.dims)
    return tenon::fail(tenon::code::invalid,
                       {"is ", full_name(is.type), " ", is.dims, ", not ", full_name(want.type), " ", want.dims});
  if (is_container(is.type)) {
    for (i64 i = 0; i < is.size(); ++i)
      if (tenon::status same = compare(tenon::item(is, i), tenon::item(want, i), t); !same.has_value())
        return wrap(same.error(), {"element ", i, " "});
    return {};
  }
  if (want.type == dtype::bf16) t.rtol = std::max(t.rtol, 0x1p-6);
  const any_view a = as_real(is), b = as_real(want);
  i64 first = -1, differ = 0;
  for (i64 i = 0; i < a.size(); ++i) {
    const bool same = a.type == dtype::string ? a.as<std::string>()[i] == b.as<std::string>()[i]
                                              : close(number_at(a, i), number_at(b, i), t);
    if (same) continue;
    if (differ++ == 0) first = i;
  }
  if (differ == 0) return {};
  if (a.type != is.type) first /= 2;
  return tenon::fail(tenon::code::invalid,
                     {"is ", text_at(is, first), " at ", place_of(first, is.dims), ", not ", text_at(want, first), " (",
                      differ, " of ", a.size(), " elements differ by more than ", t.atol, " + ", t.rtol, " * |wanted|)"});
}
