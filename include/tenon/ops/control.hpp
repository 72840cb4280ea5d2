// If, Loop and Scan: operators that run graphs. What comes out, and how large it is, is known when they
// have run, so they make their outputs themselves.
#pragma once

#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

namespace bodies {

/// The one bool of a condition.
inline status read_condition(const any_view& v, std::string_view whose, bool& to) {
  if (v.type != dtype::boolean || v.size() != 1)
    return fail(code::invalid, {whose, " is ", full_name(v.type), " ", v.dims, " where one bool is expected"});
  to = *v.as<bool>();
  return {};
}

/// Puts slices behind each other along a new axis; none give 0 of what the file says.
inline status stack(produce_context& c, std::vector<any_tensor>& slices, i64 axis, bool reversed, const subgraph& body,
                    int body_output, any_tensor& to) {
  std::vector<any_view> parts(slices.begin(), slices.end());
  if (reversed) std::ranges::reverse(parts);
  if (!parts.empty()) return concatenate(c, parts, axis, true, to);
  const dtype type = body.output_type(body_output);
  shape whole = body.output_dims(body_output);
  if (type == dtype::none || is_container(type))
    return c.invalid({"output ", body_output, " of a body that did not run has no dtype"});
  for (i64& d : whole) d = std::max<i64>(d, 0);
  const auto at = normalized_axis(axis, whole.rank() + 1);
  if (!at || whole.rank() == max_rank) return c.invalid({"axis ", axis, " is out of range for slices of ", whole});
  whole.insert(*at, 0);
  return make(c, type, whole, to);
}

}  // namespace bodies

/// The outputs of one of two graphs, which read what they need from around them.
struct If {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "cond:B captured?:**", outputs = "outputs:**";
  static constexpr type_variable types[] = {{'*', dtypes::any}};

  std::unique_ptr<subgraph> then_branch{}, else_branch{};

  status produce(produce_context& c) const {
    bool cond = false;
    if (status s = bodies::read_condition(c.input(0), "cond", cond); !s.has_value()) return s;
    const subgraph& body = cond ? *then_branch : *else_branch;
    if (body.outputs() < c.outputs())
      return c.invalid({cond ? "then_branch" : "else_branch", " gives ", body.outputs(), " outputs where ", c.outputs(), " are expected"});
    auto out = c.run(body, {});
    if (!out.has_value()) return std::unexpected(out.error());
    for (int i = 0; i < c.outputs(); ++i)
      if (status s = keep(c, (*out)[static_cast<unsigned>(i)], c.output(i)); !s.has_value()) return s;
    return {};
  }
};

/// Runs its body M times, or while the condition holds that the body computes; what the body makes of the
/// carried values goes into its next run, its other outputs are stacked.
struct Loop {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "M?:I cond?:B v_initial?:**", outputs = "v_final_and_scan_outputs:**";
  static constexpr type_variable types[] = {{'*', dtypes::any}};

  std::unique_ptr<subgraph> body{};

  status produce(produce_context& c) const {
    const int carried = body->inputs() - 2, scans = body->outputs() - 1 - carried;
    if (carried < 0 || scans < 0 || 2 + carried > std::max(c.inputs(), 2) || c.outputs() > carried + scans)
      return c.invalid({"a body of ", body->inputs(), " inputs and ", body->outputs(), " outputs does not fit ", c.inputs(),
                        " inputs and ", c.outputs(), " outputs"});
    i64 trips = INT64_MAX;
    if (c.has(0)) {
      if (c.input(0).size() != 1) return c.invalid({"M has shape ", c.input(0).dims, " where one number is expected"});
      trips = *c.input(0).as<i64>();
    }
    bool go = true;
    if (c.has(1))
      if (status s = bodies::read_condition(c.input(1), "cond", go); !s.has_value()) return s;

    std::vector<any_tensor> values(static_cast<std::size_t>(carried));
    std::vector<std::vector<any_tensor>> stacks(static_cast<std::size_t>(scans));
    std::vector<any_view> args(static_cast<std::size_t>(2 + carried));
    for (int i = 0; i < carried; ++i) {
      if (!c.has(2 + i)) return c.invalid({"carried value ", i, " is missing"});
      args[static_cast<unsigned>(2 + i)] = c.input(2 + i);
    }
    for (i64 trip = 0; trip < trips && go; ++trip) {
      args[0] = {dtype::i64, shape{}, reinterpret_cast<const std::byte*>(&trip)};
      args[1] = {dtype::boolean, shape{}, reinterpret_cast<const std::byte*>(&go)};
      auto out = c.run(*body, args);
      if (!out.has_value()) return std::unexpected(out.error());
      const std::span<const any_view> made = *out;
      bool more = false;
      if (status s = bodies::read_condition(made[0], "the condition that the body computes", more); !s.has_value()) return s;
      go = more;
      for (std::size_t i = 0; i < stacks.size(); ++i) {
        stacks[i].emplace_back();
        if (status s = keep(c, made[1 + values.size() + i], stacks[i].back()); !s.has_value()) return s;
      }
      // An output may be one of these arguments itself: none is let go before all are copied.
      std::vector<any_tensor> next(values.size());
      for (std::size_t i = 0; i < values.size(); ++i)
        if (status s = keep(c, made[1 + i], next[i]); !s.has_value()) return s;
      for (std::size_t i = 0; i < values.size(); ++i) {
        c.drop(std::exchange(values[i], std::move(next[i])));
        args[2 + i] = values[i];
      }
    }
    for (int i = 0; i < c.outputs(); ++i) {
      const auto n = static_cast<std::size_t>(i);
      status s;
      if (n >= values.size()) s = bodies::stack(c, stacks[n - values.size()], 0, false, *body, 1 + i, c.output(i));
      else if (values[n]) c.output(i) = std::move(values[n]);
      else s = keep(c, args[2 + n], c.output(i));
      if (!s.has_value()) return s;
    }
    return {};
  }
};

