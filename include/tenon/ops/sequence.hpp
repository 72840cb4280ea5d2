// Sequences of tensors. A sequence made from another one shares its elements, so that collecting n of them in a loop
// copies handles.
#pragma once

#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

namespace sequences_of {

/// The number in input i as a position among n, counted from the end when negative; `usual` where it is left out.
[[gnu::noinline]] inline result<i64> position(const produce_context& c, int i, i64 n, i64 usual) {
  i64 at = usual;
  if (c.has(i)) {
    if (c.input(i).size() != 1) return c.invalid({"position has shape ", c.input(i).dims, " where one number is expected"});
    at = entry(c.input(i), 0);
  }
  const i64 length = c.input(0).size();
  if (at < -length || at >= n) return c.invalid({"position ", at, " is out of range for a sequence of ", length});
  return at < 0 ? at + length : at;
}

/// Copies handles.
inline void share_elements(const any_view& from, i64 first, i64 n, any_tensor& to, i64 at) {
  std::copy_n(from.as<shared_value>() + first, n, to.as<shared_value>() + at);
}

}  // namespace sequences_of

/// The inputs as a sequence.
struct SequenceConstruct {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "inputs:T*", outputs = "output_sequence:seq(T)";

  status produce(produce_context& c) const {
    if (status s = make(c, in_form(form::sequence, c.input(0).type), {c.inputs()}, c.output(0)); !s.has_value()) return s;
    for (int i = 0; i < c.inputs(); ++i)
      if (status s = put(c, c.input(i), c.output(0).as<shared_value>()[i]); !s.has_value()) return s;
    return {};
  }
};

/// A sequence of no tensors.
struct SequenceEmpty {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "", outputs = "output:seq(T)";

  tenon::dtype dtype = tenon::dtype::f32;

  status produce(produce_context& c) const { return make(c, in_form(form::sequence, dtype), {0}, c.output(0)); }
};

/// A copy of one tensor of a sequence.
struct SequenceAt {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T) position:P", outputs = "tensor:T";
  static constexpr type_variable types[] = {{'P', dtypes::index}};

  status produce(produce_context& c) const {
    const auto at = sequences_of::position(c, 1, c.input(0).size(), 0);
    return at.has_value() ? keep(c, item(c.input(0), *at), c.output(0)) : std::unexpected(at.error());
  }
};

/// The sequence without one tensor, the last one by default.
struct SequenceErase {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T) position?:P", outputs = "output_sequence:seq(T)";
  static constexpr type_variable types[] = {{'P', dtypes::index}};

  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    const auto at = sequences_of::position(c, 1, x.size(), -1);
    if (!at.has_value()) return std::unexpected(at.error());
    if (status s = make(c, x.type, {x.size() - 1}, c.output(0)); !s.has_value()) return s;
    sequences_of::share_elements(x, 0, *at, c.output(0), 0);
    sequences_of::share_elements(x, *at + 1, x.size() - 1 - *at, c.output(0), *at);
    return {};
  }
};

/// The sequence with one more tensor in front of a position, by default at the end.
struct SequenceInsert {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T) tensor:T position?:P", outputs = "output_sequence:seq(T)";
  static constexpr type_variable types[] = {{'P', dtypes::index}};

  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    const auto at = sequences_of::position(c, 2, x.size() + 1, x.size());
    if (!at.has_value()) return std::unexpected(at.error());
    if (status s = make(c, x.type, {x.size() + 1}, c.output(0)); !s.has_value()) return s;
    sequences_of::share_elements(x, 0, *at, c.output(0), 0);
    sequences_of::share_elements(x, *at, x.size() - *at, c.output(0), *at + 1);
    return put(c, c.input(1), c.output(0).as<shared_value>()[*at]);
  }
};

/// How many tensors a sequence has.
struct SequenceLength {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T)", outputs = "length:I";

  status produce(produce_context& c) const {
    if (status s = make(c, dtype::i64, {}, c.output(0)); !s.has_value()) return s;
    *c.output(0).as<i64>() = c.input(0).size();
    return {};
  }
};

/// Pieces of a tensor along an axis: of one length (1 by default), the last one of what is left, or of those listed.
struct SplitToSequence {
  using kind = kinds::general;
  static constexpr int since = 24;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input:T split?:P", outputs = "output_sequence:seq(T)";
  static constexpr type_variable types[] = {{'P', dtypes::index}};

  i64 axis = 0;
  bool keepdims = true;

