// MatMul and Gemm: cases against sums of products over indices, and what they say about wrong inputs.
#include "tenon/ops/matmul.hpp"

#include "../reference/gemm.hpp"
#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::Gemm;
using tenon::ops::MatMul;

void multiply(trial& t, const shape& a_dims, const shape& b_dims) {
  table a = t.draw(a_dims), b = t.draw(b_dims);
  shape left = a_dims, right = b_dims;
  if (left.rank() == 1) left.insert(0, 1);
  if (right.rank() == 1) right.push_back(1);
  const int lr = left.rank(), rr = right.rank();
  const shape batch = *broadcast(left.first(lr - 2), right.first(rr - 2));
  shape out = batch;
  if (a_dims.rank() > 1) out.push_back(left[lr - 2]);
  if (b_dims.rank() > 1) out.push_back(right.back());
  table y(t.type, out);
  const auto element = [](table& x, const shape& full, const shape& at, i64 row, i64 column) -> number {
    i64 place = 0;
    const int r = full.rank();
    for (int i = 0; i < r; ++i) {
      i64 index = i == r - 2 ? row : i == r - 1 ? column : at[at.rank() - (r - 2) + i];
      if (i < r - 2 && full[i] == 1) index = 0;
      place = place * full[i] + index;
    }
    return x.all[static_cast<std::size_t>(8 + place)];
  };
  each(out, [&](const shape& i) {
    const shape at = i.first(batch.rank());
    const i64 row = a_dims.rank() > 1 ? i[batch.rank()] : 0, column = b_dims.rank() > 1 ? i.back() : 0;
    y[i] = reference::dot<number>(left.back(), y.kind(), [&](i64 l) { return element(a, left, at, row, l); },
                                  [&](i64 l) { return element(b, right, at, l, column); }).value;
  });
  const MatMul o;
  t.expect(&o, {&a, &b}, {&y});
}

void gemm(trial& t, const Gemm& o, const shape* c_dims, i64 m = 5, i64 n = 18, i64 k = 7) {
  table a = t.draw(o.transA ? shape{k, m} : shape{m, k}), b = t.draw(o.transB ? shape{n, k} : shape{k, n});
  table c = t.draw(c_dims != nullptr ? *c_dims : shape{}), y(t.type, {m, n});
  each(y.dims, [&](const shape& i) {
    const number sum = reference::dot<number>(
        k, y.kind(), [&](i64 l) { return o.transA ? a[{l, i[0]}] : a[{i[0], l}]; },
        [&](i64 l) { return o.transB ? b[{i[1], l}] : b[{l, i[1]}]; }).value;
    y[i] = sum * y.kind().like(static_cast<double>(o.alpha));
    if (c_dims == nullptr) return;
    shape own = shape::filled(c.dims.rank(), 0);
    for (int d = 0; d < own.rank(); ++d)
      if (c.dims[d] != 1) own[d] = i[2 - own.rank() + d];
    y[i] = y[i] + y.kind().like(static_cast<double>(o.beta)) * c[own];
  });
  if (c_dims != nullptr) t.expect(&o, {&a, &b, &c}, {&y});
  else t.expect(&o, {&a, &b}, {&y});
}

}  // namespace

void matmul_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1})
    multiply(t, {3, 4}, {4, size}), multiply(t, {2, size}, {size, 3}), multiply(t, {size, 2}, {2, 2});
  multiply(t, {5}, {5}), multiply(t, {5}, {5, 3}), multiply(t, {3, 5}, {5});
  multiply(t, {2, 3, 4}, {4, 5}), multiply(t, {4, 5}, {2, 5, 3}), multiply(t, {2, 3, 4}, {2, 4, 5});
  multiply(t, {2, 3, 4}, {4}), multiply(t, {4}, {2, 4, 3});
  multiply(t, {2, 1, 3, 4}, {3, 4, 2}), multiply(t, {1, 3, 2, 4}, {2, 1, 4, 3}), multiply(t, {3, 2, 4}, {2, 3, 4, 3});
  multiply(t, {2, 2, 2, 3}, {1, 1, 3, 2}), multiply(t, {2, 1, 2, 3}, {1, 1, 3, 2}), multiply(t, {1, 1, 2, 3}, {2, 2, 3, 2});
  multiply(t, {0, 3, 4}, {4, 5}), multiply(t, {0, 3, 4}, {1, 4, 5}), multiply(t, {2, 3, 0}, {2, 0, 5}), multiply(t, {0}, {0});
}
const by_reference matmul_reference(cases{"MatMul", matmul_cases});

