// What the tests of sequences, optionals and maps share: an operator applied, and what came out as text.
#pragma once

#include "tenon/core/print.hpp"
#include "tenon/ops/ml_map.hpp"
#include "tenon/ops/optional.hpp"
#include "tenon/ops/sequence.hpp"
#include "tenon/ops/shape.hpp"
#include "trial.hpp"

namespace tests::ops {

/// What the one output is when printed, or what is wrong.
template <described Op>
std::string made(std::string_view name, const Op& op, std::initializer_list<any_tensor> inputs) {
  std::string_view domain;
  if constexpr (requires { Op::domain; }) domain = Op::domain;
  const std::vector<any_view> in(inputs.begin(), inputs.end());
  const auto out = try_apply(*operators().find(domain, name), &op, in);
  return out.has_value() ? to_string((*out)[0]) : out.error().message;
}

}  // namespace tests::ops
