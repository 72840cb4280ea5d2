// Record: the values of everything that `fields` names below a struct, parameters, buffers, what an optimiser
// remembers, as a safetensors file by dotted path. A record of a module alone is what other tools call its state.
#pragma once

#include "../autodiff/fields.hpp"
#include "../core/safetensors.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD::train {

/// What a training leaves in its artifacts folder: the model alone, all that a training needs to go on, and what
/// each step measured.
inline std::string model_file(const std::string& artifacts) { return artifacts + "/model.safetensors"; }
inline std::string training_file(const std::string& artifacts) { return artifacts + "/training.safetensors"; }
inline std::string journal_file(const std::string& artifacts) { return artifacts + "/journal.jsonl"; }

/// Writes a record, atomically.
template <class M>
status save_record(const std::string& path, const M& m) {
  std::vector<named_tensor> all;
  each_variable(m, [&](const std::string& name, const variable& v) { all.push_back({name, v.value().look()}); });
  const auto file = format_safetensors(all);
  if (!file.has_value()) return wrap(file.error(), {path, ": "});
  return replace_file(path, (*file).look());
}

namespace detail {

/// Finds a tensor for each variable, or says what does not fit: all of it, a line each.
[[gnu::noinline]] inline result<std::vector<any_tensor>> matched(const safetensors& file, std::span<const named_variable> to) {
  std::string faults;
  const auto fault = [&](std::initializer_list<piece> why) { faults += (faults.empty() ? "" : "\n  ") + join(why); };
  std::vector<const safetensors::entry*> found;
  for (const named_variable& v : to) {
    const safetensors::entry* e = file.find(v.path);
    if (e == nullptr) fault({"lacks '", v.path, "'"});
    else if (e->type != v.value.type() || e->dims != v.value.dims())
      fault({"'", v.path, "' is ", name(e->type), " ", e->dims, ", not ", name(v.value.type()), " ", v.value.dims()});
    found.push_back(e);
  }
  for (const safetensors::entry& e : file.tensors)
    if (std::ranges::find(to, e.name, &named_variable::path) == to.end()) fault({"has '", e.name, "', which has no place"});
  if (!faults.empty()) return fail(code::invalid, {"the record does not fit: ", faults});
  std::vector<any_tensor> values;
  for (const safetensors::entry* e : found) {
    auto t = e->copy();
    if (!t.has_value()) return std::unexpected(t.error());
    values.push_back(std::move(*t));
  }
  return values;
}

}  // namespace detail

/// Gives every variable below m its value from a record, which has these and no others; or changes nothing.
template <class M>
status load_record(const std::string& path, M& m) {
  const auto bytes = read_file(path);
  if (!bytes.has_value()) return std::unexpected(bytes.error());
  const auto file = parse_safetensors((*bytes).look());
  if (!file.has_value()) return wrap(file.error(), {path, ": "});
  std::vector<named_variable> to;
  each_variable(m, [&](const std::string& name, const variable& v) { to.push_back({name, v}); });
  auto values = detail::matched(*file, to);
  if (!values.has_value()) return wrap(values.error(), {path, ": "});
  for (std::size_t i = 0; i < to.size(); ++i) to[i].value.assign(std::move((*values)[i]));
  return {};
}

}  // namespace tenon::train
TENON_COLD_END
