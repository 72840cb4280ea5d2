// Operators on bits against exact integers, and shifts by more bits than there are.
#include "tenon/ops/bits.hpp"

#include "trial.hpp"

namespace tests::ops {

const by_reference bitwise_and_reference(elementwise{"BitwiseAnd", [](const number* x) {
  return number::of(x[0].integer & x[1].integer);
}});
const by_reference bitwise_or_reference(elementwise{"BitwiseOr", [](const number* x) {
  return number::of(x[0].integer | x[1].integer);
}});
const by_reference bitwise_xor_reference(elementwise{"BitwiseXor", [](const number* x) {
  return number::of(x[0].integer ^ x[1].integer);
}});
const by_reference bitwise_not_reference(elementwise{"BitwiseNot", [](const number* x) {
  return number::of(~x[0].integer);
}});

void bit_shift_cases(trial& t) {
  const i64 n = 64 / size_of(t.type), width = 8 * size_of(t.type);
  for (const char* direction : {"LEFT", "RIGHT"}) {
    const tenon::ops::BitShift o{.direction = std::string(direction)};
    const auto run = [&](const shape& a, const shape& b) {
      table x = t.draw(a, -100, 100), by = t.draw(b, -2, std::min<i64>(width + 2, 127)), z(t.type, *broadcast(a, b));
      each(z.dims, [&](const shape& i) {
        const auto at = [&](table& v) {
          shape own = shape::filled(v.dims.rank(), 0);
          for (int k = 0; k < own.rank(); ++k)
            if (v.dims[k] != 1) own[k] = i[k + i.rank() - own.rank()];
          return v[own].integer;
        };
        const reference::wide value = at(x), amount = at(by);
        const bool inside = amount >= 0 && amount < width;
        if (direction[0] == 'L') z[i] = number::of(inside ? value * (reference::wide{1} << amount) : 0);
        else z[i] = number::of(value >> (inside ? amount : 100));
      });
      t.expect(&o, {&x, &by}, {&z}, 0, direction);
    };
    for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, {size}), run({2, size}, {}), run({size, 1}, {1, 3});
  }
}
const by_reference bit_shift_reference(cases{"BitShift", bit_shift_cases});

TEST_CASE_TEMPLATE("the ends of the integers are shifted", T, i8, u8, i16, u16, i32, u32, i64, u64) {
  using limits = std::numeric_limits<T>;
  constexpr int width = static_cast<int>(8 * sizeof(T));
  const tensor<T> x({3}, {limits::min(), limits::max(), static_cast<T>(-1)});
  const auto by = [](int n) { return tensor<T>({1}, {static_cast<T>(n)}); };
  const T fill = std::is_signed_v<T> ? T(-1) : T(0);
  for (int n : {width, width + 1, 100, -1}) {
    for (i64 i = 0; i < 3; ++i) CHECK(left_shift(x, by(n)).template as<T>()[i] == 0);
    CHECK(right_shift(x, by(n)).template as<T>()[0] == (limits::min() < 0 ? fill : T(0)));
    CHECK(right_shift(x, by(n)).template as<T>()[1] == 0);
    CHECK(right_shift(x, by(n)).template as<T>()[2] == fill);
  }
  CHECK(left_shift(x, by(1)).template as<T>()[1] == static_cast<T>(-2));
  CHECK(right_shift(x, by(width - 1)).template as<T>()[0] == (limits::min() < 0 ? fill : T(0)));
}

TEST_CASE("BitShift wants to know the direction") {
  const any_tensor x = zeros(dtype::i32, {2}), f = zeros(dtype::f32, {2});
  const tenon::ops::BitShift up{.direction = std::string("UP")}, left{.direction = std::string("LEFT")};
  CHECK(complaint("BitShift", &up, {x, x}) == "BitShift: direction 'UP' is neither LEFT nor RIGHT");
  CHECK(complaint("BitShift", &left, {f, f}) == "BitShift: input X cannot be float32");
  CHECK(complaint("BitShift", &left, {x, zeros(dtype::i32, {3})}) == "BitShift: shapes do not broadcast: [2] and [3]");
}

}  // namespace tests::ops
