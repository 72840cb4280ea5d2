// Max, Min, Sum and Mean of one, two and four inputs.
#include "tenon/ops/variadic.hpp"

#include "trial.hpp"

namespace tests::ops {

void variadic_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  const std::string_view name = t.info.name;
  const auto run = [&](std::initializer_list<shape> dims) {
    std::vector<table> in;
    std::vector<const table*> given;
    shape out;
    for (const shape& s : dims) out = *broadcast(out, s), in.push_back(t.draw(s, -9, 9));
    if (!in[0].kind().whole && count(in[0].dims) > 0 && t.how == layout::contiguous) in[0].all[8] = number(__builtin_nan(""));
    table y(t.type, out);
    for (table& x : in) given.push_back(&x);
    each(out, [&](const shape& i) {
      number all;
      for (std::size_t k = 0; k < in.size(); ++k) {
        shape own = shape::filled(in[k].dims.rank(), 0);
        for (int a = 0; a < own.rank(); ++a)
          if (in[k].dims[a] != 1) own[a] = i[a + out.rank() - own.rank()];
        const number x = in[k][own];
        if (k == 0) all = x;
        else if (name == "Sum" || name == "Mean") all = all + x;
        else if (x.is_nan() || (name == "Max" ? all < x : x < all)) all = x;
      }
      y[i] = name == "Mean" ? all / number(static_cast<double>(in.size())) : all;
    });
    const table* wanted[] = {&y};
    t.expect(any_op(t.info).get(), given, wanted, name == "Mean" ? 1 : 0);
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    run({{size}}), run({{size}, {size}}), run({{2, size}, {size}, {2, 1}, {}}), run({{}, {size, 1}, {1, 3}}), run({{2, size}, {2, size}, {2, size}});
  }
}
const by_reference max_reference(cases{"Max", variadic_cases});
const by_reference min_reference(cases{"Min", variadic_cases});
const by_reference sum_reference(cases{"Sum", variadic_cases});
const by_reference mean_reference(cases{"Mean", variadic_cases});

TEST_CASE("NaN wins, and the zeros are ordered") {
  const tensor<float> x({3}, {__builtin_nanf(""), -0.0f, 2}), y({3}, {1, 0.0f, -__builtin_inff()});
  const any_tensor most = maximum(x, y), least = minimum(y, x);
  CHECK((std::isnan(most.as<float>()[0]) && std::isnan(least.as<float>()[0])));
  CHECK((!std::signbit(most.as<float>()[1]) && std::signbit(least.as<float>()[1])));
  CHECK((most.as<float>()[2] == 2 && least.as<float>()[2] == -__builtin_inff()));
}

TEST_CASE("a sum of float16 is rounded once") {
  const tensor<f16> x({1}, {f16(2048.0f)}), one({1}, {f16(1.0f)});
  const any_view in[] = {x.look(), one.look(), one.look()};
  const auto y = try_apply(row("Sum"), any_op(row("Sum")).get(), in);
  REQUIRE(y.has_value());
  CHECK(static_cast<float>((*y)[0].as<f16>()[0]) == 2050);
}

TEST_CASE("variadic operators say what does not go together") {
  const any_tensor a = zeros(dtype::f32, {2}), b = zeros(dtype::f32, {3}), i = zeros(dtype::i32, {2});
  CHECK(complaint("Max", nullptr, {a, a, b}) == "Max: shapes do not broadcast: [2] and [3]");
  CHECK(complaint("Mean", nullptr, {i}) == "Mean: input data_0 cannot be int32");
  CHECK(complaint("Sum", nullptr, {}) == "Sum: takes 1 or more inputs, not 0");
  CHECK(complaint("Min", nullptr, {a, i}) == "Min: input data_0 is int32 where float32 is expected");
}

}  // namespace tests::ops
