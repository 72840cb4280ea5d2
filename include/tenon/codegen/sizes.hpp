// Sizes for the dimensions that a model leaves open: generated code has none of those.
#pragma once

#include "../graph/model.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::codegen {

/// A dimension by the name that the model has for it ("batch"), or by input and axis ("images.0").
struct size_setting {
  std::string name;
  i64 size = 0;
};

namespace detail {

inline std::string axis_name(std::string_view input, int axis) { return join({shown(input), ".", axis}); }

/// The setting for an axis, or null.
inline const size_setting* find_setting(std::span<const size_setting> all, const value_info& input, int axis,
                                        std::vector<bool>& used) {
  const auto a = static_cast<std::size_t>(axis);
  const std::string by_axis = axis_name(input.name, axis);
  const size_setting* found = nullptr;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool named = a < input.symbols.size() && !input.symbols[a].empty() && all[i].name == input.symbols[a];
    if (all[i].name == by_axis || (named && found == nullptr)) found = &all[i], used[i] = true;
  }
  return found;
}

}  // namespace detail

/// Dtypes and dimensions of the model's inputs. What is left open, and settings that are of no use, are
/// reported all at once.
inline result<std::vector<known>> set_sizes(const model& m, std::span<const size_setting> settings) {
  std::vector<known> inputs;
  std::vector<bool> used(settings.size());
  std::vector<std::string> asked;
  faults found;
  for (int v : m.nodes().inputs) {
    const value_info& input = m.nodes().at(v);
    known k{input.type, input.dims, {}};
    if (input.type == dtype::none) found.add(code::unsupported, {"input ", in_quotes(input.name), " has no type"});
    if (!input.ranked) found.add(code::unsupported, {"input ", in_quotes(input.name), " may have any number of dimensions"});
    std::string flags;
    for (int axis = 0; axis < k.dims.rank(); ++axis) {
      const auto a = static_cast<std::size_t>(axis);
      if (k.dims[axis] >= 0) continue;
      if (const size_setting* s = detail::find_setting(settings, input, axis, used)) {
        if (s->size < 0) found.add(code::invalid, {"dimension ", in_quotes(s->name), " cannot be ", s->size});
        k.dims[axis] = std::max(i64{0}, s->size);
        continue;
      }
      const bool named = a < input.symbols.size() && !input.symbols[a].empty();
      std::string flag = join({" --set ", named ? shown(input.symbols[a]) : detail::axis_name(input.name, axis), "=SIZE"});
      if (std::ranges::find(asked, flag) == asked.end()) flags += flag, asked.push_back(std::move(flag));
    }
    if (!flags.empty())
      found.add(code::unsupported, {"input ", in_quotes(input.name), " of ", name(k.type), " ", k.dims,
                                    " has dimensions without a size; say which with", flags});
    inputs.push_back(std::move(k));
  }
  for (std::size_t i = 0; i < settings.size(); ++i)
    if (!used[i]) found.add(code::invalid, {"no input has an open dimension ", in_quotes(settings[i].name)});
  if (!found.none()) return std::unexpected(found.all());
  return inputs;
}

}  // namespace tenon
TENON_COLD_END
