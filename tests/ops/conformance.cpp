// Every operator of the list, through its row alone, in every dtype it takes, sizes around whole
// vectors and all layouts, against loops in double or in exact integers. What all results come to, bit
// for bit, is left in digests.txt for house:same-bits.
#include "../reference/reduce.hpp"
#include "trial.hpp"

namespace tests::ops {

namespace {

// ---- Element-wise operators ----

/// The ends of the type's range and what is special, beside small numbers.
number special(trial& t, const table& like, const elementwise& e) {
  const i64 choice = t.random.between(0, 15);
  if (like.kind().whole) {
    const int width = static_cast<int>(8 * size_of(t.type));
    const bool natural = dtypes::unsigned_integers.has(t.type);
    const reference::wide top = (reference::wide{1} << (natural ? width : width - 1)) - 1;
    const reference::wide bottom = natural ? 0 : -top - 1;
    if (choice == 0) return number::of(bottom);
    if (choice == 1) return number::of(top);
    if (choice == 2) return number::of(natural ? top - 1 : -1);
    if (choice < 8) return number::of(static_cast<reference::wide>(t.random.between(0, INT32_MAX)) * (top / INT32_MAX > 0 ? top / INT32_MAX : 1) % top);
    return number::of(t.random.between(natural ? 0 : e.low, e.high));
  }
  if (choice == 0) return number(__builtin_inf());
  if (choice == 1) return number(-__builtin_inf());
  if (choice == 2) return number(__builtin_nan(""));
  if (choice == 3) return number(-0.0);
  return number(static_cast<double>(t.random.between(8 * e.low, 8 * e.high)) / 8);
}

int ulps_for(dtype d, int ulps) { return d == dtype::f16 || d == dtype::bf16 ? std::min(ulps, 1) : ulps; }

void walk_elementwise(trial& t, const elementwise& e) {
  const i64 n = 64 / size_of(t.type);
  const bool divides = dtypes::integers.has(t.type) && (e.name == "Div" || e.name == "Mod");
  const auto inputs = [&](std::span<const shape> dims) {
    std::vector<table> in;
    for (const shape& s : dims) {
      table x(t.type, s);
      in.push_back(t.fill(x, [&] {
        const number v = special(t, x, e);
        return divides && !in.empty() && v == number::of(0) ? number::of(1) : v;
      }, true));  // what the operator sees is rounded to the type
    }
    return in;
  };
  const auto run = [&](std::initializer_list<shape> dims) {
    std::vector<table> in = inputs(std::span(dims.begin(), dims.size()));
    shape out = in[0].dims;
    for (const table& x : in) out = *broadcast(out, x.dims);
    table y(t.info.outputs.at(0).type == 'B' ? dtype::boolean : t.type, out);
    shape strides[2];
    for (std::size_t k = 0; k < in.size(); ++k) {
      const int before = out.rank() - in[k].dims.rank();
      strides[k] = shape::filled(out.rank(), 0);
      for (int a = before; a < out.rank(); ++a)
        if (in[k].dims[a - before] != 1) strides[k][a] = in[k].strides[a - before];
    }
    number* to = y.data();
    each(out, [&](const shape& i) {
      number x[2];
      for (std::size_t k = 0; k < in.size(); ++k) x[k] = in[k].data()[reference::offset(i, strides[k])];
      *to++ = e.of(x);
    });
    std::vector<const table*> given;
    for (const table& x : in) given.push_back(&x);
    const table* wanted[] = {&y};
    const any_op op(t.info);
    t.expect(op.get(), given, wanted, ulps_for(t.type, e.ulps));
  };
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    if (t.info.inputs.size == 1) {
      run({{size}}), run({{2, size}}), run({{size, 3}}), run({{2, 3, size}});
    } else {
      run({{size}, {size}}), run({{2, size}, {2, size}}), run({{2, size}, {size}}), run({{size}, {2, 1}});
      run({{size, 1}, {1, 3}}), run({{2, size}, {}}), run({{}, {size, 2}}), run({{2, 1, size}, {1, 3, 1}});
    }
  }
}

// ---- Reductions ----

/// What a reduction is given beside its data; all of them have these two members.
struct reduction_attributes {
  bool keepdims = true, noop_with_empty_axes = false;
};
any_op with(const op_info& info, const reduction_attributes& a) {
  struct setter final : attribute_sink {
    explicit setter(const reduction_attributes& from) : from_(from) {}
    void member(const attribute& m, void* at) override {
      *static_cast<bool*>(at) = m.name == "keepdims" ? from_.keepdims : from_.noop_with_empty_axes;
    }
    const reduction_attributes& from_;
  } set(a);
  any_op op(info);
  info.walk(op.get(), set);
  return op;
}

void walk_reduction(trial& t, const folding& f) {
  const i64 n = 64 / size_of(t.type);
  const bool real = !table(t.type, {}).kind().whole;
  const auto run = [&](const shape& dims, const table* axes, u32 bits, const reduction_attributes& a) {
    table x = t.draw(dims, real ? f.low : -100, real ? f.high : 100);
    if (t.type == dtype::boolean) x = t.draw(dims, 0, 1);
    shape out;
    for (int i = 0; i < dims.rank(); ++i) {
      if ((bits >> i & 1) == 0) out.push_back(dims[i]);
      else if (a.keepdims) out.push_back(1);
    }
    table y(t.type, out);
    std::size_t at = 8;
    bool empty = false;
    reference::groups(x, bits, [&](const shape&, const std::vector<number>& all) {
      empty |= all.empty();
      y.all[at++] = all.empty() && !f.of_nothing ? x.kind() : f.of(all, x.kind());
    });
    if (empty && !f.of_nothing) return;
    const any_op op = with(t.info, a);
    const table* given[] = {&x, axes};
    const table* wanted[] = {&y};
    t.expect(op.get(), std::span(given).first(axes != nullptr ? 2 : 1), wanted, ulps_for(t.type, f.ulps));
  };
  const table first = list_of({0}), second = list_of({-1}), both = list_of({1, 0}), none = list_of({}), outer = list_of({0, 2});
  for (i64 size : {i64{0}, i64{1}, n - 1, n, n + 1, 3 * n + 1}) {
    for (bool keep : {true, false}) {
      run({size}, nullptr, 1, {keep, false});
      run({3, size}, &second, 2, {keep, false});
      run({size, 3}, &first, 1, {keep, false});
      run({2, size}, &both, 3, {keep, false});
    }
    run({3, size}, &none, 3, {true, false});
    run({3, size}, &none, 0, {true, true});
    run({3, size}, nullptr, 0, {false, true});
    run({2, 3, size}, &outer, 5, {false, false});
    run({2, size, 3}, &outer, 5, {true, false});
  }
  run({}, nullptr, 0, {true, false});
}

template <class Entry>
const Entry* find(const std::vector<Entry>& all, std::string_view name) {
  for (const Entry& e : all)
    if (e.name == name) return &e;
  return nullptr;
}

}  // namespace

