// A node of an older opset as `upgrade` sees it, made by hand.
#pragma once

#include <map>
#include <variant>

#include "trial.hpp"

namespace tests::ops {

struct fake_node final : old_node {
  int version;
  int given = 1, made = 1;
  std::map<std::string, std::variant<i64, float, ints, floats, std::string>, std::less<>> attributes{};
  std::map<int, any_tensor> set{};
  std::map<int, any_op> inserted{};

  explicit fake_node(int opset_, int inputs_ = 1, int outputs_ = 1) : version(opset_), given(inputs_), made(outputs_) {}
  int opset() const override { return version; }
  int inputs() const override { return given; }
  int outputs() const override { return made; }
  bool has_input(int i) const override { return i < given; }
  bool has_attribute(std::string_view name) const override { return attributes.contains(name); }
  std::optional<i64> take_int(std::string_view name) override { return take<i64>(name); }
  std::optional<float> take_float(std::string_view name) override { return take<float>(name); }
  std::optional<ints> take_ints(std::string_view name) override { return take<ints>(name); }
  std::optional<floats> take_floats(std::string_view name) override { return take<floats>(name); }
  std::optional<std::string> take_text(std::string_view name) override { return take<std::string>(name); }
  void set_input(int i, any_tensor constant) override { set[i] = std::move(constant); }
  void set_input(int i, any_op&& op) override { inserted[i] = std::move(op); }

 private:
  template <class T>
  std::optional<T> take(std::string_view name) {
    const auto at = attributes.find(name);
    if (at == attributes.end()) return std::nullopt;
    T value = std::get<T>(at->second);
    attributes.erase(at);
    return value;
  }
};

/// The elements of an input that `upgrade` set, "absent" when it did not.
inline std::string set_input(const fake_node& n, int i) {
  const auto at = n.set.find(i);
  if (at == n.set.end()) return "absent";
  const any_tensor& t = at->second;
  std::string s(name(t.type()));
  for (i64 k = 0; k < t.size(); ++k)
    s += t.type() == dtype::i64 ? join({" ", t.as<i64>()[k]}) : join({" ", static_cast<double>(t.as<float>()[k])});
  return s + join({" ", t.dims()});
}

}  // namespace tests::ops