void gemm_cases(trial& t) {
  const bool whole = table(t.type, {}).kind().whole;
  const float half = whole ? 2.0f : 0.5f, minus = t.type == dtype::u32 || t.type == dtype::u64 ? 3.0f : -2.0f;
  for (bool a : {false, true})
    for (bool b : {false, true}) {
      const shape row{18};
      gemm(t, {.transA = a, .transB = b}, nullptr);
      gemm(t, {.alpha = half, .beta = minus, .transA = a, .transB = b}, &row);
    }
  for (const shape& c : {shape{}, {1}, {18}, {1, 1}, {1, 18}, {5, 1}, {5, 18}}) gemm(t, {.beta = half}, &c);
  for (const shape& c : {shape{}, {1}, {1, 1}, {5, 1}}) gemm(t, {}, &c, 5, 1);
  for (const shape& c : {shape{}, {18}, {1, 18}, {1, 1}}) gemm(t, {}, &c, 1, 18);
  const shape column{5, 1}, full{5, 18};
  gemm(t, {}, &column, 5, 18, 0), gemm(t, {.beta = 0}, &full), gemm(t, {.alpha = 0}, &full);
  gemm(t, {}, &column, 5, 0, 3);
}
const by_reference gemm_reference(cases{"Gemm", gemm_cases});

namespace {

std::string says(const shape& a, const shape& b) {
  const MatMul o;
  return complaint("MatMul", &o, {zeros(dtype::f32, a), zeros(dtype::f32, b)});
}
std::string says(const Gemm& o, const shape& a, const shape& b) {
  return complaint("Gemm", &o, {zeros(dtype::f32, a), zeros(dtype::f32, b)});
}
std::string says(const Gemm& o, const shape& a, const shape& b, const shape& c) {
  return complaint("Gemm", &o, {zeros(dtype::f32, a), zeros(dtype::f32, b), zeros(dtype::f32, c)});
}

}  // namespace

TEST_CASE("MatMul rejects different inner dimensions") {
  CHECK(says({2, 3}, {4, 5}) == "MatMul: inner dimensions differ: [2,3] x [4,5]");
  CHECK(says({3}, {4}) == "MatMul: inner dimensions differ: [3] x [4]");
  CHECK(says({7, 2, 3}, {4}) == "MatMul: inner dimensions differ: [7,2,3] x [4]");
  CHECK(says({}, {4, 5}) == "MatMul: a scalar is no matrix: [] x [4,5]");
  CHECK(says({2, 3, 4}, {3, 4, 5}) == "MatMul: batches do not broadcast: [2,3,4] x [3,4,5]");
}

TEST_CASE("MatMul takes as many dimensions as a tensor has, and no more come out") {
  CHECK(says(shape::filled(12, 1), {1}) == "");
  CHECK(says({1}, shape::filled(12, 1)) == "");
  CHECK(says(shape::filled(12, 1), shape::filled(12, 1)) == "");
  CHECK(says(shape::filled(12, 1), {1, 1}) == "");
}

TEST_CASE("MatMul of empty matrices with huge dimensions is empty or an error") {
  const i64 big = i64{1} << 40;
  CHECK(says({0, 1}, {1, big - big + 5}) == "");
  CHECK(says({big, big, 0}, {0, 5}) == "MatMul: output 0 would have shape [1099511627776,1099511627776,5], more elements than 64 bits count");
  CHECK(says({big, big, 0}, {0, 0}) == "");
  CHECK(says({0, 0}, {0, i64{1} << 62}) == "");
  CHECK(says({big, 0}, {0, INT64_MAX}) == "MatMul: output 0 would have shape [1099511627776,9223372036854775807], more elements than 64 bits count");
  CHECK(says({1, 0}, {0, i64{1} << 62}) == "MatMul: a tensor of shape [1,4611686018427387904] has more bytes than 64 bits count");
}

TEST_CASE("MatMul names the dtype that it does not multiply") {
  const MatMul o;
  const any_tensor bytes = zeros(dtype::u8, {2, 2}), reals = zeros(dtype::f32, {2, 2}), doubles = zeros(dtype::f64, {2, 2});
  CHECK(complaint("MatMul", &o, {bytes, bytes}) == "MatMul: input A cannot be uint8");
  CHECK(complaint("MatMul", &o, {reals, doubles}) == "MatMul: input B is float64 where float32 is expected");
  CHECK(complaint("MatMul", &o, {reals}) == "MatMul: takes 2 inputs, not 1");
  CHECK(complaint("MatMul", &o, {reals, reals, reals}) == "MatMul: takes 2 inputs, not 3");
  CHECK(complaint("MatMul", &o, {reals, {}}) == "MatMul: input B is missing");
}

