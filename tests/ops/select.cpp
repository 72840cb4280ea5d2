// NonZero, Compress, Unique: shapes that depend on elements, against searches from the first to the last.
#include "tenon/ops/select.hpp"

#include "trial.hpp"

namespace tests::ops {

using tenon::ops::Compress;
using tenon::ops::NonZero;
using tenon::ops::Unique;

void nonzero_cases(trial& t) {
  const auto run = [&](const shape& dims) {
    table x(t.type, dims);
    x.bits = t.type == dtype::c64 || t.type == dtype::c128;
    x = t.fill(x, [&] { return t.random.between(0, 1) == 0 || t.type == dtype::string ? x.kind() : x.kind().like(static_cast<double>(t.random.between(1, 3))); });
    std::vector<shape> found;
    if (t.type != dtype::string) each(dims, [&](const shape& i) { if (!(x[i] == x.kind())) found.push_back(i); });
    else each(dims, [&](const shape& i) { found.push_back(i); });  // a number written out is not ""
    const i64 n = static_cast<i64>(found.size());
    table y(dtype::i64, {dims.rank(), n});
    for (i64 k = 0; k < dims.rank(); ++k)
      for (i64 i = 0; i < n; ++i) y[{k, i}] = number::of(found[static_cast<std::size_t>(i)][static_cast<int>(k)]);
    const NonZero o;
    t.expect(&o, {&x}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}), run({3, size}), run({size, 2});
  run({}), run({2, 3, 4, 5}), run({700, 2});
}
const by_reference nonzero_reference(cases{"NonZero", nonzero_cases});

void compress_cases(trial& t) {
  const auto run = [&](const shape& dims, std::optional<i64> axis, i64 length) {
    const table x = t.patterns(dims);
    table condition(dtype::boolean, {length});
    ints kept;
    const shape flat = axis ? dims : shape{count(dims)};
    const int at = static_cast<int>(axis.value_or(0) < 0 ? *axis + dims.rank() : axis.value_or(0));
    for (i64 i = 0; i < length; ++i) {
      const bool stays = t.random.between(0, 2) != 0;
      condition[{i}] = number::of(stays);
      if (stays && i < flat[at]) kept.push_back(i);
    }
    shape out = flat;
    out[at] = static_cast<i64>(kept.size());
    table y(t.type, out), from = x;
    y.bits = x.bits;
    from.dims = flat, from.strides = contiguous_strides(flat);
    each(out, [&](const shape& i) {
      shape source = i;
      source[at] = kept[static_cast<std::size_t>(i[at])];
      y[i] = from[source];
    });
    const Compress o{.axis = axis};
    t.expect(&o, {&x, &condition}, {&y});
  };
  const i64 n = 64 / std::min<i64>(16, size_of(t.type));
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) run({size}, 0, size), run({2, size}, {}, 2 * size), run({3, size}, -1, size), run({4, size}, 0, 4);
  run({2, 3, 4}, 1, 2), run({2, 3, 4}, 1, 7), run({2, 3}, {}, 4), run({600}, {}, 600), run({2, 300, 3}, 1, 300);
}
const by_reference compress_reference(cases{"Compress", compress_cases});

