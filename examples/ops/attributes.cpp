#include "attributes.hpp"

#include "tensors.hpp"
#include "types.hpp"

namespace {

using tenon::attribute, tenon::attribute_type, tenon::code, tenon::i64, tenon::json;

class setter final : public tenon::attribute_sink {
 public:
  setter(const json::object& from, tenon::memory* memory) : from_(from), memory_(memory) {}
  tenon::status done;

  void member(const attribute& a, void* at) override {
    if (a.hidden || !done.has_value()) return;
    const json* v = nullptr;
    for (const json::member& m : from_)
      if (m.key == a.name) v = &m.value;  // the last one: the command line's
    if (v == nullptr) {
      if (a.needed) done = tenon::fail(code::invalid, {"attribute ", a.name, " is missing"});
      return;
    }
    switch (a.type) {
      case attribute_type::real: return one(a, at, *v, real);
      case attribute_type::integer: return one(a, at, *v, integer);
      case attribute_type::boolean: return one(a, at, *v, boolean);
      case attribute_type::text: return one(a, at, *v, text);
      case attribute_type::reals: return list(a, at, *v, real);
      case attribute_type::integers: return list(a, at, *v, integer);
      case attribute_type::texts: return list(a, at, *v, text);
      case attribute_type::element_type: return one(a, at, *v, element_type);
      case attribute_type::tensor: {
        auto t = read_tensor(*v, tenon::dtype::f32, memory_);
        if (t.has_value()) put(a, at, std::move(*t));
        else done = tenon::wrap(t.error(), {"attribute ", a.name, ": "});
        return;
      }
      case attribute_type::type: case attribute_type::body: case attribute_type::internal: return;
    }
  }

 private:
  template <class T>
  static void put(const attribute& a, void* at, T v) {
    if (a.optional) *static_cast<std::optional<T>*>(at) = std::move(v);
    else *static_cast<T*>(at) = std::move(v);
  }
  static std::optional<float> real(const json& v) {
    const auto x = v.number();
    return x ? std::optional(static_cast<float>(*x)) : std::nullopt;
  }
  static std::optional<i64> integer(const json& v) { return v.integer(); }
  static std::optional<bool> boolean(const json& v) {
    if (v.boolean() != nullptr) return *v.boolean();
    const auto n = v.integer();
    return n == 0 || n == 1 ? std::optional(n == 1) : std::nullopt;
  }
  static std::optional<std::string> text(const json& v) { return v.text() != nullptr ? std::optional(*v.text()) : std::nullopt; }
  /// By its name, or by ONNX's number.
  static std::optional<tenon::dtype> element_type(const json& v) {
    if (v.text() != nullptr) return find_type(*v.text());
    const auto n = v.integer();
    return n && *n > 0 && *n < tenon::dtype_count ? std::optional(static_cast<tenon::dtype>(*n)) : std::nullopt;
  }
  void wrong(const attribute& a, const json& v) {
    const bool simple = v.items() == nullptr && v.members() == nullptr;
    done = v.wrong({"attribute ", a.name, " takes ", kind_of(a.type), ", not ", simple ? tenon::write_json(v) : std::string(v.kind())});
  }
  template <class T>
  void one(const attribute& a, void* at, const json& v, std::optional<T> (*read)(const json&)) {
    if (auto x = read(v)) put(a, at, std::move(*x));
    else wrong(a, v);
  }
  template <class T>
  void list(const attribute& a, void* at, const json& v, std::optional<T> (*read)(const json&)) {
    if (v.items() == nullptr) return wrong(a, v);
    std::vector<T> all;
    for (const json& i : *v.items()) {
      auto x = read(i);
      if (!x) return wrong(a, i);
      all.push_back(std::move(*x));
    }
    put(a, at, std::move(all));
  }

  const json::object& from_;
  tenon::memory* memory_;
};

}  // namespace

std::string_view kind_of(attribute_type t) {
  switch (t) {
    case attribute_type::real: return "a number";
    case attribute_type::integer: return "a whole number";
    case attribute_type::boolean: return "true or false";
    case attribute_type::text: return "a text";
    case attribute_type::reals: return "a list of numbers";
    case attribute_type::integers: return "a list of whole numbers";
    case attribute_type::texts: return "a list of texts";
    case attribute_type::tensor: return "a tensor";
    case attribute_type::element_type: return "a data type";
    default: return "nothing";
  }
}

tenon::status set_attributes(tenon::any_op& op, const json::object& from, tenon::memory* memory) {
  const tenon::op_info& info = op.info();
  std::vector<std::string_view> names;
  std::string all;
  for (const attribute& a : info.attributes)
    if (!a.hidden) names.push_back(a.name), all += (all.empty() ? "" : ", ") + std::string(a.name);
  for (const json::member& m : from)
    if (std::ranges::find(names, m.key) == names.end())
      return tenon::fail(code::invalid, {m.at.line == 0 ? "" : m.at.text() + ": ", "there is no attribute ", tenon::in_quotes(m.key),
                                         nearest(m.key, names, all.empty() ? "there are none" : "there are " + all)});
  setter s(from, memory);
  info.walk(op.get(), s);
  return s.done;
}
