#include "catalogue.hpp"

#include <tenon/core/json_value.hpp>

#include "attributes.hpp"
#include "operators.hpp"
#include "types.hpp"

namespace {

using tenon::attribute, tenon::attribute_type, tenon::formal, tenon::json, tenon::op_info, tenon::signature;

/// Not those that run graphs or are about sequences, optionals and maps, nor what only stands for a part of an old node.
bool runs(const op_info& o) { return o.name != "LegacyBroadcast" && o.produce == nullptr; }

std::vector<const op_info*> all() {
  std::vector<const op_info*> some;
  std::ranges::copy_if(all_operators().rows, std::back_inserter(some), [](const op_info* o) { return runs(*o); });
  std::ranges::sort(some, {}, &op_info::name);
  return some;
}

/// The text and spaces behind it, one at least.
std::string column(std::string_view text, std::size_t width) {
  return std::string(text) + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

/// "input B? -> output": what may be left out has a '?', what may come more than once "...".
std::string shown(const op_info& o) {
  std::string text;
  for (const signature* s : {&o.inputs, &o.outputs})
    for (int i = 0; i < s->size; ++i) {
      const formal& f = s->at(i);
      text += tenon::join({text.empty() ? "" : s == &o.outputs && i == 0 ? " -> " : " ", f.name,
                           f.variadic ? "..." : f.optional ? "?" : ""});
    }
  return text;
}

/// The types that a formal may have: its own, or those of an input with the same variable.
std::string types_of(const op_info& o, const formal& f) {
  for (int i = 0; i < o.inputs.size && f.type != '*'; ++i) {
    if (&o.inputs.at(i) == &f) break;
    if (o.inputs.at(i).type == f.type) return "as " + std::string(o.inputs.at(i).name);
  }
  const tenon::dtype_set set = o.set_of(f.type);
  return set == tenon::dtypes::all ? "any type" : names_of(set, " ");
}

/// Lists attributes with their defaults, as JSON has them.
struct attribute_lister final : tenon::attribute_sink {
  std::string text;

  void member(const attribute& a, void* at) override {
    if (a.hidden) return;
    text += "  " + column(a.name, 22) + std::string(kind_of(a.type));
    if (a.needed) text += ", required";
    else if (const json v = a.optional ? json() : value(a.type, at); !v.is_null()) text += ", " + tenon::write_json(v) + " by default";
    text += '\n';
  }

  /// Null where there is nothing to say.
  static json value(attribute_type type, void* at) {
    const auto list = [](const auto& v) { return v.empty() ? json() : json(json::list(v.begin(), v.end())); };
    switch (type) {
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
  std::vector<std::string_view> names;
  for (const op_info* o : all()) {
    if (same_but_case(o->name, name)) return o;
    names.push_back(o->name);
  }
  return tenon::fail(tenon::code::invalid, {"there is no operator ", tenon::in_quotes(name),
                                            nearest(name, names, "--list prints those that there are")});
}

std::string list_operators() {
  std::string text;
  for (const op_info* o : all()) text += column(o->name, 26) + shown(*o) + "\n";
  return text;
}

std::string describe(const op_info& o) {
  std::string text = tenon::join({o.name, ": ", shown(o), "\n"});
  for (const signature* s : {&o.inputs, &o.outputs})
    for (int i = 0; i < s->size; ++i) text += "  " + column(s->at(i).name, 22) + types_of(o, s->at(i)) + "\n";
  tenon::any_op op(o);
  attribute_lister attributes;
  o.walk(op.get(), attributes);
  if (!attributes.text.empty()) text += "attributes\n" + attributes.text;
  return text;
}