void unique_cases(trial& t) {
  const bool complex = t.type == dtype::c64 || t.type == dtype::c128;
  const auto run = [&](const shape& dims, std::optional<i64> axis, bool sorted, i64 high) {
    table x = t.type == dtype::string ? table(t.type, dims) : complex ? t.patterns(dims) : t.draw(dims, -high, t.type == dtype::boolean ? 1 : high);
    // Of strings and of patterns one half, so that some come twice; floats in whole numbers.
    if (t.type == dtype::string) x = t.fill(x, [&] { return number::of(t.random.between(1, 9)); });
    if (complex) x.all.assign(x.all.size(), x.all[8]);
    for (number& v : x.all)
      if (!v.whole) v.real = std::floor(v.real);
    const shape flat = axis ? dims : shape{count(dims)};
    const int at = static_cast<int>(axis.value_or(0) < 0 ? *axis + dims.rank() : axis.value_or(0));
    table from = x;
    from.dims = flat, from.strides = contiguous_strides(flat);
    const auto slice = [&](i64 k) {
      std::vector<number> s;
      shape rest = flat;
      rest[at] = 1;
      each(rest, [&](shape i) {
        i[at] = k;
        s.push_back(from[i]);
      });
      return s;
    };
    std::vector<std::vector<number>> found;
    ints first, counts, inverse;
    for (i64 k = 0; k < flat[at]; ++k) {
      const auto s = slice(k);
      const auto known = std::find(found.begin(), found.end(), s);
      inverse.push_back(known - found.begin());
      if (known != found.end()) ++counts[static_cast<std::size_t>(inverse.back())];
      else found.push_back(s), first.push_back(k), counts.push_back(1);
    }
    ints order(found.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<i64>(i);
    if (sorted)
      std::sort(order.begin(), order.end(), [&](i64 a, i64 b) {
        const auto &x = found[static_cast<std::size_t>(a)], &y = found[static_cast<std::size_t>(b)];
        return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
      });
    const i64 n = static_cast<i64>(order.size());
    shape out = flat;
    out[at] = n;
    table y(t.type, out), where(dtype::i64, {n}), which(dtype::i64, {flat[at]}), often(dtype::i64, {n});
    y.bits = x.bits;
    for (i64 g = 0; g < n; ++g) {
      const i64 k = order[static_cast<std::size_t>(g)];
      where[{g}] = number::of(first[static_cast<std::size_t>(k)]);
      often[{g}] = number::of(counts[static_cast<std::size_t>(k)]);
      for (i64 i = 0; i < flat[at]; ++i)
        if (inverse[static_cast<std::size_t>(i)] == k) which[{i}] = number::of(g);
    }
    each(out, [&](const shape& i) {
      shape source = i;
      source[at] = first[static_cast<std::size_t>(order[static_cast<std::size_t>(i[at])])];
      y[i] = from[source];
    });
    const Unique o{.axis = axis, .sorted = sorted};
    t.expect(&o, {&x}, {&y, &where, &which, &often});
  };
  for (bool sorted : {true, false}) {
    for (i64 size : {i64{0}, i64{1}, i64{2}, i64{7}, i64{64}}) run({size}, {}, sorted, 9), run({size, 3}, {}, sorted, 2), run({size, 2}, 0, sorted, 1), run({3, size}, -1, sorted, 1);
    run({2, 5, 2}, 1, sorted, 1), run({}, {}, sorted, 3), run({3, 0}, 0, sorted, 1);
  }
}
const by_reference unique_reference(cases{"Unique", unique_cases});

TEST_CASE("Unique takes both zeros as one, and all NaN as the last") {
  const float nan = __builtin_nanf("");
  const tensor<float> x({7}, {nan, 0.0f, -1, -0.0f, -nan, __builtin_inff(), -__builtin_inff()});
  const auto r = unique(x);
  CHECK(r[0].dims() == shape{5});
  const float* y = r[0].as<float>();
  CHECK(y[0] == -__builtin_inff());
  CHECK(y[1] == -1);
  CHECK((y[2] == 0 && !std::signbit(y[2])));
  CHECK(y[3] == __builtin_inff());
  CHECK(y[4] != y[4]);
  const i64 counts[] = {1, 1, 2, 1, 2};
  CHECK(std::equal(counts, counts + 5, r[3].as<i64>()));
  const tensor<complex<float>> z({3}, {{1, 2}, {1, -2}, {0, 5}});
  const auto c = unique(z);
  CHECK(c[0].as<complex<float>>()[0] == complex<float>{0, 5});
  CHECK(c[0].as<complex<float>>()[1] == complex<float>{1, -2});
  CHECK(c[2].as<i64>()[0] == 2);
  const tensor<std::string> words({4}, {"pear", "apple", "", "pear"});
  const auto w = unique(words);
  CHECK(w[0].dims() == shape{3});
  CHECK(w[0].as<std::string>()[1] == "apple");
}

TEST_CASE("NonZero: -0 is zero, NaN is not, both parts of complex numbers count, and a string is \"\" or not") {
  const auto found = [](const auto& x) { return nonzero(x).dims()[1]; };
  CHECK(found(tensor<float>({4}, {0.0f, -0.0f, __builtin_nanf(""), 1e-45f})) == 2);
  CHECK(found(tensor<double>({3}, {0.0, -0.0, 1})) == 1);
  CHECK(found(tensor<complex<float>>({4}, {{0, 0}, {-0.0f, 0}, {0, 1}, {1, 0}})) == 2);
  CHECK(found(tensor<complex<double>>({4}, {{0, 0}, {0, -0.0}, {0, 1}, {1, 0}})) == 2);
  CHECK(found(any_tensor(tensor<std::string>({3}, {"", "0", ""}))) == 1);
  CHECK(nonzero(tensor<i64>(shape{}, {5})).dims() == shape{0, 1});
}

TEST_CASE("what depends on elements works on views that lie apart") {
  tensor<i64> x({80, 80});
  x[2, 1] = 7;
  const any_view turned(dtype::i64, shape{80, 80}, shape{1, 80}, reinterpret_cast<const std::byte*>(x.data()));
  const any_tensor y = nonzero(turned);
  REQUIRE(y.dims() == shape{2, 1});
  CHECK(y.as<i64>()[0] == 1);
  CHECK(y.as<i64>()[1] == 2);
}

TEST_CASE("Compress says which axis and condition it cannot take") {
  const any_tensor x = zeros(dtype::f32, {2, 3});
  const Compress second{.axis = 2};
  CHECK(complaint("Compress", &second, {x, zeros(dtype::boolean, {2})}) == "Compress: axis 2 is out of range for [2,3]");
  CHECK(complaint("Compress", nullptr, {x, zeros(dtype::boolean, {1, 2})}) == "Compress: condition of shape [1,2] is not a list");
  CHECK(complaint("Compress", nullptr, {x, zeros(dtype::u8, {2})}) == "Compress: input condition cannot be uint8");
  const Unique far{.axis = -3};
  CHECK(complaint("Unique", &far, {x}) == "Unique: axis -3 is out of range for [2,3]");
}

TEST_CASE("shapes that depend on elements are inferred later, when the elements are not there") {
  const known in[] = {{dtype::f32, shape{2, 3}, {}}, {dtype::boolean, shape{2}, {}}};
  for (const char* name : {"NonZero", "Unique", "Compress"}) {
    known out[4];
    infer_context c(row(name), in, out);
    CHECK(row(name).infer(any_op(row(name)).get(), c).has_value());
    CHECK(c.is_later());
  }
}

}  // namespace tests::ops