/// Bytes that nobody calculates with are moved by the same code for all of the small types: each has one layout of its own
/// beside the contiguous one.
bool wants(dtype d, layout how) {
  if (how == layout::contiguous) return true;
  if (d == dtype::string) return false;
  const bool small = dtypes::storage_only.has(d) && size_of(d) == 1;
  return !small || static_cast<int>(how) == 1 + static_cast<int>(d) % (static_cast<int>(std::size(reference::layouts)) - 1);
}

bool walk(trial& t) {
  const references& known = references::all();
  const std::string title = title_of(t.info);
  if (const elementwise* e = find(known.elementwise_of, title)) walk_elementwise(t, *e);
  else if (const folding* f = find(known.folding_of, title)) walk_reduction(t, *f);
  else if (const cases* c = find(known.cases_of, title)) c->of(t);
  return t.runs > 0;
}

TEST_CASE("every operator matches its reference in every dtype, size and layout") {
  int without = 0;
  i64 runs = 0, elements = 0;
  std::FILE* const digests = std::fopen(scratch("digests.txt").c_str(), "w");
  REQUIRE(digests != nullptr);
  for (const op_info* info : operators().rows) {
    // What most of these make is no tensor, or comes of graphs: the tests of their families, tests/onnx/graph.cpp.
    if (info->produce != nullptr && find(references::all().cases_of, title_of(*info)) == nullptr) continue;
    bool covered = true;
    i64 own = 0;
    u64 digest = 0;
    for (int d = 1; d < dtype_count; ++d) {
      if (!info->dtypes.has(static_cast<dtype>(d))) continue;
      for (layout how : reference::layouts) {
        if (!wants(static_cast<dtype>(d), how)) continue;
        trial t(*info, static_cast<dtype>(d), how, static_cast<u64>(d * 8 + static_cast<int>(how)));
        covered &= walk(t);
        own += t.runs;
        // A std::string is larger natively, and with it so are the sizes around whole vectors.
        if (t.type != dtype::string) digest = (digest ^ t.digest) * 0x100000001b3u;
        elements += t.elements;
        CHECK_MESSAGE(t.faults == 0, title_of(*info), " ", name(t.type), ", layout ", static_cast<int>(how), ": ", t.faults,
                      " of ", t.runs, " runs are wrong");
      }
    }
    without += !covered;
    runs += own;
    const std::string title = title_of(*info);
    std::fprintf(digests, "%s %016llx\n", title.c_str(), static_cast<unsigned long long>(digest));
    if (!covered) MESSAGE(title, " has no generated cases in some dtype");
  }
  std::fclose(digests);
  std::cout << operators().rows.size() << " operators, " << without << " without generated cases; " << runs
            << " runs, " << elements << " elements compared\n";
  CHECK(without == 0);
  CHECK(runs > 50 * static_cast<i64>(operators().rows.size()));
}

}  // namespace tests::ops
