// Running models: results, memory that stays flat, limits, inputs that do not fit.
#include "builder.hpp"
#include "doctest.hpp"
#include "support/allocations.hpp"
#include "tenon/ops/activation.hpp"
#include "tenon/ops/arithmetic.hpp"
#include "tenon/ops/batch_normalization.hpp"
#include "tenon/ops/conv.hpp"
#include "tenon/ops/matmul.hpp"
#include "tenon/ops/pool.hpp"
#include "tenon/ops/reduce.hpp"
#include "tenon/ops/shape.hpp"

using namespace tenon;
using tests::graph_builder;
using tests::numbers;

namespace {

/// conv - batchnorm - relu - conv + residual - pool - flatten - gemm, with weights of their own.
graph_builder small_net() {
  graph_builder b;
  b.input("x", dtype::f32, {-1, 3, -1, -1});
  b.constant("w1", numbers({8, 3, 3, 3}, 1)).constant("w2", numbers({8, 8, 3, 3}, 2)).constant("fc", numbers({8, 5}, 3));
  b.constant("scale", numbers({8}, 4)).constant("shift", numbers({8}, 5)).constant("mean", numbers({8}, 6));
  b.constant("var", tensor<float>({8}, {1, 2, 3, 4, 5, 6, 7, 8})).constant("bias", numbers({5}, 7));
  b.node(ops::Conv{.pads = {1, 1, 1, 1}, .strides = {2, 2}}, {"x", "w1"}, {"a"}, "stem");
  b.node(ops::BatchNormalization{}, {"a", "scale", "shift", "mean", "var"}, {"b"}, "norm");
  b.node(ops::Relu{}, {"b"}, {"c"}).node(ops::Conv{.pads = {1, 1, 1, 1}}, {"c", "w2"}, {"d"}, "body");
  b.node(ops::Add{}, {"c", "d"}, {"e"}).node(ops::GlobalAveragePool{}, {"e"}, {"f"});
  b.node(ops::Flatten{}, {"f"}, {"g"}).node(ops::Gemm{}, {"g", "fc", "bias"}, {"y"}, "head").output("y");
  return b;
}

/// The same by eager calls, one operator at a time.
any_tensor by_hand(const tensor<float>& x) {
  const auto a = conv(x, numbers({8, 3, 3, 3}, 1), {.pads = {1, 1, 1, 1}, .strides = {2, 2}});
  const auto b = apply(ops::BatchNormalization{}, a, numbers({8}, 4), numbers({8}, 5), numbers({8}, 6),
                       tensor<float>({8}, {1, 2, 3, 4, 5, 6, 7, 8}));
  const auto c = relu(b);
  const auto e = add(c, conv(c, numbers({8, 8, 3, 3}, 2), {.pads = {1, 1, 1, 1}}));
  return gemm(flatten(global_average_pool(e)), numbers({8, 5}, 3), numbers({5}, 7));
}

double distance(const any_view& a, const any_view& b) {
  double worst = 0;
  for (i64 i = 0; i < a.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(a.as<float>()[i]) - static_cast<double>(b.as<float>()[i])));
  return a.dims == b.dims ? worst : 1e9;
}

}  // namespace

TEST_CASE("a session computes what the operators one by one compute, for every shape it is given") {
  const model m = small_net().model();
  CHECK(m.notes().fused == std::vector<std::string>{"BatchNormalization 'norm' into Conv 'stem'"});
  session s(m);
  for (const shape& dims : {shape{1, 3, 9, 7}, shape{2, 3, 16, 16}, shape{1, 3, 9, 7}, shape{1, 3, 1, 1}}) {
    const auto x = numbers(dims, 9);
    const any_view in[] = {x.look()};
    const auto y = s.try_run(in);
    REQUIRE(y.has_value());
    CHECK(distance((*y)[0], by_hand(x)) < 2e-5);
  }
}

TEST_CASE("an observer sees every step with its tensors, and what was multiplied") {
  struct : observer {
    std::string seen;
    double macs = 0;
    bool written = true;
    void before() override { seen += ' '; }
    void after(const node* what, std::span<const any_view> in, std::span<const any_view> out) override {
      seen += what == nullptr ? "order" : what->op.info().name;
      std::vector<known> from, to;
      for (const any_view& v : in) from.push_back({v.type, v.dims, {}});
      for (const any_view& v : out) to.push_back({v.type, v.dims, {}}), written = written && v.bytes != nullptr;
      if (what != nullptr && what->op.info().macs != nullptr) macs += what->op.info().macs(what->op.get(), from, to);
    }
  } watch;
  const model m = small_net().model();
  session s(m, {.watch = &watch});
  const auto x = numbers({2, 3, 6, 6});
  const any_view in[] = {x.look()};
  REQUIRE(s.try_run(in).has_value());
  CHECK(watch.seen == " Conv Conv GlobalAveragePool Gemm");
  CHECK(watch.written);
  CHECK(watch.macs == 2 * (3 * 3 * 8 * 3 * 9 + 3 * 3 * 8 * 8 * 9 + 8 * 5));
}

