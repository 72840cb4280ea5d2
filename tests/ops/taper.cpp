// Window functions: cases against cosines in double, and what they say about wrong sizes.
#include "tenon/ops/taper.hpp"

#include <cmath>

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::BlackmanWindow;
using tenon::ops::HammingWindow;
using tenon::ops::HannWindow;

namespace {

template <class Op>
void taper_cases(trial& t, double a, double b, double c) {
  for (i64 size : {0, 1, 2, 3, 8, 10, 127, 128, 129, 400})
    for (bool periodic : {true, false})
      for (dtype type : {dtype::f32, dtype::f64, dtype::f16}) {
        table n(t.type, {}, {static_cast<double>(size)}), y(type, {size});
        for (i64 i = 0; i < size; ++i) {
          const double turn = 2 * 3.14159265358979323846 * static_cast<double>(i) / static_cast<double>(std::max<i64>(periodic ? size : size - 1, 1));
          y[{i}] = size == 1 && !periodic ? 1.0 : a - b * std::cos(turn) + c * std::cos(2 * turn);
        }
        const Op o{.output_datatype = type, .periodic = periodic};
        t.expect(&o, {&n}, {&y}, type == dtype::f64 ? 1 << 16 : 2);
      }
}
const by_reference hann_reference(cases{"HannWindow", [](trial& t) { taper_cases<HannWindow>(t, 0.5, 0.5, 0); }});
const by_reference hamming_reference(cases{"HammingWindow", [](trial& t) { taper_cases<HammingWindow>(t, 25.0 / 46, 21.0 / 46, 0); }});
const by_reference blackman_reference(cases{"BlackmanWindow", [](trial& t) { taper_cases<BlackmanWindow>(t, 0.42, 0.5, 0.08); }});

}  // namespace

TEST_CASE("window functions say what is no size") {
  const HannWindow hann, to_bool{.output_datatype = dtype::boolean};
  CHECK(complaint("HannWindow", &hann, {tensor<i64>({}, {-3})}) == "HannWindow: size is -3");
  CHECK(complaint("HannWindow", &hann, {tensor<i64>({2}, {3, 3})}) == "HannWindow: size must be one number, not [2]");
  CHECK(complaint("HannWindow", &to_bool, {tensor<i64>({}, {3})}) == "HannWindow: output_datatype bool is not supported");
  CHECK(complaint("HannWindow", &hann, {tensor<i64>({}, {i64{1} << 60})}).starts_with("HannWindow: a tensor of shape"));
}

}  // namespace tests::ops
