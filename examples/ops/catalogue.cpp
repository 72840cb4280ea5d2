#include "catalogue.hpp"

#include <tenon/core/json_value.hpp>

#include "attributes.hpp"
#include "operators.hpp"
#include "types.hpp"

namespace {

using tenon::attribute, tenon::attribute_type, tenon::formal, tenon::json, tenon::op_info;

/// Not those whose attributes are graphs, nor what only stands for a part of an old node.
bool runs(const op_info& o) {
  return o.name != "LegacyBroadcast" &&
         std::ranges::none_of(o.attributes, [](const attribute& a) { return a.type == attribute_type::body; });
}

std::vector<const op_info*> all() {
  std::vector<const op_info*> some;
  std::ranges::copy_if(all_operators().rows, std::back_inserter(some), [](const op_info* o) { return runs(*o); });
  std::ranges::sort(some, {}, &op_info::name);
  return some;
}

/// "input B?": what may be left out, "inputs...": what may come more than once.
std::string names_of(const tenon::signature& s) {
  std::string text;
  for (int i = 0; i < s.size; ++i) {
    const formal& f = s.at(i);
    text += tenon::join({i == 0 ? "" : " ", f.name, f.variadic ? "..." : f.optional ? "?" : ""});
  }
  return text;
}

std::string types_of(tenon::dtype_set set) {
  if (set == tenon::dtypes::all) return "any type";
  std::string text;
  for (int i = 1; i < tenon::dtype_count; ++i)
    if (set.has(static_cast<tenon::dtype>(i))) text += (text.empty() ? "" : " ") + std::string(type_names[static_cast<unsigned>(i)]);
  return text;
}

/// Attributes with their defaults, as JSON has them.
struct defaults final : tenon::attribute_sink {
  std::string text;

  void member(const attribute& a, void* at) override {
    if (a.hidden) return;
    text += tenon::join({"  ", a.name, std::string(a.name.size() < 22 ? 22 - a.name.size() : 1, ' '), kind_of(a.type)});
    if (a.needed) text += ", required";
    else if (const json v = value(a, at); !v.is_null()) text += ", " + tenon::write_json(v) + " by default";
    text += '\n';
  }

  static json value(const attribute& a, void* at) {
    if (a.optional) return nullptr;
    const auto list = [](const auto& v) {
      json::list all;
      for (const auto& x : v) all.push_back(json(x));
      return all.empty() ? json() : json(std::move(all));
    };
    switch (a.type) {
      case attribute_type::real: return *static_cast<float*>(at);
      case attribute_type::integer: return *static_cast<tenon::i64*>(at);
      case attribute_type::boolean: return *static_cast<bool*>(at);
      case attribute_type::text: return *static_cast<std::string*>(at);
      case attribute_type::reals: return list(*static_cast<tenon::floats*>(at));
      case attribute_type::integers: return list(*static_cast<tenon::ints*>(at));
      case attribute_type::texts: return list(*static_cast<tenon::strings*>(at));
      case attribute_type::element_type: {
        const auto d = *static_cast<tenon::dtype*>(at);
        return d == tenon::dtype::none ? json() : json(type_name(d));
      }
      default: return nullptr;
    }
  }
};

}  // namespace

tenon::result<const op_info*> find_operator(std::string_view name) {
  const auto known = all();
  for (const op_info* o : known)
    if (same_but_case(o->name, name)) return o;
  std::vector<std::string_view> names;
  for (const op_info* o : known) names.push_back(o->name);
  return tenon::fail(tenon::code::invalid, {"there is no operator ", tenon::in_quotes(name), nearest(name, names, "--list prints those that there are")});
}

std::string list_operators() {
  std::string text;
  for (const op_info* o : all()) {
    std::string line(o->name);
    line.resize(std::max<std::size_t>(line.size() + 1, 26), ' ');
    text += line + names_of(o->inputs) + " -> " + names_of(o->outputs) + "\n";
  }
  return text;
}

std::string describe(const op_info& o) {
  std::string text = tenon::join({o.name, ": ", names_of(o.inputs), " -> ", names_of(o.outputs), "\n"});
  for (const auto* s : {&o.inputs, &o.outputs})
    for (int i = 0; i < s->size; ++i) {
      const formal& f = s->at(i);
      text += tenon::join({"  ", f.name, std::string(f.name.size() < 22 ? 22 - f.name.size() : 1, ' ')});
      const auto first = [&](const tenon::signature& in, int most) {
        for (int j = 0; j < most; ++j)
          if (in.at(j).type == f.type && f.type != '*') return &in.at(j);
        return static_cast<const formal*>(nullptr);
      };
      const formal* same = s == &o.inputs ? first(o.inputs, i) : first(o.inputs, o.inputs.size);
      text += same != nullptr ? tenon::join({"as ", same->name, "\n"}) : types_of(o.set_of(f.type)) + "\n";
    }
  tenon::any_op op(o);
  defaults d;
  o.walk(op.get(), d);
  if (!d.text.empty()) text += "attributes\n" + d.text;
  return text;
}