/// Runs its body for every slice of its last num_scan_inputs inputs; the first ones are states that the
/// body carries on, its other outputs are stacked.
struct Scan {
  using kind = kinds::general;
  static constexpr int since = 25;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "initial_state_and_scan_inputs?:**", outputs = "final_state_and_scan_outputs:**";
  static constexpr type_variable types[] = {{'*', dtypes::any}};

  std::unique_ptr<subgraph> body{};
  required<i64> num_scan_inputs{};
  ints scan_input_axes{}, scan_input_directions{}, scan_output_axes{}, scan_output_directions{};

  /// In opset 8 everything had a batch, and its lengths came before the other inputs.
  upgraded<bool> batched{};

  status produce(produce_context& c) const {
    std::vector<any_view> in;
    for (int i = batched.value ? 1 : 0; i < c.inputs(); ++i) in.push_back(c.input(i));
    std::vector<any_tensor> out(static_cast<std::size_t>(c.outputs()));
    if (status s = batched.value ? scan_batch(c, in, out) : scan(c, in, INT64_MAX, out); !s.has_value()) return s;
    for (int i = 0; i < c.outputs(); ++i) c.output(i) = std::move(out[static_cast<unsigned>(i)]);
    return {};
  }
  status upgrade(old_node& n) {
    if (n.opset() >= 9) return {};
    batched.value = true;
    scan_input_directions = n.take_ints("directions").value_or(ints{});
    return {};
  }

