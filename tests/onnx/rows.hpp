// Operators made up for the importer's tests: rows without kernels, one with every kind of attribute.
#pragma once

#include "tenon/ops/contract.hpp"

namespace tests::onnx {

template <class Op>
struct inputs_of {
  static consteval std::string_view text() { return Op::inputs; }
};
template <class Op>
struct outputs_of {
  static consteval std::string_view text() { return Op::outputs; }
};

template <class Op>
inline constexpr tenon::op_info row = [] {
  tenon::op_info r{};
  r.name = tenon::type_name<Op>;
  if constexpr (requires { Op::domain; }) r.domain = Op::domain;
  r.since = Op::since;
  if constexpr (requires { Op::dtypes; }) r.dtypes = Op::dtypes;
  else r.dtypes = tenon::dtypes::all;
  r.inputs = tenon::signature_of<inputs_of<Op>>;
  r.outputs = tenon::signature_of<outputs_of<Op>>;
  r.attributes = tenon::attributes_of<Op>;
  r.make = []() -> void* { return new Op(); };
  r.destroy = [](void* op) { delete static_cast<Op*>(op); };
  r.walk = tenon::walk_attributes<Op>;
  if constexpr (requires { &Op::upgrade; })
    r.upgrade = [](void* op, tenon::old_node& n) { return static_cast<Op*>(op)->upgrade(n); };
  return r;
}();

namespace ops {

struct Relu {
  static constexpr int since = 14;
  static constexpr auto inputs = "X:T", outputs = "Y:T";
};
struct Add {
  static constexpr int since = 14;
  static constexpr auto inputs = "A:T B:T", outputs = "C:T";

  tenon::status upgrade(tenon::old_node& n) {
    if (n.opset() < 7 && n.take_int("axis")) n.set_input(1, tenon::any_op(row<Relu>));
    return {};
  }
};
struct Identity {
  static constexpr int since = 25;
  static constexpr auto inputs = "input:T", outputs = "output:T";
};
struct Concat {
  static constexpr int since = 13;
  static constexpr auto inputs = "inputs:T*", outputs = "concat_result:T";
  tenon::required<tenon::i64> axis{};
};
struct Clip {
  static constexpr int since = 13;
  static constexpr auto inputs = "input:T min?:T max?:T", outputs = "output:T";

  tenon::status upgrade(tenon::old_node& n) {
    const char* const names[] = {"min", "max"};
    for (int i = 0; i < 2; ++i)
      if (const auto v = n.take_float(names[i]); v && n.opset() < 11)
        n.set_input(i + 1, tenon::tensor<float>(tenon::shape{}, {*v}));
    return {};
  }
};
struct Cast {
  static constexpr int since = 28;
  static constexpr auto inputs = "input:T", outputs = "output:U";
  tenon::required<tenon::dtype> to{};
  bool saturate = true;

  tenon::status upgrade(tenon::old_node& n) {  // in opset 1 a name
    if (const auto name = n.take_text("to")) {
      if (*name != "DOUBLE") return tenon::fail(tenon::code::invalid, {"there is no type ", *name});
      to.value = tenon::dtype::f64;
    }
    return {};
  }
};
struct Half {
  static constexpr std::string_view domain = "tenon";
  static constexpr int since = 1;
  static constexpr tenon::dtype_set dtypes = {tenon::dtype::f16};
  static constexpr auto inputs = "X:T", outputs = "Y:T";
};
struct Everything {
  static constexpr std::string_view domain = "tenon";
  static constexpr int since = 1;
  static constexpr auto inputs = "X?:T", outputs = "Y:T Z?:T";
  struct hidden_state {
    int n = 7;
  };

  float real = 0.5f;
  tenon::i64 integer = 3;
  bool boolean = false;
  std::string text = "default";
  tenon::floats reals{};
  tenon::ints integers{};
  tenon::strings texts{};
  tenon::any_tensor tensor{};
  tenon::dtype type = tenon::dtype::none;
  std::optional<float> maybe{};
  std::optional<tenon::ints> maybe_list{};
  hidden_state hidden{};
};

}  // namespace ops

inline constexpr const tenon::op_info* rows[] = {&row<ops::Add>, &row<ops::Relu>, &row<ops::Identity>, &row<ops::Concat>,
                                                 &row<ops::Clip>, &row<ops::Cast>, &row<ops::Half>, &row<ops::Everything>};
inline constexpr tenon::op_list all{rows};

}  // namespace tests::onnx
