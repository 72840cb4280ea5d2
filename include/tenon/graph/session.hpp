// Running a model: a session holds the plan for the shapes last seen, the arena, and nothing else.
// After a run with the same input shapes nothing is allocated any more.
#pragma once

#include "model.hpp"
#include "plan.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

/// Is told of every step of a run: what profilers are.
class observer {
 public:
  virtual void before() = 0;
  /// `what` is null where a value was stored in another element order.
  virtual void after(const node* what, std::span<const any_view> in, std::span<const any_view> out) = 0;

 protected:
  ~observer() = default;
};

struct session_options {
  memory* from = nullptr;
  /// Planned bytes above this are refused before anything is allocated.
  i64 max_memory = i64{2} << 30;
  observer* watch = nullptr;
  /// Nodes that one run may run, those of loops again and again.
  i64 max_nodes = 100'000'000;
  /// Multiply-adds that one run may do, in the same way; of operators that have none to tell of, their elements count.
  i64 max_macs = INT64_MAX;
};

class session final : private body_runner {
 public:
  /// The model must outlive the session.
  explicit session(const model& m, session_options options = {}) : model_(&m), options_(options) {}

  /// Runs with one tensor per model input, in the model's order. The outputs are views that hold until
  /// the next run; an error leaves the session usable.
  result<std::span<const any_view>> try_run(std::span<const any_view> inputs) {
    budget left{options_.max_nodes, options_.max_macs};
    if (states_.empty()) return run_within(inputs, left);
    filled_.assign(inputs.begin(), inputs.end());
    for (const state& s : states_)
      if (auto i = static_cast<std::size_t>(s.input); i < filled_.size() && !filled_[i]) filled_[i] = s.value;
    auto out = run_within(filled_, left);
    if (!out.has_value()) return out;
    for (state& s : states_)
      if (status kept = keep(s, (*out)[static_cast<unsigned>(s.output)]); !kept.has_value()) return std::unexpected(kept.error());
    return out;
  }
  /// From now on an output is kept, and is what an input gets that a run leaves empty; before the first
  /// run zeros, for an input whose dimensions the model says.
  status try_carry(std::string_view output, std::string_view input) {
    state s;
    for (s.output = 0; s.output < model_->outputs() && model_->output(s.output).name != output;) ++s.output;
    for (s.input = 0; s.input < model_->inputs() && model_->input(s.input).name != input;) ++s.input;
    if (s.output == model_->outputs()) return fail(code::invalid, {"the model has no output ", in_quotes(output)});
    if (s.input == model_->inputs()) return fail(code::invalid, {"the model has no input ", in_quotes(input)});
    states_.push_back(std::move(s));
    return restart(states_.back());
  }
  /// Lets go of what was carried: zeros again.
  status restart() {
    for (state& s : states_)
      if (status done = restart(s); !done.has_value()) return done;
    return {};
  }
  /// The pleasant twin: all outputs, or `raise`.
  std::span<const any_view> run(std::initializer_list<any_view> inputs) {
    return value_or_raise(try_run(std::span(inputs.begin(), inputs.size())));
  }
  /// The first output of a model of one input.
  any_view operator()(any_view input) { return run({input})[0]; }

  /// Bytes of the arena, known after the first run or after `try_plan`.
  i64 arena_bytes() const { return plan_.arena_bytes; }
  const plan& planned() const { return plan_; }

