// What the tests of operators share: tables of numbers, laid out in memory in every way, run through
// an operator's row and compared with what a reference expects.
#pragma once

#include "../doctest.hpp"
#include "../support/allocations.hpp"
#include "operators.hpp"
#include "../reference/number.hpp"
#include "tenon/ops/eager.hpp"

namespace tests::ops {

using namespace tenon;
using reference::each;
using reference::layout;
using reference::number;

/// All operators, instantiated once for the whole program; files find rows by name.
inline op_list operators() { return all_operators(); }
inline const op_info& row(std::string_view name) {
  const op_list all = operators();
  const op_info* r = all.find("", name);
  if (r == nullptr) r = all.find("tenon", name);
  if (r == nullptr) std::abort();
  return *r;
}

/// A tensor as numbers.
struct table : reference::array<number> {
  dtype type = dtype::none;
  bool bits = false;   ///< the numbers are patterns
  bool drawn = false;  ///< equal along the dimensions that the trial's layout repeats

  table() : reference::array<number>(shape{0}, layout::contiguous) {}
  table(dtype d, const shape& s) : reference::array<number>(s, layout::contiguous), type(d) {}
  table(dtype d, const shape& s, std::initializer_list<double> values) : table(d, s) {
    std::size_t i = 8;
    for (double v : values) all[i++] = kind().like(v);
  }
  table(const shape& s, std::span<const i64> values) : table(dtype::i64, s) {
    std::size_t i = 8;
    for (i64 v : values) all[i++] = number::of(v);
  }
  /// Zero, of the type's kind.
  number kind() const {
    const bool real = compute_dtype(type) == dtype::f32 || type == dtype::f64;
    return real && !bits ? number(0.0) : number::of(0);
  }
};
/// One-dimensional int64: axes, shapes, lengths.
inline table list_of(std::initializer_list<i64> values) {
  return table(shape{static_cast<i64>(values.size())}, std::span(values.begin(), values.size()));
}

/// A table in memory, with bytes around its elements that no operator may take for elements.
class laid_out {
 public:
  laid_out(const table& t, layout how) {
    if (t.type == dtype::none) return;
    if (t.type == dtype::string) how = layout::contiguous;
    const reference::array<char> places(t.dims, how);
    const i64 width = size_of(t.type);
    if (t.type == dtype::string) strings_.resize(places.all.size());
    else bytes_.assign(places.all.size() * static_cast<std::size_t>(width), std::byte{0xa5});
    std::byte* const start = (t.type == dtype::string ? reinterpret_cast<std::byte*>(strings_.data()) : bytes_.data()) +
                             places.start * width;
    const number* next = t.all.data() + t.start;
    each(t.dims, [&](const shape& i) {
      reference::store(t.type, start + reference::offset(i, places.strides) * width, *next++, t.bits);
    });
    view = {t.type, t.dims, places.strides, start};
  }
  laid_out(const laid_out&) = delete;
  laid_out(laid_out&&) = default;
  any_view view;

 private:
  std::vector<std::byte> bytes_;
  std::vector<std::string> strings_;
};

/// One operator in one dtype and layout, and what came of it.
class trial {
 public:
  trial(const op_info& operator_, dtype d, layout l, u64 seed) : info(operator_), type(d), how(l), random(seed) {}
  const op_info& info;
  const dtype type;
  const layout how;
  reference::generator random;
  i64 runs = 0, elements = 0, faults = 0;
  u64 digest = 0xcbf29ce484222325u;  ///< of all bytes of all outputs, any NaN being the same as another
  double near = 0;        ///< results that are no further off agree, too: those of sums that cancel
  bool directly = false;  ///< the run itself, without what an eager call does around it
  i64 allocated = 0;      ///< by such runs

