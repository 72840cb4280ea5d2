// The backward pass: gradients of a result with respect to the parameters it was computed from. The
// pass is made of operators on variables, so it can be recorded itself, and differentiated again.
#pragma once

#include <unordered_map>
#include <unordered_set>

#include "../ops/reduce.hpp"
#include "../ops/shape.hpp"
#include "../ops/slice.hpp"
#include "elementwise.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// What a backward pass found: a gradient per parameter.
class gradients {
 public:
  /// The gradient of a parameter that the result depends on.
  const variable& operator[](const variable& of) const {
    const variable* g = find(of);
    if (g == nullptr) raise({code::not_found, "gradients: the result does not depend on this variable"});
    return *g;
  }
  /// The same, or null where the result does not depend on it.
  const variable* find(const variable& of) const { return find(of.node().get()); }
  const variable* find(const detail::variable_node* of) const {
    const auto at = all_.find(of);
    return at == all_.end() ? nullptr : &at->second.gradient;
  }
  i64 size() const { return static_cast<i64>(all_.size()); }

  void add(const variable& of, variable gradient) { all_.insert_or_assign(of.node().get(), entry{of, std::move(gradient)}); }

 private:
  struct entry {
    variable of;  // keeps the key alive
    variable gradient;
  };
  std::unordered_map<const detail::variable_node*, entry> all_;
};

struct backward_options {
  std::span<const variable> of = {};  ///< gradients of these, which may be results, instead of all parameters
  variable dy = {};                   ///< the gradient of y; 1 where y has one element
  bool record = false;                ///< the gradients can be differentiated in turn
};

namespace detail {

/// A gradient in the shape of its operand: summed over what was broadcast, repeated where it is the same
/// along a dimension. It is done here, so that no rule thinks of it.
[[gnu::noinline]] inline variable fitted(variable g, const shape& dims) {
  const int more = g.rank() - dims.rank();
  std::vector<i64> axes;
  shape summed = g.dims();
  for (int i = 0; i < g.rank(); ++i)
    if (i < more || (dims[i - more] == 1 && g.dims()[i] != 1)) axes.push_back(i), summed[i] = 1;
  if (!axes.empty()) g = apply(ops::ReduceSum{}, g, as_tensor(axes));
  if (more > 0) summed = summed.from(more), g = reshape(g, summed, {.allowzero = true});
  if (summed != dims) g = apply(ops::Expand{}, g, tensor<i64>(shape{dims.rank()}, dims.span()));
  return g;
}

/// The same as a new variable whose gradient is wanted; with `record` that goes on to the gradient of x.
[[gnu::noinline]] inline variable joint(const variable& x, bool record) {
  variable y = x.detached();
  y.node()->wants_gradient = true;
  if (!record || !x.wants_gradient()) return y;
  auto same = std::make_shared<application>();
  same->rule = [](const void*, backward_context& c) { c.give(0, c.dy()); };
  same->inputs = {x};
  same->given = same->made = {y.node()->value};
  same->outputs = {y.node()};
  y.node()->made_by = std::move(same);
  return y;
}

class backward_pass final : public backward_context {
 public:
  /// `shallow`: nothing before the variables of `options.of` is looked at.
  backward_pass(const variable& y, const backward_options& options, bool shallow = false)
      : record_(options.record), all_(options.of.empty()) {
    within_ = y.node()->within;
    for (const variable& v : options.of) targets_.insert(v.node().get());
    find_order(y, shallow);
    take(y, options.dy);
  }
  result<gradients> run() {
    for (const application* a : order_)
      if (a->rule == nullptr) return fail(code::unsupported, {a->name, ": has no gradient"});
    for (; !order_.empty() && status_.has_value(); order_.pop_back()) status_ = differentiate(*order_.back());
    if (within_ != nullptr && status_.has_value()) status_ = within_->so_far();
    if (!status_.has_value()) return std::unexpected(status_.error());
    return std::move(found_);
  }

  std::vector<variable> start() override {
    std::vector<variable> fresh;
    for (int i = 0; i < inputs(); ++i) {
      fresh.push_back(wants(i) ? joint(input(i), record_) : input(i).detached());
    }
    return fresh;
  }
  void through(std::string_view name, std::span<const variable> in, const variable& y) override {
    // A body that is the operator itself ends nowhere, one that does not use its input gives nothing.
    if (!y.wants_gradient() || (y.node()->made_by != nullptr && y.node()->made_by->name == name)) {
      status_ = fail(code::unsupported, {name, ": has no gradient"});
      return;
    }
    std::vector<variable> wanted;
    for (int i = 0; i < inputs(); ++i)
      if (wants(i)) wanted.push_back(in[static_cast<unsigned>(i)]);
    const auto g = backward_pass(y, {.of = wanted, .dy = dy(), .record = record_}, true).run();
    if (!g.has_value()) status_ = std::unexpected(g.error());
    else
      for (int i = 0; i < inputs(); ++i)
        if (const variable* one = (*g).find(in[static_cast<unsigned>(i)]); wants(i) && one != nullptr) give(i, *one);
  }

