// Cast: every numeric type to every other over numbers that are hard to hold, and what it says about
// types that it does not know.
#include "tenon/ops/cast.hpp"

#include "old_node.hpp"

namespace tests::ops {

using tenon::ops::Cast;

namespace {

constexpr double hard[] = {0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3.5, 7, 8, 15, 16, 127, 128, -128, -129, 240, 255, 256, 300, 448, 480,
                           32767, 32768, -32769, 57344, 65504, 65519, 65520, 65536, 2147483647, 2147483648.0, -2147483649.0, 4294967295.0,
                           4294967296.0, 9007199254740993.0, 9223372036854775808.0, -9223372036854775808.0, 1.8e19, 1e-3, 0x1p-24, 0x1p-25, 0x1p-133, 0x1p-149};
constexpr double beyond[] = {1e30, -1e30, __builtin_inf(), -__builtin_inf(), __builtin_nan("")};

/// An integer as a double that rounds to narrower formats as the integer does: inexact ones are odd.
double to_odd(reference::wide x) {
  const bool minus = x < 0;
  auto m = static_cast<reference::unsigned_wide>(minus ? -x : x);
  int shift = 0;
  bool lost = false;
  for (; m >> 53 != 0; m >>= 1, ++shift) lost |= (m & 1) != 0;
  const double r = std::ldexp(static_cast<double>(static_cast<u64>(m) | lost), shift);
  return minus ? -r : r;
}

number converted(const number& x, dtype to) {
  const table target(to, {});
  const auto to_whole = dtypes::integers | dtypes::tiny_integers;
  if (to == dtype::boolean) return number::of(x.whole ? x.integer != 0 : x.real != 0);
  if (to_whole.has(to)) {
    if (x.whole) return x;
    if (x.is_nan()) return number::of(0);
    // Towards zero, into 64 bits at most; the type takes the low ones.
    const double most = to == dtype::u64 ? 0x1p64 : 0x1p63;
    if (x.real >= most) return number::of((reference::wide{1} << (to == dtype::u64 ? 64 : 63)) - 1);
    if (x.real < -0x1p63) return number::of(-(reference::wide{1} << 63));
    return number::of(static_cast<reference::wide>(x.real));
  }
  if (!x.whole) return x;
  return to == dtype::f64 ? number(static_cast<double>(x.integer)) : number(to_odd(x.integer));
}

/// The numbers that the type holds exactly; floating types hold all of them, rounded.
table numbers(trial& t) {
  std::vector<number> all;
  const bool whole = table(t.type, {}).kind().whole;
  const auto add = [&](double v) {
    if (whole && (v != v || v > 0x1p100 || v < -0x1p100)) return;
    std::byte stored[8];
    reference::store(t.type, stored, whole ? number::of(static_cast<reference::wide>(v)) : number(v), false);
    all.push_back(reference::load(t.type, stored, false));
  };
  for (double v : hard) add(v);
  for (double v : beyond) add(v);
  if (whole && t.type != dtype::boolean)
    for (int i = 0; i < 40; ++i) {
      std::byte stored[8];
      const auto odd = (static_cast<reference::wide>(t.random.next()) << 33 ^ static_cast<reference::wide>(t.random.next())) >> (i % 8 * 8);
      reference::store(t.type, stored, number::of(i % 2 != 0 ? odd : -odd), false);
      all.push_back(reference::load(t.type, stored, false));
    }
  const table x(t.type, {3, static_cast<i64>(all.size())});
  return t.fill(x, [&] { return all[static_cast<std::size_t>(t.random.between(0, static_cast<i64>(all.size()) - 1))]; });
}

bool has_sign_of(dtype d) { return d == dtype::i4 || d == dtype::i2; }

}  // namespace

void cast_cases(trial& t) {
  if (t.type == dtype::string) {  // others: below
    const Cast o{.to = dtype::string};
    const table x = t.patterns({2, 3});
    return t.expect(&o, {&x}, {&x});
  }
  const i64 n = 64 / size_of(t.type);
  for (int d = 1; d < dtype_count; ++d) {
    const auto to = static_cast<dtype>(d);
    if (!Cast::dtypes.has(to) || to == dtype::string) continue;
    const Cast o{.to = to};
    const auto run = [&](const table& x) {
      table y(to, x.dims);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count(x.dims)); ++i) y.all[8 + i] = converted(x.all[8 + i], to);
      t.expect(&o, {&x}, {&y}, 0, name(to));
    };
    run(numbers(t));
    for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run(t.draw({size}, 0, 1));
  }
}
const by_reference cast_reference(cases{"Cast", cast_cases});

void cast_like_cases(trial& t) {
  if (t.type == dtype::string) {
    const tenon::ops::CastLike o;
    const table x = t.patterns({2, 3});
    return t.expect(&o, {&x, &x}, {&x});
  }
  for (dtype to : {dtype::f16, dtype::f32, dtype::i8, dtype::u64, dtype::boolean, dtype::f8e4m3fn, dtype::i4}) {
    const tenon::ops::CastLike o;
    const table x = numbers(t), like(to, {2});
    table y(to, x.dims);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count(x.dims)); ++i) y.all[8 + i] = converted(x.all[8 + i], to);
    t.expect(&o, {&x, &like}, {&y}, 0, name(to));
  }
}
const by_reference cast_like_reference(cases{"CastLike", cast_like_cases});