  /// Numbers from low to high, floats in steps of 1/8, so that sums of products are exact; equal along
  /// the dimensions that this trial's layout repeats.
  table draw(const shape& dims, i64 low = -4, i64 high = 4) { return draw(type, dims, low, high); }
  table draw(dtype d, const shape& dims, i64 low, i64 high) {
    table t(d, dims);
    const bool natural = (dtypes::unsigned_integers | dtypes::boolean | dtype_set{dtype::u4, dtype::u2}).has(d);
    const bool whole = t.kind().whole;
    if (natural) low = std::max<i64>(low, 0);
    return fill(t, [&] {
      return whole ? number::of(random.between(low, high)) : number(static_cast<double>(random.between(8 * low, 8 * high)) / 8);
    }, true);
  }
  /// Patterns (for strings: small numbers), for operators that do not calculate.
  table patterns(const shape& dims) {
    table t(type, dims);
    t.bits = type != dtype::string;
    const i64 width = size_of(type);
    return fill(t, [&] {
      const auto low = static_cast<u64>(random.next() << 33 ^ random.next()), high = low * 0x9E3779B97F4A7C15u;
      if (type == dtype::string) return number::of(static_cast<i64>(low % 1000));
      if (type == dtype::boolean) return number::of(static_cast<i64>(low >> 33 & 1));
      const auto x = static_cast<reference::unsigned_wide>(high) << 64 | low;
      return number::of(static_cast<reference::wide>(width == 16 ? x : x & ((reference::unsigned_wide{1} << 8 * width) - 1)));
    });
  }
  /// `rounded`: to what the type holds.
  template <class F>
  table fill(table t, F next, bool rounded = false) const {
    const int last = t.dims.rank() - 1;
    const bool repeats = type != dtype::string && last >= 0 && static_cast<int>(how) >= reference::writable_layouts;
    number* to = t.data();
    t.drawn = true;
    each(t.dims, [&](const shape& i) {
      number& n = *to++;
      if (!repeats) {
        n = next();
      } else {
        shape from = i;
        if (how == layout::first_repeated) from[0] = 0;
        if (how == layout::last_repeated) from[last] = 0;
        if (how == layout::constant) from = shape::filled(last + 1, 0);
        n = from == i ? next() : t[from];
      }
      if (rounded) {
        std::byte stored[8];
        reference::store(t.type, stored, n, false);
        n = reference::load(t.type, stored, false);
      }
    });
    return t;
  }

  /// Runs `op` and compares; a null input is an absent one.
  void expect(const void* op, std::initializer_list<const table*> inputs, std::initializer_list<const table*> outputs,
              int ulps = 0, std::string_view note = "") {
    expect(op, std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()), ulps, note);
  }
  void expect(const void* op, std::span<const table* const> inputs, std::span<const table* const> outputs,
              int ulps = 0, std::string_view note = "") {
    std::vector<laid_out> memory;
    std::vector<any_view> views;
    // The other inputs lie in another way than the first.
    int turn = 0;
    for (const table* t : inputs) {
      memory.emplace_back(t != nullptr ? *t : table(dtype::none, shape{0}), turned(turn++, t != nullptr && t->drawn));
      views.push_back(memory.back().view);
    }
    ++runs;
    const auto made = directly ? run_directly(op, views, static_cast<int>(outputs.size()))
                               : try_apply(info, op, views, {.outputs = static_cast<int>(outputs.size())});
    const auto wrong = [&](std::initializer_list<piece> why) {
      std::string said = join({info.name, " ", name(type), ", layout ", static_cast<int>(how), ", "});
      for (const any_view& v : views) said += join({v.dims, " "});
      said += join({note, ": "}) + join(why);
      if (faults++ < 3) FAIL_CHECK(said);
    };
    if (!made.has_value()) return wrong({made.error().message});
    if ((*made).size() < outputs.size()) return wrong({(*made).size(), " outputs"});
    for (const any_tensor& t : *made) digest_of(t);
    for (std::size_t k = 0; k < outputs.size(); ++k) {
      if (outputs[k] == nullptr) continue;
      const table& want = *outputs[k];
      const any_tensor& is = (*made)[k];
      if (is.type() != want.type || is.dims() != want.dims)
        return wrong({"output ", k, " is ", name(is.type()), " ", is.dims(), ", not ", name(want.type), " ", want.dims});
      for (i64 i = 0; i < is.size(); ++i, ++elements) {
        const std::byte* at = is.data() + i * size_of(is.type());
        const number& n = want.all[static_cast<std::size_t>(8 + i)];
        if (!reference::agrees(is.type(), at, n, ulps, want.bits) &&
            !(near > 0 && std::abs(reference::load(is.type(), at, want.bits).real - n.real) <= near))
          return wrong({"output ", k, " of ", want.dims, " at ", i, ": ", reference::load(is.type(), at, want.bits).text(),
                        ", not ", n.text()});
      }
    }
  }

 private:
  /// FNV-1a.
  void digest_of(const any_tensor& t) {
    const auto width = static_cast<std::size_t>(size_of(t.type()));
    const bool real = compute_dtype(t.type()) == dtype::f32 || t.type() == dtype::f64;
    const auto add = [&](std::size_t byte) { digest = (digest ^ byte) * 0x100000001b3u; };
    for (i64 i = 0; i < t.size(); ++i) {
      const std::byte* const at = t.data() + i * size_of(t.type());
      if (t.type() == dtype::string) {
        for (char c : *reinterpret_cast<const std::string*>(at)) add(static_cast<unsigned char>(c));
      } else if (real && reference::load(t.type(), at, false).is_nan()) {
        add(0x100);
      } else {
        for (std::size_t b = 0; b < width; ++b) add(std::to_integer<std::size_t>(at[b]));
      }
    }
  }

