// What the tests of operators share: tables of numbers, laid out in memory in every way, run through
// an operator's row and compared with what a reference expects.
#pragma once

#include "../doctest.hpp"
#include "operators.hpp"
#include "../reference/number.hpp"
#include "tenon/ops/eager.hpp"

namespace tests::ops {

using namespace tenon;
using reference::each;
using reference::layout;
using reference::number;

/// All operators, instantiated once for the whole program.
inline op_list operators() { return all_operators(); }
/// What tests and the README call an operator: "Relu", "ai.onnx.ml.Scaler".
inline std::string title_of(const op_info& info) { return join({info.domain, info.domain.empty() ? "" : ".", info.name}); }
/// The row of that title.
inline const op_info& row(std::string_view title) {
  const auto dot = title.rfind('.');
  const std::string_view domain = dot == title.npos ? "" : title.substr(0, dot);
  const op_info* r = operators().find(domain, title.substr(dot + 1));  // npos + 1 is 0
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
  laid_out(const table& t, layout how);
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
  table draw(dtype d, const shape& dims, i64 low, i64 high);
  /// Patterns (for strings: small numbers), for operators that do not calculate.
  table patterns(const shape& dims);
  /// `rounded`: to what the type holds.
  template <class F>
  table fill(table t, F next, bool rounded = false) const {
    const int last = t.dims.rank() - 1;
    const bool repeats = type != dtype::string && last >= 0 && static_cast<int>(how) >= reference::writable_layouts;
    number* const to = t.data();
    t.drawn = true;
    const i64 n = count(t.dims);
    for (i64 i = 0; i < n; ++i) {
      i64 from = i;
      if (repeats && how == layout::first_repeated) from = i % (n / t.dims[0]);
      if (repeats && how == layout::last_repeated) from = i - i % t.dims[last];
      if (repeats && how == layout::constant) from = 0;
      to[i] = from == i ? next() : to[from];
    }
    if (rounded) reference::round(t.type, to, n);
    return t;
  }

  /// Runs `op` and compares; a null input is an absent one.
  void expect(const void* op, std::initializer_list<const table*> inputs, std::initializer_list<const table*> outputs,
              int ulps = 0, std::string_view note = "") {
    expect(op, std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()), ulps, note);
  }
  void expect(const void* op, std::span<const table* const> inputs, std::span<const table* const> outputs,
              int ulps = 0, std::string_view note = "");

 private:
  /// FNV-1a.
  void digest_of(const any_tensor& t);
  /// As a session runs a node: into memory of exactly the size that was asked for. Twice, so that
  /// something left behind by the first run would be seen.
  result<std::vector<any_tensor>> run_directly(const void* op, std::span<const any_view> in, int outputs);
  layout turned(int i, bool drawn) const;
};

/// Runs all cases of the trial's operator; false when it has none.
bool walk(trial&);

// ---- What conformance.cpp compares operators with: said in the test file of their family, e.g.
// const by_reference sub(elementwise{"Sub", [](const number* x) { return x[0] - x[1]; }});

/// The reference of an element-wise operator with default attributes; `name` is its title.
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
std::string complaint(const op_info& row, const void* op, std::span<const any_view> in, int outputs);
inline std::string complaint(std::string_view name, const void* op, std::initializer_list<any_view> in, int outputs = 0) {
  return complaint(row(name), op, std::span(in.begin(), in.size()), outputs);
}
/// Inputs of which only type and shape matter: zeros, or nothing at all where `dims` has a 0 or is huge.
any_tensor zeros(dtype d, const shape& dims);

}  // namespace tests::ops