TEST_CASE("Gemm says what does not fit") {
  CHECK(says({}, {2, 3}, {3, 4}) == "");
  CHECK(says({}, {2, 3}, {4, 5}) == "Gemm: inner dimensions differ: [2,3] x [4,5]");
  CHECK(says({.transA = true, .transB = true}, {2, 3}, {4, 5}) == "Gemm: inner dimensions differ: [2,3] transposed x [4,5] transposed");
  CHECK(says({}, {2, 3, 1}, {3, 4}) == "Gemm: A and B must be matrices: [2,3,1] x [3,4]");
  CHECK(says({}, {2, 3}, {3}) == "Gemm: A and B must be matrices: [2,3] x [3]");
  CHECK(says({}, {2, 3}, {3, 4}, {3}) == "Gemm: C of shape [3] does not broadcast to [2,4]");
  CHECK(says({}, {2, 3}, {3, 4}, {1, 2, 4}) == "Gemm: C of shape [1,2,4] does not broadcast to [2,4]");
  CHECK(says({}, {2, 3}, {3, 1}, {2, 4}) == "Gemm: C of shape [2,4] does not broadcast to [2,1]");
  CHECK(says({}, {i64{1} << 62, 0}, {0, 4}) == "Gemm: output 0 would have shape [4611686018427387904,4], more elements than 64 bits count");
  CHECK(says({}, {0, 0}, {0, i64{1} << 62}) == "");
}

TEST_CASE("Gemm of integers takes whole factors only") {
  const any_tensor x = zeros(dtype::i32, {2, 2});
  const auto factors = [&](float alpha, float beta) {
    const Gemm o{.alpha = alpha, .beta = beta};
    return complaint("Gemm", &o, {x, x, x});
  };
  CHECK(factors(2, -3) == "");
  CHECK(factors(0.5f, 1) == "Gemm: alpha 0.5 and beta 1 are not whole numbers, but the elements are int32");
  CHECK(factors(1, 1e30f) == "Gemm: alpha 1 and beta 1.00000002e+30 are not whole numbers, but the elements are int32");
  CHECK(factors(1, __builtin_nanf("")) == "Gemm: alpha 1 and beta nan are not whole numbers, but the elements are int32");
}

TEST_CASE("MatMul and Gemm clamp what they write") {
  const tensor<float> a({2, 2}, {1, 2, 3, 4}), b({2, 2}, {1, -1, 1, 1});
  const any_view in[] = {a.look(), b.look()};
  for (const char* name : {"MatMul", "Gemm"}) {
    const any_op op(row(name));
    CHECK(row(name).fuse.clamps);
    std::vector<known> k, y{{dtype::f32, shape{2, 2}, {}}};
    for (const any_view& v : in) k.push_back({v.type, v.dims, v});
    auto scratch = buffer::make(scratch_bytes(row(name), op.get(), k, y, false));
    REQUIRE(scratch.has_value());
    if (!scratch.has_value()) return;
    tensor<float> to({2, 2});
    const mutable_any_view view = to.look();
    run_context c(in, std::span(&view, 1), (*scratch).data(), nullptr, {.lo = 2, .hi = 6});
    CHECK(run_node(row(name), op.get(), c).has_value());
    CHECK(to == tensor<float>({2, 2}, {3, 2, 6, 2}));
  }
}

TEST_CASE("packed right sides give the same product") {
  trial t(row("MatMul"), dtype::f32, layout::contiguous, 3);
  table a = t.draw({2, 3, 5}), b = t.draw({5, 17});
  const laid_out as(a, layout::contiguous), bs(b, layout::contiguous);
  const any_view in[] = {as.view, bs.view};
  const any_op op(row("MatMul"));
  std::vector<known> k;
  for (const any_view& v : in) k.push_back({v.type, v.dims, v});
  auto packed = buffer::make(row("MatMul").packed_bytes(op.get(), k));
  REQUIRE(packed.has_value());
  if (!packed.has_value()) return;
  row("MatMul").pack(op.get(), in, (*packed).data());
  // Nothing but the shape is left of the right side itself.
  const any_view gone[] = {as.view, {dtype::f32, b.dims, nullptr}};
  const auto one = try_apply(row("MatMul"), op.get(), in), other = try_apply(row("MatMul"), op.get(), gone, {.packed = (*packed).data()});
  REQUIRE((one.has_value() && other.has_value()));
  if (!one.has_value() || !other.has_value()) return;
  CHECK(std::memcmp((*one)[0].data(), (*other)[0].data(), static_cast<std::size_t>((*one)[0].size()) * 4) == 0);
  const known cube[] = {{dtype::f32, shape{2, 3, 5}, {}}, {dtype::f32, shape{2, 5, 3}, {}}};
  CHECK(row("MatMul").packed_bytes(op.get(), cube) == -1);
}

}  // namespace tests::ops