 private:
  /// What a run may still do.
  struct budget {
    i64 nodes, macs;
  };
  result<std::span<const any_view>> run_within(std::span<const any_view> inputs, budget& left) {
    if (status s = check(inputs); !s.has_value()) return std::unexpected(s.error());
    if (!planned_for(inputs))
      if (status s = prepare(inputs, left); !s.has_value()) {
        forget();
        return std::unexpected(s.error());
      }
    if (status s = bind(inputs); !s.has_value()) return std::unexpected(s.error());
    left_ = &left;
    // A body without nodes does not run for nothing either.
    if (status s = spend(static_cast<i64>(plan_.steps.size()) + 1); !s.has_value()) return std::unexpected(s.error());
    if (plan_.work.macs > left.macs) return too_much(left.macs);
    left.macs -= plan_.work.macs;
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (options_.watch != nullptr) options_.watch->before();
      if (status s = run(static_cast<int>(i)); !s.has_value()) return std::unexpected(s.error());
      if (options_.watch != nullptr) tell(static_cast<int>(i));
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) outputs_[i] = view_of(plan_.outputs[i]);
    return std::span<const any_view>(outputs_);
  }

  [[gnu::noinline]] std::unexpected<error> too_much(i64 left) const {
    const auto& [all, most, heaviest] = plan_.work;
    const std::string who = heaviest < 0 ? "nothing" : model_->nodes().nodes[static_cast<unsigned>(heaviest)].title();
    return fail(code::limit, {"a run takes ", all, " multiply-adds, ", most, " of them for ", who, ", more than the ", std::max<i64>(left, 0), " that are left of ", options_.max_macs});
  }

  /// A body has a session of its own, kept for its next run.
  result<std::span<const any_view>> run_body(const subgraph& what, std::span<const any_view> formal,
                                             std::span<const any_view> node_inputs) override {
    const body& b = static_cast<const body&>(what);
    auto at = std::find_if(children_.begin(), children_.end(), [&](const child& c) { return c.of == &b; });
    if (at == children_.end()) {
      session_options options = options_;
      options.max_memory -= held_;
      options.watch = nullptr;  // the time of what is inside is the time of its node
      children_.push_back({&b, std::make_unique<session>(b.model(), options), {}});
      at = children_.end() - 1;
    }
    at->inputs.assign(formal.begin(), formal.end());
    for (int i : b.captures()) at->inputs.push_back(node_inputs[static_cast<unsigned>(i)]);
    auto out = at->runs->run_within(at->inputs, *left_);
    if (out.has_value())
      for (const any_view& v : *out) left_->macs -= v.size();  // they will be copied
    return out;
  }

  status spend(i64 nodes) override {
    if ((left_->nodes -= nodes) >= 0) return {};
    return fail(code::limit, {"more than ", options_.max_nodes, " nodes would have run, the most that one run may: a loop without end?"});
  }

  struct state {
    int output = 0, input = 0;
    any_tensor value;
  };
  status keep(state& s, const any_view& v) {
    if (s.value.type() != v.type || s.value.dims() != v.dims) {
      auto t = any_tensor::try_make_uninitialized(v.type, v.dims, options_.from);
      if (!t.has_value()) return std::unexpected(t.error());
      s.value = std::move(*t);
    }
    copy_elements(v, s.value.edit());
    return {};
  }
  status restart(state& s) {
    const port p = model_->input(s.input);
    s.value = {};
    for (i64 d : p.dims)
      if (d < 0) return {};  // the first run has to give it
    auto t = any_tensor::try_make(p.type, is_container(p.type) ? shape{0} : p.dims, options_.from);
    if (!t.has_value()) return std::unexpected(t.error());
    s.value = std::move(*t);
    return {};
  }

  status check(std::span<const any_view> inputs) const {
    if (static_cast<int>(inputs.size()) != model_->inputs())
      return fail(code::invalid, {"the model takes ", model_->inputs(), " inputs, not ", inputs.size()});
    for (int i = 0; i < model_->inputs(); ++i)
      if (status s = model_->check_input(i, inputs[static_cast<unsigned>(i)]); !s.has_value()) return s;
    return {};
  }

  bool planned_for(std::span<const any_view> inputs) const {
    if (seen_.size() != inputs.size() || !ready_) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (seen_[i].dims != inputs[i].dims || seen_[i].type != inputs[i].type) return false;
    return true;
  }

  void forget() {
    ready_ = false;
    plan_ = {};
    arena_.reset();
    views_.clear();
  }

  status prepare(std::span<const any_view> inputs, budget& left) {
    forget();
    seen_.clear();
    for (const any_view& v : inputs) seen_.push_back({v.type, v.dims, {}});
    const i64 most = std::min(folding().macs, left.macs);
    folding ahead{options_.from, options_.max_memory, most};
    auto p = make_plan(model_->nodes(), seen_, ahead);
    left.macs -= most - ahead.macs;
    if (!p.has_value()) return std::unexpected(p.error());
    held_ = (*p).arena_bytes + options_.max_memory - ahead.bytes;
    if (held_ > options_.max_memory)
      return fail(code::limit, {"a run needs ", held_, " bytes for its values, more than the limit of ", options_.max_memory});
    plan_ = std::move(*p);
    auto arena = buffer::make(plan_.arena_bytes, options_.from);
    if (!arena.has_value()) return wrap(arena.error(), {"the arena of ", plan_.arena_bytes, " bytes: "});
    arena_ = std::move(*arena);
    // One list of views, in which every step has its inputs and then its outputs side by side.
    std::size_t total = 0;
    for (const step& s : plan_.steps) total += s.inputs.size();
    views_.assign(total, {});
    std::size_t outs = 0;
    starts_.clear();
    total = 0;
    for (const step& s : plan_.steps) {
      starts_.push_back({total, outs});
      for (int v : s.inputs) views_[total++] = view_of(v);
      outs += s.outputs.size();
    }
    targets_.assign(outs, {});
    outs = 0;
    for (const step& s : plan_.steps)
      for (int v : s.outputs) targets_[outs++] = target_of(v);
    outputs_.assign(plan_.outputs.size(), {});
    deferred_.clear();
    deferred_.resize(plan_.values.size());
    staged_.clear();
    staged_.resize(inputs.size());
    bound_.assign(inputs.size(), {});
    ready_ = true;
    return {};
  }

  /// Where the caller's inputs are this time; those that do not lie row-major are copied.
  status bind(std::span<const any_view> inputs) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      bound_[i] = inputs[i];
      if (inputs[i].contiguous()) continue;
      if (!staged_[i]) {
        auto t = any_tensor::try_make(inputs[i].type, inputs[i].dims, options_.from);
        if (!t.has_value()) return std::unexpected(t.error());
        staged_[i] = std::move(*t);
      }
      copy_elements(inputs[i], staged_[i].edit());
      bound_[i] = staged_[i];
    }
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      for (std::size_t j = 0; j < plan_.steps[i].inputs.size(); ++j) {
        const int v = plan_.steps[i].inputs[j];
        if (v >= 0 && at(v).where == planned::home::input) views_[starts_[i].in + j] = view_of(v);
      }
    return {};
  }

  const struct planned& at(int v) const { return plan_.values[static_cast<unsigned>(v)]; }

  any_view view_of(int v) const {
    if (v < 0) return {};
    const auto& p = at(v);
    any_view r(p.what.type, p.what.dims, strides_of(p.what.dims, p.stored), nullptr);
    switch (p.where) {
      case planned::home::arena: r.bytes = arena_.data() + p.offset; break;
      case planned::home::constant: r.bytes = p.what.constant.bytes; break;
      case planned::home::input:
        if (!bound_.empty()) r.bytes = bound_[static_cast<std::size_t>(p.offset)].bytes;
        break;
      case planned::home::deferred:
        if (!deferred_.empty()) r = deferred_[static_cast<unsigned>(v)].look();
        break;
      case planned::home::nowhere: break;
    }
    return r;
  }
  mutable_any_view target_of(int v) const {
    if (v < 0 || at(v).where != planned::home::arena) return {};
    const auto& p = at(v);
    return {p.what.type, p.what.dims, strides_of(p.what.dims, p.stored), arena_.data() + p.offset};
  }

  status run(int index) {
    const step& s = plan_.steps[static_cast<unsigned>(index)];
    const auto [in, out] = starts_[static_cast<unsigned>(index)];
    const std::span inputs(views_.data() + in, s.inputs.size());
    const std::span targets(targets_.data() + out, s.outputs.size());
    if (s.node < 0) {
      const any_view& v = inputs[0];
      kernels::copy(v.bytes, v.strides, targets[0].bytes, targets[0].strides, v.dims, size_of(v.type));
      return {};
    }
    const node& n = model_->nodes().nodes[static_cast<unsigned>(s.node)];
    if (s.deferred) return run_deferred(n, s, inputs);
    run_context c(inputs, targets, arena_.data() + s.scratch, n.packed.data(), s.clamp);
    if (status r = run_node(n.op.info(), n.op.get(), c); !r.has_value()) return wrap(r.error(), {n.title(), ": "});
    return {};
  }

  void tell(int index) {
    const step& s = plan_.steps[static_cast<unsigned>(index)];
    std::vector<any_view> outputs;
    for (int v : s.outputs) outputs.push_back(view_of(v));
    options_.watch->after(s.node < 0 ? nullptr : &model_->nodes().nodes[static_cast<unsigned>(s.node)],
                          std::span(views_.data() + starts_[static_cast<unsigned>(index)].in, s.inputs.size()), outputs);
  }

  /// Shapes that depend on elements: inferred, allocated and run one node at a time.
  status run_deferred(const node& n, const step& s, std::span<any_view> inputs) {
    for (std::size_t j = 0; j < s.inputs.size(); ++j)
      if (s.inputs[j] >= 0 && at(s.inputs[j]).where == planned::home::deferred) inputs[j] = view_of(s.inputs[j]);
    const std::string title = n.title();
    auto made = try_apply(n.op.info(), n.op.get(), inputs,
                          {.outputs = static_cast<int>(s.outputs.size()), .title = title, .from = options_.from,
                           .limit = options_.max_memory - held_, .packed = n.packed.data(), .bodies = this, .macs = &left_->macs});
    if (!made.has_value()) return std::unexpected(std::move(made.error()));
    for (std::size_t j = 0; j < s.outputs.size(); ++j)
      if (s.outputs[j] >= 0) deferred_[static_cast<unsigned>(s.outputs[j])] = std::move((*made)[j]);
    return {};
  }

  struct start {
    std::size_t in, out;
  };
  const model* model_;
  session_options options_;
  bool ready_ = false;
  std::vector<known> seen_;
  plan plan_;
  i64 held_ = 0;  ///< bytes of the arena and of what was computed ahead
  buffer arena_;
  std::vector<start> starts_;
  std::vector<any_view> views_;
  std::vector<mutable_any_view> targets_;
  std::vector<any_view> outputs_, bound_;
  std::vector<any_tensor> deferred_, staged_;
  std::vector<state> states_;
  std::vector<any_view> filled_;
  struct child {
    const body* of;
    std::unique_ptr<session> runs;
    std::vector<any_view> inputs;
  };
  std::vector<child> children_;
  budget* left_ = nullptr;  ///< during a run
};

}  // namespace tenon
TENON_COLD_END