void bit_cast_cases(trial& t) {
  for (int d = 1; d < dtype_count; ++d) {
    const auto to = static_cast<dtype>(d);
    if (to == dtype::string || wire_bits(to) != wire_bits(t.type)) continue;
    const tenon::ops::BitCast o{.to = to};
    const int bits = wire_bits(to);
    const dtype_set tiny_floats = dtypes::float6 | dtype_set{dtype::f4e2m1};
    for (i64 size : {i64{0}, i64{1}, i64{17}}) {
      table x = t.patterns({3, size}), y(to, x.dims);
      if (bits < 8) x = t.draw(x.dims, -8, 7);
      if (tiny_floats.has(t.type)) x.bits = true, x = t.fill(x, [&] { return number::of(t.random.between(0, (1 << bits) - 1)); });
      y.bits = x.bits || tiny_floats.has(to);
      for (std::size_t i = 8; i < 8 + static_cast<std::size_t>(count(x.dims)); ++i) {
        reference::wide pattern = x.all[i].integer;
        if (bits < 8) pattern &= (1 << bits) - 1;
        const bool has_sign = to == dtype::i4 || to == dtype::i2;
        if (has_sign && pattern >> (bits - 1) != 0) pattern -= 1 << bits;
        y.all[i] = number::of(pattern);
      }
      if (bits < 8 && has_sign_of(to)) y.bits = false;
      t.expect(&o, {&x}, {&y}, 0, name(to));
    }
  }
}
const by_reference bit_cast_reference(cases{"BitCast", bit_cast_cases});

TEST_CASE("BitCast keeps the width") {
  const auto says = [](dtype to, dtype from) {
    const tenon::ops::BitCast o{.to = to};
    return complaint("BitCast", &o, {zeros(from, {2})});
  };
  CHECK(says(dtype::i32, dtype::f32) == "");
  CHECK(says(dtype::f64, dtype::f32) == "BitCast: to float64 from float32: the widths differ");
  CHECK(says(dtype::u8, dtype::u4) == "BitCast: to uint8 from uint4: the widths differ");
  CHECK(says(dtype::string, dtype::c64) == "BitCast: to string from complex64: the widths differ");
  CHECK(says(dtype::f32, dtype::string) == "BitCast: input input cannot be string");
}

TEST_CASE("Cast of opset 1 names its type") {
  Cast o;
  fake_node n(1), unknown(5), since(6);
  n.attributes["to"] = std::string("DOUBLE"), unknown.attributes["to"] = std::string("QUAD");
  CHECK(row("Cast").upgrade(&o, n).has_value());
  CHECK(o.to.value == dtype::f64);
  CHECK(row("Cast").upgrade(&o, since).has_value());
  const status s = row("Cast").upgrade(&o, unknown);
  REQUIRE(!s.has_value());
  CHECK(s.error().message == "attribute to names no type: 'QUAD'");
}

TEST_CASE("Cast to 8-bit floats saturates or not, as it is told") {
  const tensor<float> x({4}, {1000, -1e9f, 1, __builtin_inff()});
  const auto cast = [&](dtype to, bool saturate) {
    const Cast o{.to = to, .saturate = saturate};
    const any_view in[] = {x.look()};
    const auto r = try_apply(row("Cast"), &o, in);
    std::vector<int> bits;
    for (i64 i = 0; r.has_value() && i < 4; ++i) bits.push_back(std::to_integer<int>((*r)[0].data()[i]));
    return bits;
  };
  CHECK(cast(dtype::f8e4m3fn, true) == std::vector<int>{0x7e, 0xfe, 0x38, 0x7e});
  CHECK(cast(dtype::f8e4m3fn, false) == std::vector<int>{0x7f, 0xff, 0x38, 0x7f});
  CHECK(cast(dtype::f8e5m2, true) == std::vector<int>{0x64, 0xfb, 0x3c, 0x7b});
  CHECK(cast(dtype::f8e5m2, false) == std::vector<int>{0x64, 0xfc, 0x3c, 0x7c});
}

TEST_CASE("Cast to f8e8m0 rounds up, down or to nearest") {
  const tensor<float> x({4}, {3, 2.5f, 2, 0});
  const auto cast = [&](const char* mode) {
    const Cast o{.to = dtype::f8e8m0, .round_mode = mode};
    const any_view in[] = {x.look()};
    const auto r = try_apply(row("Cast"), &o, in);
    std::vector<int> exponents;
    for (i64 i = 0; r.has_value() && i < 4; ++i) exponents.push_back(std::to_integer<int>((*r)[0].data()[i]) - 127);
    return exponents;
  };
  CHECK(cast("up") == std::vector<int>{2, 2, 1, -127});
  CHECK(cast("down") == std::vector<int>{1, 1, 1, -127});
  CHECK(cast("nearest") == std::vector<int>{2, 1, 1, -127});
}

