// Attributes are the plain members of an operator's struct. They are reflected once (names and types
// from the members themselves) and handed to one erased sink, so that import, printing and hashing
// are ordinary functions instead of one instantiation per operator.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "subgraph.hpp"

namespace tenon::inline TENON_BUILD {

class image_reader;  // of ImageDecoder

using ints = std::vector<i64>;
using floats = std::vector<float>;
using strings = std::vector<std::string>;

/// An attribute without default: the importer rejects a node that lacks it.
template <class T>
struct required {
  T value{};
  constexpr required() = default;
  constexpr required(T v) : value(std::move(v)) {}
  constexpr operator const T&() const { return value; }
};

/// A type of values, tensors or not: what a TypeProto says.
struct value_type {
  dtype of = dtype::none;
};

/// Not an attribute of ONNX: what `upgrade` leaves in the operator to say which older meaning it has.
template <class T>
struct upgraded {
  T value{};
};

/// Not an attribute of ONNX either: a number of the node's own, which the importer makes of its output's name.
struct node_number {
  i64 value{};
};

/// Names of values of the graph that the node is in. These become its inputs, behind its formal ones, in the order of the members.
struct value_name {
  std::string value{};
};
struct value_names {
  strings value{};
};

/// A graph that may be left out.
struct optional_body {
  std::unique_ptr<subgraph> value{};
};

enum class attribute_type : u8 {
  real, integer, boolean, text, reals, integers, texts, tensor, element_type, type, body,
  internal,  ///< none of these types: nothing can be done with it but leave it alone
};

/// A member seen through the erased walk; `at` points to the T of attribute_type (or to an
/// std::optional<T> when `optional`).
struct attribute {
  std::string_view name;
  attribute_type type;
  bool needed = false;    ///< has no default
  bool optional = false;  ///< std::optional: absence means something
  bool hidden = false;    ///< `upgraded`: files cannot say it, but it belongs to the operator
  bool numbers = false;   ///< node_number
  bool images = false;    ///< image_reader*: files cannot say it either, who loads them does
  bool names = false;     ///< value_name or value_names
};

/// Receives the members one after the other.
class attribute_sink {
 public:
  virtual void member(const attribute& a, void* at) = 0;

