#include "test.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/onnx/load.hpp>

#include "compare.hpp"
#include "operators.hpp"

namespace {

using tenon::any_tensor, tenon::any_view, tenon::i64, tenon::result, tenon::status;

bool exists(const std::string& path) {
  struct stat about;
  return stat(path.c_str(), &about) == 0;
}

/// Folders in a folder, sorted; of those that begin with a text.
std::vector<std::string> folders_in(const std::string& path, std::string_view start = "") {
  std::vector<std::string> all;
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) return all;
  while (const dirent* entry = readdir(folder)) {
    const std::string name = entry->d_name;
    struct stat about;
    if (name == "." || name == ".." || !name.starts_with(start)) continue;
    const std::string inside = path + "/" + name;
    if (stat(inside.c_str(), &about) == 0 && S_ISDIR(about.st_mode)) all.push_back(inside);
  }
  closedir(folder);
  std::ranges::sort(all);
  return all;
}

/// A TensorProto in a file of its own.
result<any_tensor> read_tensor(const std::string& path, tenon::memory* from) {
  const auto file = tenon::read_file(path, from);
  if (!file.has_value()) return std::unexpected(file.error());
  tenon::onnx::import_state state{(*file).data(), from, tenon::onnx::budget(tenon::onnx::budget::of_file((*file).size()))};
  tenon::onnx::tensor_proto t;
  tenon::onnx::constant_data c;
  if (!t.read((*file).look(), state) || !decode(t, state, path, c)) return std::unexpected(std::move(state.stop));
  if (!state.found.none()) return std::unexpected(state.found.all());
  if (c.owned) return std::move(c.owned);
  auto copy = any_tensor::try_make_uninitialized(c.view.type, c.view.dims, from);
  if (copy.has_value()) std::memcpy((*copy).data(), c.view.bytes, static_cast<std::size_t>(c.view.byte_size()));
  return copy;
}

/// input_0.pb, input_1.pb, ... as far as there are any.
result<std::vector<any_tensor>> read_tensors(const std::string& folder, const char* role, tenon::memory* from) {
  std::vector<any_tensor> all;
  for (;;) {
    const std::string path = tenon::join({folder, "/", role, "_", all.size(), ".pb"});
    if (!exists(path)) return all;
    auto t = read_tensor(path, from);
    if (!t.has_value()) return std::unexpected(std::move(t.error()));
    all.push_back(std::move(*t));
  }
}

/// {"rtol": 0.001, "atol": 1e-07}; what is not said is as by default.
result<tolerance> read_tolerance(const std::string& path) {
  tolerance t;
  if (!exists(path)) return t;
  const auto file = tenon::read_file(path);
  if (!file.has_value()) return std::unexpected(file.error());
  const std::string text(reinterpret_cast<const char*>((*file).data()), (*file).size());
  const auto number = [&](std::string_view key, double& to) {
    const auto at = text.find(key);
    const auto colon = at == text.npos ? text.npos : text.find(':', at);
    if (colon != text.npos) to = std::strtod(text.c_str() + colon + 1, nullptr);
  };
  number("\"rtol\"", t.rtol);
  number("\"atol\"", t.atol);
  return t;
}

status run_set(const tenon::model& m, tenon::session& s, const std::string& folder, tolerance t, tenon::memory* from) {
  const auto inputs = read_tensors(folder, "input", from), wanted = read_tensors(folder, "output", from);
  if (!inputs.has_value()) return std::unexpected(inputs.error());
  if (!wanted.has_value()) return std::unexpected(wanted.error());
  const std::vector<any_view> in((*inputs).begin(), (*inputs).end());
  const auto out = s.try_run(in);
  if (!out.has_value()) return std::unexpected(out.error());
  if ((*out).size() != (*wanted).size())
    return tenon::fail(tenon::code::invalid, {"the model has ", (*out).size(), " outputs, not ", (*wanted).size()});
  for (std::size_t i = 0; i < (*out).size(); ++i)
    if (status same = compare((*out)[i], (*wanted)[i], t); !same.has_value())
      return wrap(same.error(), {"output ", tenon::in_quotes(m.output(static_cast<int>(i)).name), " "});
  return {};
}

status run_case(const std::string& folder, i64 max_memory) {
  const auto t = read_tolerance(folder + "/tolerance.json");
  if (!t.has_value()) return std::unexpected(t.error());
  tenon::limited_memory memory(max_memory);
  const auto file = tenon::read_file(folder + "/model.onnx", &memory);
  if (!file.has_value()) return std::unexpected(file.error());
  const auto m = tenon::onnx::try_load((*file).look(), all_operators(), {.from = &memory});
  if (!m.has_value()) return std::unexpected(m.error());
  const auto sets = folders_in(folder, "test_data_set_");
  if (sets.empty()) return tenon::fail(tenon::code::not_found, {"there is no test_data_set_0"});
  tenon::session s(*m, {.from = &memory, .max_memory = max_memory});
  for (const std::string& set : sets)
    if (status done = run_set(*m, s, set, *t, &memory); !done.has_value())
      return sets.size() == 1 ? done : wrap(done.error(), {std::string_view(set).substr(folder.size() + 1), ": "});
  return {};
}

/// On one line.
std::string flat(std::string text) {
  for (auto at = text.find('\n'); at != text.npos; at = text.find('\n', at))
    text.replace(at, 1, text[at - 1] == ':' ? " " : "; ");
  return text;
}

struct tally {
  i64 passed = 0, failed = 0;
};

/// The case in a folder, or those in the folders in it; false where there are none.
bool walk(const std::string& folder, const options& o, tally& all) {
  if (exists(folder + "/model.onnx")) {
    const status done = run_case(folder, o.max_memory);
    done.has_value() ? ++all.passed : ++all.failed;
    if (!done.has_value()) std::printf("%s: %s\n", folder.c_str(), flat(done.error().message).c_str());
    return true;
  }
  bool some = false;
  for (const std::string& inside : folders_in(folder)) some |= walk(inside, o, all);
  return some;
}

}  // namespace

int test(const options& o) {
  tally all;
  for (std::string folder : o.folders) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (walk(folder, o, all)) continue;
    std::printf("%s: there is no model.onnx in it\n", folder.c_str());
    ++all.failed;
  }
  std::printf("%lld passed, %lld failed\n", static_cast<long long>(all.passed), static_cast<long long>(all.failed));
  return all.failed != 0;
}