 private:
  /// Puts the applications that lie between y and what is asked for into an order in which each comes
  /// after those it needs. Without recursion: chains may be long.
  void find_order(const variable& y, bool shallow) {
    struct step {
      application* a;
      std::size_t next;
    };
    std::vector<step> path;
    std::unordered_set<const application*> seen;
    const auto enter = [&](const variable& v) {
      if (!v.wants_gradient() || (shallow && targets_.contains(v.node().get()))) return;
      application* a = v.node()->made_by.get();
      if (a != nullptr && seen.insert(a).second) path.push_back({a, 0});
    };
    enter(y);
    while (!path.empty()) {
      step& s = path.back();
      if (s.next < s.a->inputs.size()) {
        enter(s.a->inputs[s.next++]);
        continue;
      }
      application* const a = s.a;
      path.pop_back();
      if (std::ranges::any_of(a->inputs, [&](const variable& v) { return needs(v); })) {
        needed_.insert(a);
        order_.push_back(a);
      }
    }
  }
  /// True where a gradient of v is asked for, or leads to one.
  bool needs(const variable& v) const {
    return v.wants_gradient() && (kept(v) || needed_.contains(v.node()->made_by.get()));
  }
  bool kept(const variable& v) const { return all_ ? v.node()->made_by == nullptr : targets_.contains(v.node().get()); }

  /// Adds to the gradient of v.
  void take(const variable& v, variable g) {
    if (kept(v)) {
      const variable* before = found_.find(v);
      found_.add(v, before != nullptr ? *before + g : std::move(g));
    } else {
      variable& sum = open_[v.node().get()];
      sum = sum ? sum + g : std::move(g);
    }
  }

  status differentiate(application& a) {
    in_.clear(), out_.clear(), dy_.clear(), used_.clear();
    given_.assign(a.inputs.size(), {});
    wanted_.assign(a.inputs.size(), false);
    for (std::size_t i = 0; i < a.inputs.size(); ++i) {
      const variable& v = a.inputs[i];
      if (record_ && v && v.node()->value != a.given[i])
        return fail(code::invalid, {a.name, ": an operand was assigned after it was recorded"});
      in_.push_back(record_ ? v : a.given[i] != nullptr ? variable(a.given[i], within_) : variable());
      wanted_[i] = v && needs(v);
    }
    for (std::size_t i = 0; i < a.outputs.size(); ++i) {
      const auto node = a.outputs[i].lock();
      out_.push_back(record_ && node != nullptr ? variable(node) : variable(a.made[i], within_));
      dy_.push_back(gradient_of(node.get()));
      used_.push_back(static_cast<bool>(dy_.back()));
      if (!dy_.back() && dtypes::floating.has(a.made[i]->type())) dy_.back() = zeros(a.made[i]->type(), a.made[i]->dims());
    }
    a.rule(a.op.get(), *this);
    if (within_ != nullptr && status_.has_value()) status_ = within_->so_far();
    if (!status_.has_value()) return status_;
    for (std::size_t i = 0; i < a.inputs.size(); ++i) {
      if (!wanted_[i]) continue;
      const shape& dims = a.inputs[i].dims();
      const auto what = [&] { return a.inputs_of.at(static_cast<int>(i)).name; };
      if (!given_[i]) return fail(code::unsupported, {a.name, ": has no gradient for input ", what()});
      const auto both = broadcast(given_[i].dims(), dims);
      if (!both || given_[i].type() != a.inputs[i].type())
        return fail(code::invalid, {a.name, ": a gradient of ", name(given_[i].type()), " ", given_[i].dims(), " for input ",
                                    what(), " of ", name(a.inputs[i].type()), " ", dims});
      take(a.inputs[i], given_[i].dims() == dims ? std::move(given_[i]) : fitted(std::move(given_[i]), dims));
    }
    return {};
  }
  /// The gradient of an output, which nobody needs after this; nothing where the result does not depend on it.
  variable gradient_of(const variable_node* node) {
    if (const auto at = open_.find(node); at != open_.end()) {
      variable g = std::move(at->second);
      open_.erase(at);
      return g;
    }
    if (const variable* g = found_.find(node)) return *g;
    return {};
  }

  const bool record_, all_;
  status status_;
  gradients found_;
  std::unordered_map<const variable_node*, variable> open_;
  std::unordered_set<const variable_node*> targets_;
  std::unordered_set<const application*> needed_;
  std::vector<application*> order_;
};

}  // namespace detail

/// The gradients of y: of all parameters that it depends on, or of those named. An error says which
/// operator on the way has none.
inline result<gradients> try_backward(const variable& y, const backward_options& options = {}) {
  if (!y.wants_gradient()) {
    if (const std::string_view by = y.node()->without_gradient; !by.empty())
      return fail(code::invalid, {"backward: ", by, " gives ", name(y.type()), ", which has no gradient"});
    return fail(code::invalid, {"backward: the result does not depend on a parameter"});
  }
  backward_options o = options;
  if (!o.dy) {
    if (y.size() != 1)
      return fail(code::invalid, {"backward: a result of shape ", y.dims(), " needs dy, the gradient of each element"});
    o.dy = reshape(detail::scalar_of(y.type(), 1), y.dims());
  }
  if (o.dy.type() != y.type() || o.dy.dims() != y.dims())
    return fail(code::invalid, {"backward: dy is ", name(o.dy.type()), " ", o.dy.dims(), " for a result of ", name(y.type()),
                                " ", y.dims()});
  return detail::backward_pass(y, o).run();
}
inline gradients backward(const variable& y, const backward_options& options = {}) {
  return value_or_raise(try_backward(y, options));
}

}  // namespace tenon
TENON_COLD_END