 protected:
  ~attribute_sink() = default;
};

namespace detail {

template <class T>
struct attribute_of {
  static constexpr attribute_type type = attribute_type::internal;
  static constexpr bool needed = false, optional = false, hidden = true;
};
template <attribute_type A>
struct plain {
  static constexpr attribute_type type = A;
  static constexpr bool needed = false, optional = false, hidden = false;
};
template <> struct attribute_of<float> : plain<attribute_type::real> {};
template <> struct attribute_of<i64> : plain<attribute_type::integer> {};
template <> struct attribute_of<bool> : plain<attribute_type::boolean> {};
template <> struct attribute_of<std::string> : plain<attribute_type::text> {};
template <> struct attribute_of<floats> : plain<attribute_type::reals> {};
template <> struct attribute_of<ints> : plain<attribute_type::integers> {};
template <> struct attribute_of<strings> : plain<attribute_type::texts> {};
template <> struct attribute_of<any_tensor> : plain<attribute_type::tensor> {};
template <> struct attribute_of<dtype> : plain<attribute_type::element_type> {};
template <> struct attribute_of<value_type> : plain<attribute_type::type> {};
template <> struct attribute_of<std::unique_ptr<subgraph>> : plain<attribute_type::body> {
  static constexpr bool needed = true;
};
template <> struct attribute_of<optional_body> : plain<attribute_type::body> {};
template <> struct attribute_of<value_name> : plain<attribute_type::text> {
  static constexpr bool names = true;
};
template <> struct attribute_of<value_names> : plain<attribute_type::texts> {
  static constexpr bool names = true;
};
template <> struct attribute_of<node_number> : plain<attribute_type::integer> {
  static constexpr bool hidden = true;
};
template <class T>
struct attribute_of<required<T>> : attribute_of<T> {
  static constexpr bool needed = true;
};
template <class T>
struct attribute_of<std::optional<T>> : attribute_of<T> {
  static constexpr bool optional = true;
};
template <class T>
struct attribute_of<upgraded<T>> : attribute_of<T> {
  static constexpr bool hidden = true;
};

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc++26-extensions"
/// Calls f with references to all members, in order.
template <class T, class F>
constexpr auto with_members(T& o, F&& f) {
  if constexpr (std::is_empty_v<T>) {
    return f();
  } else {
    auto& [...members] = o;
    return f(members...);
  }
}
#pragma clang diagnostic pop

// Never defined: only the addresses of its members are spelled, at compile time.
template <class T>
struct holder {
  T value;
};
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
template <class T>
extern const holder<T> model;

template <class T>
struct pointer_to {
  const T* at;
};
/// Keeps the few characters of a name instead of the whole signature that they were found in.
template <class Find>
inline constexpr auto kept = [] {
  constexpr std::string_view found = Find::get();
  std::array<char, found.size()> name{};
  std::copy(found.begin(), found.end(), name.begin());
  return name;
}();
template <class Find>
inline constexpr std::string_view kept_name{kept<Find>.data(), kept<Find>.size()};

/// "…&model<Op>.value.alpha}]" -> "alpha".
consteval std::string_view last_name(std::string_view s) {
  auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  std::size_t end = s.size();
  while (end > 0 && !word(s[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && word(s[begin - 1])) --begin;
  return s.substr(begin, end - begin);
}

template <auto P>
struct member_name_of {
  static consteval std::string_view get() { return last_name(__PRETTY_FUNCTION__); }
};

template <class T>
consteval auto member_pointers() {
  return with_members(model<T>.value, [](auto&... m) consteval {
    return std::tuple<pointer_to<std::remove_reference_t<decltype(m)>>...>{{&m}...};
  });
}
#pragma clang diagnostic pop

template <class T>
struct type_name_of {
  static consteval std::string_view get() {
    std::string_view s = __PRETTY_FUNCTION__;  // "... [T = tenon::ops::Relu]" or a lone identifier
    s = s.substr(s.find("T = ") + 4);
    s = s.substr(0, s.rfind(']'));
    if (const auto colon = s.rfind(':'); colon != s.npos) s = s.substr(colon + 1);
    return s;
  }
};

}  // namespace detail

/// The members of T by name and type.
template <class T>
inline constexpr auto attributes_of = []<std::size_t... I>(std::index_sequence<I...>) consteval {
  constexpr auto pointers = detail::member_pointers<T>();
  return std::array<attribute, sizeof...(I)>{[&] {
    constexpr auto p = std::get<I>(pointers);
    using M = std::remove_const_t<std::remove_pointer_t<decltype(p.at)>>;
    using kind = detail::attribute_of<M>;
    return attribute{detail::kept_name<detail::member_name_of<p>>, kind::type, kind::needed, kind::optional, kind::hidden,
                     std::is_same_v<M, node_number>, std::is_same_v<M, image_reader*>, requires { kind::names; }};
  }()...};
}(std::make_index_sequence<std::tuple_size_v<decltype(detail::member_pointers<T>())>>());

/// Hands every member of *op to the sink. One instantiation per operator, and it is all it costs.
template <class T>
void walk_attributes(void* op, attribute_sink& sink) {
  if constexpr (!std::is_empty_v<T>)
    detail::with_members(*static_cast<T*>(op), [&](auto&... m) {
      const attribute* a = attributes_of<T>.data();
      (sink.member(*a++, &m), ...);
    });
}

/// The operator's name is its struct's.
template <class T>
inline constexpr std::string_view type_name = detail::kept_name<detail::type_name_of<T>>;

namespace detail {
// Compilers differ in how they print a member's address: this says so here instead of in a model.
struct spelling_check {
  float alpha = 0;
  required<i64> axis{};
};
template <>
inline constexpr holder<spelling_check> model<spelling_check>{};  // is emitted with precompiled headers, others are not
static_assert(attributes_of<spelling_check>[0].name == "alpha" && attributes_of<spelling_check>[1].name == "axis" &&
                  attributes_of<spelling_check>[1].needed,
              "this compiler prints member addresses in another way: teach detail::last_name");
static_assert(type_name<spelling_check> == "spelling_check");
}  // namespace detail

}  // namespace tenon
