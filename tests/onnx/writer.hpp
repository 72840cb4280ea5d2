// Models made in memory: a protocol buffer writer, and the few messages of ONNX that tests need.
#pragma once

#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tenon/core/dtype.hpp"

namespace tests::onnx {

/// A message under construction; every call appends a field.
struct message {
  std::string bytes;

  static std::string varint(std::uint64_t v) {
    std::string s;
    for (; v >= 128; v >>= 7) s += static_cast<char>(v | 128);
    return s += static_cast<char>(v);
  }
  message& tag(std::uint32_t field, int type) {
    bytes += varint(std::uint64_t{field} << 3 | static_cast<std::uint64_t>(type));
    return *this;
  }
  message& number(std::uint32_t field, std::int64_t v) {
    tag(field, 0).bytes += varint(static_cast<std::uint64_t>(v));
    return *this;
  }
  message& text(std::uint32_t field, std::string_view s) {
    tag(field, 2).bytes += varint(s.size());
    bytes += s;
    return *this;
  }
  message& add(std::uint32_t field, const message& m) { return text(field, m.bytes); }
  template <class T>
  message& fixed(std::uint32_t field, T v) {
    tag(field, sizeof v == 8 ? 1 : 5).bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
    return *this;
  }
  message& packed(std::uint32_t field, std::initializer_list<std::int64_t> values) {
    std::string s;
    for (std::int64_t v : values) s += varint(static_cast<std::uint64_t>(v));
    return text(field, s);
  }
  template <class T>
  message& packed_fixed(std::uint32_t field, std::initializer_list<T> values) {
    return text(field, {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)});
  }
  std::span<const std::byte> span() const { return {reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()}; }
};

/// A TensorProto without elements.
inline message tensor(std::string_view name, tenon::dtype type, std::initializer_list<std::int64_t> dims) {
  message m;
  for (auto d : dims) m.number(1, d);
  return m.number(2, static_cast<int>(type)).text(8, name);
}
inline message floats(std::string_view name, std::initializer_list<std::int64_t> dims, std::initializer_list<float> values) {
  return tensor(name, tenon::dtype::f32, dims)
      .text(9, {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float)});
}

/// A ValueInfoProto of a tensor; a dimension of -1 is the name N.
inline message value(std::string_view name, tenon::dtype type, std::initializer_list<std::int64_t> dims) {
  message shape;
  for (auto d : dims) shape.add(1, d < 0 ? message().text(2, "N") : message().number(1, d));
  return message().text(1, name).add(2, message().add(1, message().number(1, static_cast<int>(type)).add(2, shape)));
}

/// AttributeProtos.
inline message attribute(std::string_view name, int type) { return message().text(1, name).number(20, type); }
inline message real(std::string_view name, float v) { return attribute(name, 1).fixed(2, v); }
inline message integer(std::string_view name, std::int64_t v) { return attribute(name, 2).number(3, v); }
inline message text(std::string_view name, std::string_view v) { return attribute(name, 3).text(4, v); }
inline message tensor(std::string_view name, const message& v) { return attribute(name, 4).add(5, v); }
inline message subgraph(std::string_view name, const message& v) { return attribute(name, 5).add(6, v); }
inline message reals(std::string_view name, std::initializer_list<float> v) {
  message m = attribute(name, 6);
  for (float x : v) m.fixed(7, x);
  return m;
}
inline message integers(std::string_view name, std::initializer_list<std::int64_t> v) {
  message m = attribute(name, 7);
  for (auto x : v) m.number(8, x);
  return m;
}
inline message texts(std::string_view name, std::initializer_list<std::string_view> v) {
  message m = attribute(name, 8);
  for (auto x : v) m.text(9, x);
  return m;
}

/// A NodeProto.
inline message node(std::string_view op, std::string_view name, std::initializer_list<std::string_view> inputs,
                    std::initializer_list<std::string_view> outputs, std::initializer_list<message> attributes = {},
                    std::string_view domain = "") {
  message m;
  for (auto s : inputs) m.text(1, s);
  for (auto s : outputs) m.text(2, s);
  m.text(3, name).text(4, op);
  for (const auto& a : attributes) m.add(5, a);
  if (!domain.empty()) m.text(7, domain);
  return m;
}

/// The parts of a model.
struct parts {
  std::vector<message> nodes{}, initializers{}, inputs{}, outputs{};
  int opset = 28, ir = 14;
  std::vector<std::pair<std::string, int>> domains{};

  message graph() const {
    message g;
    for (const auto& m : nodes) g.add(1, m);
    g.text(2, "small");
    for (const auto& m : initializers) g.add(5, m);
    for (const auto& m : inputs) g.add(11, m);
    for (const auto& m : outputs) g.add(12, m);
    return g;
  }
  message model() const {
    message m;
    m.number(1, ir).text(2, "tests").add(7, graph());
    if (opset != 0) m.add(8, message().number(2, opset));
    for (const auto& [domain, version] : domains) m.add(8, message().text(1, domain).number(2, version));
    return m;
  }
};

}  // namespace tests::onnx