TEST_CASE("1,000 runs allocate nothing after the first") {
  const model m = small_net().model();
  session s(m);
  const auto x = numbers({1, 3, 12, 12});
  const any_view in[] = {x.look()};
  REQUIRE(s.try_run(in).has_value());
  const auto before = tests::allocations();
#ifdef __wasm__
  const auto pages = __builtin_wasm_memory_size(0);
#endif
  for (int i = 0; i < 1000; ++i) REQUIRE(s.try_run(in).has_value());
  CHECK(tests::allocations() == before);
#ifdef __wasm__
  CHECK(__builtin_wasm_memory_size(0) == pages);
#endif
  ::operator delete(::operator new(1));  // the counters do count
  CHECK(tests::allocations().news > before.news);
  CHECK(tests::allocations().mallocs > before.mallocs);
}

TEST_CASE("a plan above the limit is refused before anything is allocated") {
  graph_builder b;
  b.input("x", dtype::f32, {-1, -1});
  b.node(ops::MatMul{}, {"x", "x"}, {"y"}, "square").node(ops::Exp{}, {"x"}, {"z"}).node(ops::Add{}, {"y", "z"}, {"out"}).output("out");
  const model m = b.model();
  limited_memory none(1 << 20);
  session s(m, {.from = &none, .max_memory = i64{256} << 20});
  // Never touched: the plan is refused first.
  const any_view in[] = {any_view(dtype::f32, {6000, 6000}, nullptr)};
  const auto r = s.try_run(in);
  REQUIRE(!r.has_value());
  CHECK(r.error().what == code::limit);
  CHECK(r.error().message.starts_with("a run needs "));
  CHECK(r.error().message.ends_with(" bytes for its values, more than the limit of 268435456"));
  CHECK(none.peak() == 0);
  // The session goes on working.
  const auto x = numbers({3, 3});
  const any_view small[] = {x.look()};
  CHECK(s.try_run(small).has_value());
}

TEST_CASE("a run of more multiply-adds than it may do is refused, and names the node that takes the most") {
  const model m = small_net().model();
  const auto x = numbers({2, 3, 6, 6});
  const any_view in[] = {x.look()};
  session few(m, {.max_macs = 10'000}), enough(m, {.max_macs = 20'000});
  const auto r = few.try_run(in);
  REQUIRE(!r.has_value());
  CHECK(r.error().what == code::limit);
  CHECK(r.error().message.starts_with("a run takes 15"));
  CHECK(r.error().message.ends_with(" multiply-adds, 10368 of them for Conv 'body', more than the 10000 that are left of 10000"));
  for (int twice = 0; twice < 2; ++twice) CHECK(enough.try_run(in).has_value());  // each run has all of them
  // Where shapes come out of the run, node by node: 16 elements from and to, and two that say how.
  graph_builder b;
  b.input("x", dtype::f32, {-1}).input("s", dtype::i64, {2});
  b.node(ops::Reshape{}, {"x", "s"}, {"y"}).node(ops::MatMul{}, {"y", "y"}, {"z"}, "square").output("z");
  const model n = b.model();
  const any_tensor flat(dtype::f32, {16}), square = tensor<i64>({2}, {4, 4});
  const any_view both[] = {flat, square};
  session less(n, {.max_macs = 34 + 63}), all(n, {.max_macs = 34 + 64});
  const auto s = less.try_run(both);
  REQUIRE(!s.has_value());
  CHECK(s.error().message == "MatMul 'square': takes 64 multiply-adds, more than the 63 that are left");
  CHECK(all.try_run(both).has_value());
}

TEST_CASE("inputs that do not fit are named, and the session stays usable") {
  const model m = small_net().model();
  session s(m);
  const auto x = numbers({1, 4, 8, 8});
  const auto flat = numbers({3, 8});
  const tensor<double> wide({1, 3, 8, 8});
  const auto message = [&](std::initializer_list<any_view> in) {
    const auto r = s.try_run(std::span(in.begin(), in.size()));
    return r.has_value() ? std::string("none") : r.error().message;
  };
  CHECK(message({x.look()}) == "input 'x' is float32 [?,3,?,?], not float32 [1,4,8,8]");
  CHECK(message({flat.look()}) == "input 'x' is float32 [?,3,?,?], not float32 [3,8]");
  CHECK(message({wide.look()}) == "input 'x' is float32 [?,3,?,?], not float64 [1,3,8,8]");
  CHECK(message({}) == "the model takes 1 inputs, not 0");
  const auto good = numbers({1, 3, 8, 8});
  CHECK(message({good.look()}) == "none");
}