// The texts are NumPy's: numpy.array(x, dtype).astype(str).
TEST_CASE("Cast makes texts of numbers") {
  const auto text = [](const any_view& x) {
    const Cast o{.to = dtype::string};
    const auto r = try_apply(row("Cast"), &o, std::span(&x, 1));
    std::string all;
    for (i64 i = 0; r.has_value() && i < x.size(); ++i) all += (i == 0 ? "" : " ") + (*r)[0].as<std::string>()[i];
    return r.has_value() ? all : r.error().message;
  };
  const double inf = __builtin_inf();
  CHECK(text(tensor<double>({9}, {0.1, 314.15926, -0.0, 1e16, 123456789012, 1e-5, inf, -inf, __builtin_nan("")})) ==
        "0.1 314.15926 -0.0 1e+16 123456789012.0 1e-05 inf -inf nan");
  CHECK(text(tensor<float>({4}, {0.1f, 0.47892547f, 1000, 1e-7f})) == "0.1 0.47892547 1000.0 1e-07");
  CHECK(text(tensor<f16>({3}, {f16(0.1), f16(2), f16(-3.5)})) == "0.1 2.0 -3.5");
  CHECK(text(tensor<i64>({2}, {INT64_MIN, 7})) == "-9223372036854775808 7");
  CHECK(text(tensor<u64>({1}, {UINT64_MAX})) == "18446744073709551615");
  CHECK(text(tensor<i8>({2}, {i8{-128}, i8{127}})) == "-128 127");
  CHECK(text(tensor<i4>({1}, {i4(-8)})) == "-8");
  CHECK(text(tensor<bool>({2}, {true, false})) == "True False");
}

TEST_CASE("Cast reads numbers from texts") {
  const auto made = [](std::string_view s, dtype to) {
    tensor<std::string> x(shape{});
    x[] = s;
    const any_view in[] = {x.look()};
    const Cast o{.to = to};
    const auto r = try_apply(row("Cast"), &o, in);
    return r.has_value() ? to_string((*r)[0]) : r.error().message;
  };
  struct line {
    const char* text;
    dtype to;
    const char* is;
  };
  using enum dtype;
  static const line lines[] = {
      {"3.14", f32, "3.14"}, {"1000", f32, "1000.0"}, {"1e-5", f64, "1e-05"}, {"1E8", i32, "100000000"}, {" -2.5\n", f16, "-2.5"},
      {"+INF", f32, "inf"}, {"inf", f64, "inf"}, {"-Inf", f32, "-inf"}, {"NaN", f32, "nan"}, {"nAN", f64, "nan"}, {"-infinity", f32, "-inf"},
      {"100.5", i32, "100"}, {"9007199254740993", i64, "9007199254740993"}, {"18446744073709551615", u64, "18446744073709551615"},
      {"-9223372036854775808", i64, "-9223372036854775808"}, {"200", i8, "-56"}, {"-1", u8, "255"}, {"+7", i4, "7"}, {"1e400", f64, "inf"},
      {"1000", f8e4m3fn, "448.0"}, {"0", boolean, "False"}, {"0.5", boolean, "True"}, {"false", boolean, "False"}, {"True", boolean, "True"},
      {"Hello World!", f32, "Cast: element 0 is 'Hello World!', which is no float32"}, {"", i64, "Cast: element 0 is '', which is no int64"},
      {"0x10", i32, "Cast: element 0 is '0x10', which is no int32"}, {"1e", f64, "Cast: element 0 is '1e', which is no float64"},
      {"--1", i32, "Cast: element 0 is '--1', which is no int32"}, {"infinite", f32, "Cast: element 0 is 'infinite', which is no float32"},
      {"True", f32, "Cast: element 0 is 'True', which is no float32"}};
  for (const line& l : lines) CHECK_MESSAGE(made(l.text, l.to) == l.is, l.text, " as ", name(l.to), ": ", made(l.text, l.to));
  const tenon::ops::CastLike like;
  const tensor<std::string> x({2}, {"1", "2.5"});
  const any_view in[] = {x.look(), zeros(f32, {1})};
  const auto r = try_apply(row("CastLike"), &like, in);
  CHECK((r.has_value() && to_string((*r)[0]) == "[1.  2.5]"));
}

TEST_CASE("Cast says which types it does not know") {
  const any_tensor x = zeros(dtype::f32, {2}), c = zeros(dtype::c64, {2});
  const auto says = [](dtype to, const any_view& in, const char* mode = "up") {
    const Cast o{.to = to, .round_mode = mode};
    return complaint("Cast", &o, {in});
  };
  CHECK(says(dtype::i8, x) == "");
  CHECK(says(dtype::c64, x) == "Cast: to complex64 is not supported");
  CHECK(says(dtype::none, x) == "Cast: to undefined is not supported");
  CHECK(says(static_cast<dtype>(30), x) == "Cast: to unknown is not supported");
  CHECK(says(dtype::f32, c) == "Cast: input input cannot be complex64");
  CHECK(says(dtype::f8e8m0, x, "away") == "Cast: round_mode 'away' is unknown");
}

}  // namespace tests::ops
