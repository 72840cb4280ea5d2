// An operator's struct as C++ spells it: ops::Conv{.pads = {1, 1, 1, 1}}, with the members that differ
// from their defaults.
#pragma once

#include "../ops/contract.hpp"
#include "spelling.hpp"
#include "weights.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

/// What was spelled, and whether making it takes memory.
struct spelled_operator {
  std::string text;
  bool allocates = false;
  std::string unknown;  ///< a member that has no spelling, or nothing
};

namespace detail {

class member_pointers final : public attribute_sink {
 public:
  void member(const attribute&, void* at) override { all.push_back(at); }
  std::vector<void*> all;
};

class member_speller final : public attribute_sink {
 public:
  member_speller(spelled_operator& out, weights& w, std::span<void* const> defaults) : out_(out), weights_(w), defaults_(defaults) {}

  void member(const attribute& a, void* at) override {
    void* const usual = defaults_[next_++];
    if (a.type == attribute_type::internal || a.type == attribute_type::body) {
      out_.unknown = a.name;
      return;
    }
    std::string value;
    if (a.type == attribute_type::tensor) {
      value = tensor(a, at);
      if (value.empty()) return;
    } else {
      value = text(a, at);
      if (!a.needed && value == text(a, usual)) return;
    }
    if (out_.text.back() != '{') out_.text += ", ";
    out_.text += join({".", a.name, " = ", a.hidden ? "{" : "", value, a.hidden ? "}" : ""});
    using enum attribute_type;
    if (a.type != real && a.type != integer && a.type != boolean && a.type != element_type) out_.allocates = true;
  }

 private:
  template <class T>
  static const T* get(const attribute& a, const void* at) {
    if (!a.optional) return static_cast<const T*>(at);
    const auto& o = *static_cast<const std::optional<T>*>(at);
    return o ? &*o : nullptr;
  }
  template <class T>
  static std::string text(const attribute& a, const void* at, auto&& spell) {
    const T* value = get<T>(a, at);
    return value == nullptr ? "std::nullopt" : spell(*value);
  }
  /// Braces alone would be read as the arguments of std::optional or required.
  static std::string list(const attribute& a, std::string_view type, const std::string& items) {
    return join({a.optional || a.needed ? type : "", "{", items, "}"});
  }
  static std::string text(const attribute& a, const void* at) {
    const auto joined = [](const auto& all, auto&& spell) {
      std::string out;
      for (const auto& x : all) (out += out.empty() ? "" : ", ") += spell(x);
      return out;
    };
    const auto number = [](float x) { return spelled(static_cast<double>(x), true); };
    switch (a.type) {
      case attribute_type::real: return text<float>(a, at, number);
      case attribute_type::integer: return text<i64>(a, at, [](i64 x) { return spelled(x); });
      case attribute_type::boolean: return text<bool>(a, at, [](bool x) { return std::string(x ? "true" : "false"); });
      case attribute_type::text: return text<std::string>(a, at, [](const std::string& s) { return literal(s); });
      case attribute_type::element_type:
        return text<dtype>(a, at, [](dtype d) { return join({"tenon::dtype::", enumerator_of(d)}); });
      case attribute_type::reals:
        return text<floats>(a, at, [&](const floats& v) { return list(a, "tenon::floats", joined(v, number)); });
      case attribute_type::integers:
        return text<ints>(a, at, [&](const ints& v) { return list(a, "tenon::ints", listed(v)); });
      case attribute_type::texts:
        return text<strings>(a, at, [&](const strings& v) { return list(a, "tenon::strings", joined(v, literal)); });
      case attribute_type::tensor: case attribute_type::type: case attribute_type::body: case attribute_type::internal: break;
    }
    return {};
  }
  std::string tensor(const attribute& a, const void* at) {
    const any_tensor* t = get<any_tensor>(a, at);
    if (t == nullptr || !*t) return {};
    if (t->type() == dtype::string) {
      out_.unknown = a.name;
      return {};
    }
    const i64 offset = weights_.add({t->data(), static_cast<std::size_t>(t->look().byte_size())});
    return join({"owned(constant<", type_of(t->type()), ">(", offset, ", {", listed(t->dims().span()), "}), bytes)"});
  }

  spelled_operator& out_;
  weights& weights_;
  std::span<void* const> defaults_;
  std::size_t next_ = 0;
};

}  // namespace detail

/// Spells an operator; the elements of tensors among its attributes go to the weights.
inline spelled_operator spell_operator(const op_info& info, const void* op, weights& w) {
  spelled_operator out{join({"ops::", info.type, "{"}), false, {}};
  void* usual = info.make();
  detail::member_pointers defaults;
  info.walk(usual, defaults);
  detail::member_speller speller(out, w, defaults.all);
  info.walk(const_cast<void*>(op), speller);  // which only reads
  info.destroy(usual);
  out.text += '}';
  return out;
}

}  // namespace tenon
TENON_COLD_END