TEST_CASE("inputs may lie anywhere: transposed ones are copied, others read in place") {
  const model m = small_net().model();
  session s(m);
  const auto last = numbers({1, 10, 10, 3}, 3);
  const auto view = last.look().transposed({0, 3, 1, 2});
  tensor<float> plain({1, 3, 10, 10});
  for (i64 c = 0; c < 3; ++c)
    for (i64 y = 0; y < 10; ++y)
      for (i64 x = 0; x < 10; ++x) plain[0, c, y, x] = last[0, y, x, c];
  const any_view strided[] = {view}, contiguous[] = {plain.look()};
  const auto a = s.try_run(strided);
  REQUIRE(a.has_value());
  const float first = (*a)[0].as<float>()[0];
  const auto b = s.try_run(contiguous);
  REQUIRE(b.has_value());
  CHECK((*b)[0].as<float>()[0] == first);
}

TEST_CASE("a shape that arrives as an input is followed node by node") {
  graph_builder b;
  b.input("x", dtype::f32, {-1}).input("s", dtype::i64, {-1});
  b.node(ops::Exp{}, {"x"}, {"e"}).node(ops::Reshape{}, {"e", "s"}, {"y"}, "fold").node(ops::ReduceSum{}, {"y"}, {"z"}).node(ops::Relu{}, {"y"}, {"out"}).output("out").output("z");
  const model m = b.model();
  session s(m);
  const tensor<float> x({6}, {0, 0, 0, 0, 0, 0});
  const tensor<i64> two({2}, {2, -1}), three({3}, {1, 6, 1}), wrong({1}, {5});
  const any_view a[] = {x.look(), two.look()}, c[] = {x.look(), three.look()}, bad[] = {x.look(), wrong.look()};
  auto r = s.try_run(a);
  REQUIRE(r.has_value());
  CHECK((*r)[0].dims == shape{2, 3});
  CHECK((*r)[1].as<float>()[0] == 6);
  r = s.try_run(c);
  REQUIRE(r.has_value());
  CHECK((*r)[0].dims == shape{1, 6, 1});
  r = s.try_run(bad);
  REQUIRE(!r.has_value());
  CHECK(r.error().message == "Reshape 'fold': shape [5] does not fit the 6 elements of [6]");
  CHECK(s.try_run(a).has_value());
}

TEST_CASE("half floats run through the same plan") {
  graph_builder b;
  b.input("x", dtype::f16, {1, 2, 5, 5});
  tensor<f16> w({2, 2, 3, 3});
  for (i64 i = 0; i < w.size(); ++i) w.data()[i] = f16(0.25f * static_cast<float>(i % 5));
  b.constant("w", w);
  b.node(ops::Conv{.pads = {1, 1, 1, 1}}, {"x", "w"}, {"a"}).node(ops::Relu{}, {"a"}, {"y"}).output("y");
  const model m = b.model();
  session s(m);
  tensor<f16> x({1, 2, 5, 5});
  for (i64 i = 0; i < x.size(); ++i) x.data()[i] = f16(static_cast<float>(i % 7) - 3);
  const any_view in[] = {x.look()};
  const auto y = s.try_run(in);
  REQUIRE(y.has_value());
  const auto want = relu(conv(x, w, {.pads = {1, 1, 1, 1}}));
  CHECK((*y)[0].type == dtype::f16);
  for (i64 i = 0; i < want.size(); ++i) CHECK(static_cast<float>((*y)[0].as<f16>()[i]) == static_cast<float>(want.as<f16>()[i]));
  const auto before = tests::allocations();
  for (int i = 0; i < 10; ++i) REQUIRE(s.try_run(in).has_value());
  CHECK(tests::allocations() == before);
}

TEST_CASE("a clamp of integers stays a node of its own") {
  graph_builder b;
  b.input("x", dtype::i32, {2, 2}).constant("w", tensor<i32>({2, 2}, {1, 0, 0, -1}));
  b.node(ops::MatMul{}, {"x", "w"}, {"a"}).node(ops::Relu{}, {"a"}, {"y"}).output("y");
  const model m = b.model();
  session s(m);
  const tensor<i32> x({2, 2}, {5, 6, -7, 8});
  const any_view in[] = {x.look()};
  const auto y = s.try_run(in);
  REQUIRE(y.has_value());
  CHECK((*y)[0].as<i32>()[0] == 5);
  CHECK((*y)[0].as<i32>()[1] == 0);
  CHECK((*y)[0].as<i32>()[2] == 0);
}