  /// As a session runs a node: into memory of exactly the size that was asked for. Twice, so that
  /// something left behind by the first run would be seen.
  result<std::vector<any_tensor>> run_directly(const void* op, std::span<const any_view> in, int outputs) {
    const int formal_outputs = info.outputs.size;
    std::vector<known> k, out(static_cast<std::size_t>(std::max(outputs, formal_outputs)));
    u32 copied = 0;
    std::vector<any_tensor> dense(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      k.push_back({in[i].type, in[i].dims, in[i].contiguous() ? in[i] : any_view()});
      if (in[i] && !tenon::detail::takes(info, static_cast<int>(i), in[i].dims, in[i].strides, false)) copied |= u32{1} << i;
    }
    infer_context c(info, k, out);
    if (status s = info.infer(op, c); !s.has_value()) return std::unexpected(s.error());
    if (c.is_later()) return try_apply(info, op, in, {.outputs = outputs});
    std::vector<any_tensor> made;
    std::vector<mutable_any_view> views;
    for (const known& o : out) {
      made.push_back(o.type == dtype::none ? any_tensor() : *any_tensor::try_make(o.type, o.dims));
      views.push_back(made.back() ? made.back().edit() : mutable_any_view());
    }
    const auto bytes = static_cast<std::size_t>(scratch_bytes(info, op, k, out, false, copied, true));
    auto* const scratch = static_cast<std::byte*>(std::aligned_alloc(64, bytes + 64));
    std::memset(scratch, 0x5a, bytes + 64);
    const auto before = allocations();
    status s;
    for (int i = 0; i < 2 && s.has_value(); ++i) {
      run_context run(in, views, scratch);
      s = run_node(info, op, run);
    }
    const auto after = allocations();
    allocated += after.news - before.news + after.mallocs - before.mallocs;
    for (std::size_t i = 0; i < 64; ++i)
      if (scratch[bytes + i] != std::byte{0x5a}) s = fail(code::invalid, {"wrote behind its scratch"});
    std::free(scratch);
    if (!s.has_value()) return std::unexpected(s.error());
    return made;
  }

  layout turned(int i, bool drawn) const {
    if (how == layout::contiguous) return how;
    // Those that repeat stay: the numbers were drawn for them.
    if (drawn && (i == 0 || static_cast<int>(how) >= reference::writable_layouts)) return how;
    return reference::layouts[(static_cast<int>(how) + i) % reference::writable_layouts];
  }
};

/// Runs all cases of the trial's operator; false when it has none.
bool walk(trial&);

// ---- What conformance.cpp compares operators with: said in the test file of their family, e.g.
// const by_reference sub(elementwise{"Sub", [](const number* x) { return x[0] - x[1]; }});

/// The reference of an element-wise operator with default attributes.
struct elementwise {
  std::string_view name;
  number (*of)(const number* x);
  int ulps = 0;                ///< of float32 and float64
  i64 low = -100, high = 100;  ///< of the inputs, beside special ones
};
/// The reference of a reduction: of the elements of one group, and a zero of their type.
struct folding {
  std::string_view name;
  number (*of)(const std::vector<number>& x, const number& zero);
  bool of_nothing;           ///< has a result for no elements in every type
  int ulps = 0;              ///< of float32 and float64
  i64 low = -4, high = 4;    ///< of floating inputs
};
/// The cases of any other operator, for one trial.
struct cases {
  std::string_view name;
  void (*of)(trial&);
};
struct references {
  std::vector<elementwise> elementwise_of;
  std::vector<folding> folding_of;
  std::vector<cases> cases_of;
  static references& all() {
    static references r;
    return r;
  }
};
struct by_reference {
  explicit by_reference(const elementwise& e) { references::all().elementwise_of.push_back(e); }
  explicit by_reference(const folding& f) { references::all().folding_of.push_back(f); }
  explicit by_reference(const cases& c) { references::all().cases_of.push_back(c); }
};

/// What an operator (with its defaults when `op` is null) says about inputs that it cannot take, or ""
/// when it runs.
inline std::string complaint(std::string_view name, const void* op, std::initializer_list<any_view> in, int outputs = 0) {
  const any_op plain(row(name));
  const auto r = try_apply(row(name), op != nullptr ? op : plain.get(), std::span(in.begin(), in.size()),
                           {.outputs = outputs, .limit = i64{1} << 30});
  return r.has_value() ? std::string() : r.error().message;
}
/// Inputs of which only type and shape matter: zeros, or nothing at all where `dims` has a 0 or is huge.
inline any_tensor zeros(dtype d, const shape& dims) {
  auto t = any_tensor::try_make(d, dims);
  return t.has_value() ? std::move(*t) : any_tensor();
}

}  // namespace tests::ops
