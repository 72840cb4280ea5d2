#include "dimensions.hpp"

#include <algorithm>

namespace {

const tenon::value_info& value_of(const tenon::model& m, int input) {
  return m.nodes().at(m.nodes().inputs[static_cast<unsigned>(input)]);
}

/// The names of all dimensions without a size, each once.
std::vector<std::string> names(const tenon::model& m) {
  std::vector<std::string> all;
  for (int i = 0; i < m.inputs(); ++i)
    for (int axis = 0; axis < m.input(i).dims.rank(); ++axis)
      if (auto s = name_of(m, i, axis); !s.empty() && std::ranges::find(all, s) == all.end()) all.push_back(std::move(s));
  return all;
}

}  // namespace

std::string name_of(const tenon::model& m, int input, int axis) {
  const tenon::value_info& v = value_of(m, input);
  const auto i = static_cast<unsigned>(axis);
  if (v.dims[axis] >= 0) return {};
  return i < v.symbols.size() && !v.symbols[i].empty() ? v.symbols[i] : tenon::join({v.name, ".", axis});
}

std::string described(const tenon::model& m, int input) {
  const tenon::value_info& v = value_of(m, input);
  if (is_container(v.type)) return full_name(v.type);
  std::string text = tenon::join({name(v.type), " "});
  if (!v.ranked) return text + "of any shape";
  for (int axis = 0; axis < v.dims.rank(); ++axis) {
    text += axis == 0 ? "[" : ",";
    text += v.dims[axis] < 0 ? tenon::shown(name_of(m, input, axis)) : tenon::join({v.dims[axis]});
  }
  return text + (v.dims.rank() == 0 ? "[]" : "]");
}

std::string all_inputs(const tenon::model& m) {
  std::string all;
  for (int i = 0; i < m.inputs(); ++i)
    all += tenon::join({i == 0 ? "" : ", ", tenon::in_quotes(m.input(i).name), " ", described(m, i)});
  return all;
}

tenon::status check_names(const tenon::model& m, const options& o) {
  const auto known = names(m);
  for (const auto& d : o.set) {
    if (std::ranges::find(known, d.name) != known.end()) continue;
    std::string list;
    for (const auto& s : known) list += tenon::join({list.empty() ? "" : ", ", tenon::in_quotes(s)});
    return tenon::fail(tenon::code::not_found,
                       {"no input has a dimension ", tenon::in_quotes(d.name),
                        known.empty() ? "; the sizes of all are fixed" : "; those without a size are ", list});
  }
  return {};
}

tenon::i64 size_of(const tenon::model& m, int input, int axis, const options& o) {
  const auto s = name_of(m, input, axis);
  tenon::i64 size = -1;
  for (const auto& d : o.set)
    if (!s.empty() && d.name == s) size = d.size;
  return size;
}
