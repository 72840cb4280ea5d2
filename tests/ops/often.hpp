// What tests of operators do often, once: where this header is precompiled, so are the templates that it takes.
#pragma once

#include "old_node.hpp"
#include "tenon/core/print.hpp"

namespace tests::ops {

inline void often() {
  fake_node n(1, 1, 1);
  n.attributes["axis"] = i64{1};
  n.attributes["axis"] = 1.0f;
  n.attributes["axis"] = ints{1};
  n.attributes["axis"] = floats{1};
  n.attributes["axis"] = std::string("axis");
  n.set[1] = any_tensor();
  (void)set_input(n, 1);
  const tensor<float> a(shape{1}, {1});
  const tensor<double> b(shape{1}, {1});
  const tensor<i64> c(shape{1}, {1});
  const tensor<std::int32_t> d(shape{1}, {1});
  const tensor<std::uint8_t> e(shape{1}, {1});
  const tensor<std::int8_t> f(shape{1}, {1});
  const any_tensor all[] = {a, b, c, d, e, f, as_tensor(ints{1}), as_tensor(std::initializer_list<i64>{1})};
  const any_view v = all[0];
  CHECK(complaint("Add", nullptr, {v, v}) == "");
  CHECK(to_string(v) == std::string("1"));
}

}  // namespace tests::ops
