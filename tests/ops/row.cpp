// Rows: what follows from a struct's kind and what it declares itself, for all operators and for some
// made up here.
#include "tenon/ops/row.hpp"

#include "trial.hpp"

namespace tests::ops {

namespace made_up {

struct Twice {
  using kind = kinds::unary;
  static constexpr int since = 3;
  static constexpr dtype_set dtypes = dtypes::floating | dtype_set{dtype::i16};
  float factor = 2;
  auto operator()(auto x) const { return x + x; }
};
struct Below {
  using kind = kinds::relation;
  static constexpr int since = 1;
  static constexpr std::string_view domain = "made.up";
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto x, auto y) const { return x < y; }
};
struct Largest {
  using kind = kinds::variadic;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes = dtypes::numeric;
  auto operator()(auto x, auto y) const { return simd::max(x, y); }
};
struct filler {
  i64 with;
  status infer(infer_context& c) const { return c.output(0, c.dims(0)); }
  status run(run_context& c) const {
    std::fill_n(c.output(0).as<i64>(), c.output(0).size(), with);
    return {};
  }
  i64 scratch(std::span<const known>, bool) const { return 640; }
  double macs(std::span<const known>, std::span<const known>) const { return 3; }
};
struct Filled {
  using kind = kinds::general;
  static constexpr int since = 1;
  static constexpr dtype_set dtypes{dtype::i64};
  static constexpr auto inputs = "X:T", outputs = "Y:T";
  i64 with = 7;
  filler worker() const { return {with}; }
  double macs(std::span<const known>, std::span<const known>) const { return 5; }
};

}  // namespace made_up

namespace {

using made_up::Below;
using made_up::Filled;
using made_up::Largest;
using made_up::Twice;

template <class Op>
std::string apply_to(std::initializer_list<any_view> in) {
  const any_op op(info_of<Op>);
  const auto r = try_apply(info_of<Op>, op.get(), std::span(in.begin(), in.size()));
  if (!r.has_value()) return r.error().message;
  std::string s;
  for (i64 i = 0; i < (*r)[0].size(); ++i) s += join({(reference::load((*r)[0].type(), (*r)[0].data() + i * size_of((*r)[0].type()), false)).text(), " "});
  return s;
}

}  // namespace

TEST_CASE("a row has what the struct declares, and the rest from its kind") {
  const op_info& twice = info_of<Twice>;
  CHECK(twice.name == "Twice");
  CHECK(twice.domain == "");
  CHECK(twice.since == 3);
  CHECK(twice.kind == op_kind::unary);
  CHECK(twice.strided);
  CHECK(twice.orders == order_rule::any);
  CHECK((twice.upgrade == nullptr && twice.check == nullptr && twice.pack == nullptr && twice.folds == nullptr));
  REQUIRE(twice.attributes.size() == 1);
  if (twice.attributes.size() == 1) CHECK(twice.attributes[0].name == "factor");
  CHECK(info_of<Below>.domain == "made.up");
  CHECK(info_of<Below>.outputs.at(0).type == 'B');
  CHECK(info_of<Largest>.inputs.variadic());
  // One tile function per type that computes, not one per type.
  const auto has = [&](const op_info& r, tile_type t) { return r.tiles[static_cast<unsigned>(t)] != nullptr; };
  CHECK((has(twice, tile_type::f32) && has(twice, tile_type::f64) && has(twice, tile_type::i32)));
  CHECK((!has(twice, tile_type::i64) && !has(twice, tile_type::u32) && !has(twice, tile_type::i16)));
}

TEST_CASE("kinds run without a line of their own") {
  const tensor<i16> a({3}, {1, -2, 20000});
  const tensor<u64> x({3}, {1, 5, UINT64_MAX}), y({3}, {2, 5, 7}), z({1}, {6});
  const tensor<f16> h({2}, {f16(1.5), f16(-3)});
  CHECK(apply_to<Twice>({a.look()}) == "2 -4 -25536 ");
  CHECK(apply_to<Twice>({h.look()}) == "3.000000 -6.000000 ");
  CHECK(apply_to<Below>({x.look(), y.look()}) == "1 0 0 ");
  CHECK(apply_to<Largest>({y.look()}) == "2 5 7 ");
  CHECK(apply_to<Largest>({y.look(), z.look(), x.look()}) == "6 6 -1 ");
  CHECK(apply_to<Largest>({}) == "Largest: takes 1 or more inputs, not 0");
  CHECK(apply_to<Largest>({x.look(), a.look()}) == "Largest: input data_0 is int16 where uint64 is expected");
}

TEST_CASE("what an operator does not have its worker does") {
  const tensor<i64> x({2}, {1, 2});
  CHECK(apply_to<Filled>({x.look()}) == "7 7 ");
  const Filled op;
  const known in[] = {{dtype::i64, {2}, {}}};
  CHECK(info_of<Filled>.scratch(&op, in, false) == 640);
  CHECK(info_of<Filled>.macs(&op, in, in) == 5);
  CHECK((info_of<Filled>.pack == nullptr));
}

TEST_CASE("lists join, and find what is in them") {
  using both = join_t<list<Twice>, list<Below, Largest>>;
  const op_list all = both{};
  CHECK(all.rows.size() == 3);
  CHECK(all.find("", "Largest") == &info_of<Largest>);
  CHECK(all.find("", "Below") == nullptr);
  CHECK(all.find("made.up", "Below") == &info_of<Below>);
}

TEST_CASE("every row is complete, and no two operators share a name") {
  const op_list all = operators();
  for (const op_info* r : all.rows) {
    CHECK(all.find(r->domain, r->name) == r);
    CHECK(r->since > 0);
    CHECK(r->dtypes.bits != 0);
    CHECK((r->make != nullptr && r->destroy != nullptr && r->walk != nullptr && r->infer != nullptr && (r->run != nullptr) != (r->produce != nullptr)));
    CHECK(r->outputs.size > 0);
    CHECK((r->packs == 0 || r->pack != nullptr));
    CHECK(r->fuse.residual < std::max(1, static_cast<int>(r->inputs.size)));
    for (const attribute& a : r->attributes) CHECK(!a.name.empty());
  }
}

}  // namespace tests::ops