  status produce(produce_context& c) const {
    const any_view& x = c.input(0);
    const auto at = axis_of(axis, x.dims);
    if (!at.has_value()) return std::unexpected(at.error());
    const i64 whole = x.dims[*at];
    const any_view split = c.has(1) ? c.input(1) : any_view();
    const bool listed = split && split.rank() != 0;
    if (listed && split.rank() != 1) return c.invalid({"split has shape ", split.dims, " where a number or a list is expected"});
    const i64 each = split && !listed ? entry(split, 0) : 1;
    if (each < 1) return c.invalid({"split is ", each, ", and pieces have 1 element at least"});
    const i64 n = listed ? split.size() : whole / each + (whole % each != 0);
    if (status s = make(c, in_form(form::sequence, x.type), {n}, c.output(0)); !s.has_value()) return s;
    i64 start = 0;
    for (i64 i = 0; i < n; ++i) {
      const i64 length = listed ? entry(split, i) : std::min(each, whole - start);
      if (length < 0 || length > whole - start) return c.invalid({"entry ", i, " of split is ", length, ", of ", whole, " along axis ", axis});
      any_view piece = shifted(x, start * x.strides[*at]);
      piece.dims[*at] = length;
      if (!split && !keepdims) piece.dims.erase(*at), piece.strides.erase(*at);
      if (status s = put(c, piece, c.output(0).as<shared_value>()[i]); !s.has_value()) return s;
      start += length;
    }
    if (start != whole) return c.invalid({"split adds up to ", start, ", not ", whole});
    return {};
  }
};

/// The tensors of a sequence behind each other along an axis of theirs, or along a new one.
struct ConcatFromSequence {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T)", outputs = "concat_result:T";

  required<i64> axis{};
  bool new_axis = false;

  status produce(produce_context& c) const {
    std::vector<any_view> parts;
    for (i64 i = 0; i < c.input(0).size(); ++i) parts.push_back(item(c.input(0), i));
    if (parts.empty()) return c.invalid({"the sequence is empty"});
    return concatenate(c, parts, axis, new_axis, c.output(0));
  }
};

/// Runs its body for every tensor of a sequence, beside them those of other sequences or tensors that stay the same,
/// and collects what comes out in sequences.
struct SequenceMap {
  using kind = kinds::general;
  static constexpr int since = 17;
  static constexpr dtype_set dtypes = dtypes::all;
  static constexpr auto inputs = "input_sequence:seq(T) additional_inputs?:**", outputs = "out_sequence:seq(*)*";
  static constexpr type_variable types[] = {{'*', dtypes::any}};

  std::unique_ptr<subgraph> body{};

  status produce(produce_context& c) const {
    const i64 n = c.input(0).size();
    if (body->inputs() < 1 || body->inputs() > c.inputs() || c.outputs() > body->outputs())
      return c.invalid({"a body of ", body->inputs(), " inputs and ", body->outputs(), " outputs does not fit ", c.inputs(),
                        " inputs and ", c.outputs(), " outputs"});
    std::vector<any_view> args(static_cast<std::size_t>(body->inputs()));
    for (int i = 0; i < body->inputs(); ++i) {
      if (!c.has(i)) return c.invalid({"input ", i, " is missing"});
      args[static_cast<unsigned>(i)] = c.input(i);
      if (form_of(c.input(i).type) == form::sequence && c.input(i).size() != n)
        return c.invalid({"input ", i, " has ", c.input(i).size(), " elements, and input 0 has ", n});
    }
    for (int i = 0; i < c.outputs() && n == 0; ++i) {
      const dtype type = body->output_type(i);
      if (type == dtype::none || is_container(type)) return c.invalid({"output ", i, " of a body that did not run has no dtype"});
      if (status s = make(c, in_form(form::sequence, type), {0}, c.output(i)); !s.has_value()) return s;
    }
    for (i64 k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < args.size(); ++i)
        if (const any_view& x = c.input(static_cast<int>(i)); form_of(x.type) == form::sequence) args[i] = item(x, k);
      auto out = c.run(*body, args);
      if (!out.has_value()) return std::unexpected(out.error());
      for (int i = 0; i < c.outputs(); ++i) {
        const any_view& v = (*out)[static_cast<unsigned>(i)];
        const dtype type = in_form(form::sequence, v.type);
        if (is_container(v.type) || (k != 0 && c.output(i).type() != type))
          return c.invalid({"output ", i, " of the body is ", full_name(v.type), k == 0 ? "" : " and no longer what it was",
                            ", and elements of a sequence are tensors of one dtype"});
        if (k == 0)
          if (status s = make(c, type, {n}, c.output(i)); !s.has_value()) return s;
        if (status s = put(c, v, c.output(i).as<shared_value>()[k]); !s.has_value()) return s;
      }
    }
    return {};
  }
};

using sequences = list<SequenceConstruct, SequenceEmpty, SequenceAt, SequenceErase, SequenceInsert, SequenceLength, SplitToSequence, ConcatFromSequence, SequenceMap>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