 private:
  /// At most so many slices.
  status scan(produce_context& c, std::span<const any_view> in, i64 most, std::span<any_tensor> results) const {
    const i64 sliced = num_scan_inputs, states = body->inputs() - sliced, scans = body->outputs() - states;
    if (sliced < 1 || states < 0 || scans < 0 || body->inputs() > static_cast<int>(in.size()) || static_cast<int>(results.size()) > body->outputs())
      return c.invalid({"a body of ", body->inputs(), " inputs and ", body->outputs(), " outputs, ", sliced,
                        " inputs of them slices, does not fit ", in.size(), " inputs and ", results.size(), " outputs"});
    for (int i = 0; i < body->inputs(); ++i)
      if (!in[static_cast<unsigned>(i)]) return c.invalid({"input ", i, " is missing"});
    const auto entry = [](const ints& list, i64 i) { return i < static_cast<i64>(list.size()) ? list[static_cast<unsigned>(i)] : 0; };
    std::vector<any_view> args(static_cast<std::size_t>(body->inputs()));
    std::vector<i64> steps;  // bytes from one slice to the next
    i64 length = -1;
    for (i64 i = 0; i < body->inputs(); ++i) {
      any_view& v = args[static_cast<unsigned>(i)];
      v = in[static_cast<unsigned>(i)];
      if (i < states) continue;
      if (is_container(v.type)) return c.invalid({"input ", i, " is ", full_name(v.type), ", which has no slices"});
      const i64 axis = entry(scan_input_axes, i - states);
      const auto at = normalized_axis(axis, v.rank());
      if (!at) return c.invalid({"axis ", axis, " is out of range for input ", i, " of shape ", v.dims});
      const i64 n = std::min(v.dims[*at], most);
      if (length >= 0 && n != length) return c.invalid({"inputs have ", length, " and ", n, " slices"});
      length = n;
      i64 step = v.strides[*at] * size_of(v.type);
      if (entry(scan_input_directions, i - states) != 0) v.bytes += step * std::max<i64>(n - 1, 0), step = -step;
      steps.push_back(step);
      v.dims.erase(*at);
      v.strides.erase(*at);
    }
    std::vector<any_tensor> values(static_cast<std::size_t>(states));
    std::vector<std::vector<any_tensor>> stacks(static_cast<std::size_t>(scans));
    for (i64 n = 0; n < length; ++n) {
      auto out = c.run(*body, args);
      if (!out.has_value()) return std::unexpected(out.error());
      std::vector<any_tensor> next(values.size());
      for (std::size_t i = 0; i < next.size() + stacks.size(); ++i) {
        if (i >= next.size()) stacks[i - next.size()].emplace_back();
        any_tensor& to = i < next.size() ? next[i] : stacks[i - next.size()].back();
        if (status s = keep(c, (*out)[i], to); !s.has_value()) return s;
      }
      for (std::size_t i = 0; i < values.size(); ++i) {
        c.drop(std::exchange(values[i], std::move(next[i])));
        args[i] = values[i];
      }
      for (std::size_t i = 0; i < steps.size(); ++i) args[values.size() + i].bytes += steps[i];
    }
    for (int i = 0; i < static_cast<int>(results.size()); ++i) {
      const auto n = static_cast<std::size_t>(i);
      status s;
      if (i >= states) {
        const i64 k = i - states;
        s = bodies::stack(c, stacks[static_cast<unsigned>(k)], entry(scan_output_axes, k), entry(scan_output_directions, k) != 0,
                          *body, i, results[n]);
      } else if (values[n]) {
        results[n] = std::move(values[n]);
      } else {
        s = keep(c, args[n], results[n]);
      }
      if (!s.has_value()) return s;
    }
    return {};
  }
  /// Every entry of the batch by itself; what is behind the end of a sequence is zero.
  status scan_batch(produce_context& c, std::span<const any_view> in, std::span<any_tensor> to) const {
    if (body->inputs() > static_cast<int>(in.size())) return c.invalid({"a body of ", body->inputs(), " inputs does not fit ", in.size()});
    in = in.first(static_cast<std::size_t>(body->inputs()));  // without what the body captures
    const any_view lengths = c.has(0) ? c.input(0) : any_view();
    const std::size_t states = in.size() - std::min(in.size(), static_cast<std::size_t>(std::max<i64>(num_scan_inputs, 0)));
    i64 batch = -1, longest = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const shape& dims = in[i].dims;
      if (!in[i] || dims.rank() < (i < states ? 1 : 2) || (batch >= 0 && dims[0] != batch))
        return c.invalid({"input ", i + 1, " of shape ", dims, " has no batch of ", batch});
      batch = dims[0];
      if (i >= states) longest = dims[1];
    }
    if (batch < 1 || (lengths && (lengths.type != dtype::i64 || lengths.size() != batch)))
      return c.invalid({"sequence_lens of shape ", lengths.dims, " do not fit a batch of ", batch});
    std::vector<std::vector<any_tensor>> parts(to.size());
    for (i64 b = 0; b < batch; ++b) {
      const i64 length = lengths ? lengths.as<i64>()[b] : longest;
      if (length < 0 || length > longest) return c.invalid({"sequence_lens has ", length, " for sequences of ", longest});
      std::vector<any_view> one(in.begin(), in.end());
      for (any_view& v : one) {
        v.bytes += b * v.strides[0] * size_of(v.type);
        v.dims.erase(0), v.strides.erase(0);
      }
      std::vector<any_tensor> out(to.size());
      if (status s = scan(c, one, length, out); !s.has_value()) return s;
      for (std::size_t i = 0; i < out.size(); ++i) {
        if (i >= states && length < longest) {
          shape dims = out[i].dims();
          dims[0] = longest;
          auto padded = c.make(out[i].type(), dims);
          if (!padded.has_value()) return std::unexpected(padded.error());
          mutable_any_view begin = (*padded).edit();
          if (begin.type != dtype::string) std::memset(begin.bytes, 0, static_cast<std::size_t>(begin.byte_size()));
          begin.dims[0] = length;
          copy_elements(out[i], begin);
          c.drop(std::exchange(out[i], std::move(*padded)));
        }
        parts[i].push_back(std::move(out[i]));
      }
    }
    for (std::size_t i = 0; i < to.size(); ++i)
      if (status s = bodies::stack(c, parts[i], 0, false, *body, static_cast<int>(i), to[i]); !s.has_value()) return s;
    return {};
  }
};

using control = list<If, Loop, Scan>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
