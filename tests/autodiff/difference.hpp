// Gradients against central differences in float64: of an operator's row and rule, whatever the operator.
#pragma once

#include "../doctest.hpp"
#include "operators.hpp"
#include "tenon/autodiff/backward.hpp"
#include "tenon/core/random.hpp"

namespace tests::autodiff {

using namespace tenon;

/// An operator with its attributes, known by its row and its rule.
struct subject {
  const op_info* info;
  tenon::detail::gradient_rule rule;
  const void* op;
  std::shared_ptr<const void> (*keep)(const void*);

  std::vector<variable> operator()(std::span<const variable> in, int outputs) const {
    return value_or_raise(tenon::detail::record(*info, op, keep, rule, in, outputs));
  }
};

/// Compares first and second derivatives of one application, and counts what is wrong.
class difference {
 public:
  explicit difference(u64 seed) : random_{seed} {}
  i64 compared = 0, faults = 0;
  std::string first_fault;

  /// Elements between low and high, at least 0.02 away from multiples of 1/4, where operators may have kinks.
  any_tensor draw(const shape& dims, double low = -2, double high = 2) {
    any_tensor t(dtype::f64, dims);
    for (i64 i = 0; i < t.size(); ++i) {
      double x = low + (high - low) * random_.uniform64(drawn_++);
      const double nearest = 0.25 * static_cast<double>(static_cast<i64>(4 * x + (x < 0 ? -0.5 : 0.5)));
      if (x - nearest < 0.02 && nearest - x < 0.02) x = nearest + (nearest < high ? 0.03 : -0.03);
      t.as<double>()[i] = x;
    }
    return t;
  }
  /// All different, with 1/8 between neighbours.
  any_tensor distinct(const shape& dims) {
    any_tensor t(dtype::f64, dims);
    for (i64 i = 0; i < t.size(); ++i) {
      const i64 j = random_.below(static_cast<u32>(i + 1), drawn_++);
      t.as<double>()[i] = t.as<double>()[j];
      t.as<double>()[j] = static_cast<double>(i) / 8 - 1 + 0.03;
    }
    return t;
  }

  /// By all float64 inputs but those in `fixed`, a bit for each.
  void check(const subject& f, std::span<const any_tensor> inputs, int outputs = 1, u32 fixed = 0) {
    std::vector<variable> x;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const any_tensor& t = inputs[i];
      x.push_back(!t ? variable() : t.type() == dtype::f64 && (fixed >> i & 1) == 0 ? parameter(t) : variable(t));
    }
    const std::vector<variable> y = f(x, outputs);
    std::vector<variable> weights, directions;
    for (const variable& v : y) weights.push_back(v.type() == dtype::f64 ? draw(v.dims()) : any_tensor());
    for (const any_tensor& t : inputs) directions.push_back(t.type() == dtype::f64 ? draw(t.dims()) : any_tensor());

    const auto total = [&](std::span<const variable> values, std::span<const variable> by) {
      variable sum;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (!values[i] || values[i].type() != dtype::f64) continue;
        variable one = reduce_sum(values[i] * by[i]);
        sum = sum ? sum + one : one;
      }
      return sum;
    };
    const auto first = [&](std::span<const variable> at, bool record) {
      const auto pass = try_backward(total(f(at, outputs), weights), {.record = record});
      if (!pass.has_value()) fault({pass.error().message});
      const gradients g = pass.has_value() ? *pass : gradients();
      std::vector<variable> all;
      for (const variable& v : at) {
        const variable* one = v ? g.find(v) : nullptr;
        all.push_back(one != nullptr ? *one : variable());
      }
      return all;
    };
    const std::vector<variable> g = first(x, true);
    if (faults > 0) return;
    compare(f, "the gradient", x, g, [&](std::span<const variable> at) {
      return total(f(at, outputs), weights).value().as<double>()[0];
    });
    const variable along = total(g, directions);
    std::vector<variable> h;
    gradients second;
    if (along.wants_gradient()) {
      auto pass = try_backward(along);
      if (!pass.has_value()) return fault({"its own gradient: ", pass.error().message});
      second = std::move(*pass);
    }
    for (const variable& v : x) {
      const variable* one = v ? second.find(v) : nullptr;
      h.push_back(one != nullptr ? *one : v && v.wants_gradient() ? variable(any_tensor(dtype::f64, v.dims())) : variable());
    }
    compare(f, "the second derivative", x, h, [&](std::span<const variable> at) {
      return total(first(at, false), directions).value().as<double>()[0];
    });
  }

 private:
  /// g against how `of` changes with each element of the inputs.
  template <class F>
  void compare(const subject& f, std::string_view what, std::span<const variable> x, std::span<const variable> g, F of) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!x[i] || !x[i].wants_gradient()) continue;
      if (!g[i] || g[i].dims() != x[i].dims()) {
        fault({f.info->name, ": ", what, " of input ", i, " is missing, or not of its shape"});
        continue;
      }
      for (i64 j = 0; j < x[i].size(); ++j, ++compared) {
        const auto moved = [&](double by) {
          std::vector<variable> at;
          for (std::size_t k = 0; k < x.size(); ++k) {
            any_tensor t = x[k] ? x[k].value() : any_tensor();
            if (k == i) t.as<double>()[j] += by;
            at.push_back(!t ? variable() : x[k].wants_gradient() ? parameter(std::move(t)) : variable(std::move(t)));
          }
          return of(at);
        };
        constexpr double h = 1e-4;
        // Two steps, so that the error is of the fourth order.
        const double want = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
        const double is = g[i].value().template as<double>()[j], off = is < want ? want - is : is - want;
        if (!(off <= 1e-7 * (1 + (want < 0 ? -want : want))))
          fault({f.info->name, ": ", what, " of input ", i, " of shape ", x[i].dims(), " at ", j, " is ", is, ", not ", want});
      }
    }
  }
  void fault(std::initializer_list<piece> why) {
    if (faults++ == 0) first_fault = join(why);
  }
  tenon::random random_;
  u64 drawn_ = 0;
};

}  // namespace tests::autodiff
