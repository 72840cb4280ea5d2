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
#include <tenon/onnx/data.hpp>

#include "beside.hpp"
#include "compare.hpp"
#include "images.hpp"
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

/// A value in a file of its own.
result<any_tensor> read_value(const std::string& path, tenon::dtype type, tenon::memory* from) {
  const auto file = tenon::read_file(path, from);
  if (!file.has_value()) return std::unexpected(file.error());
  tenon::onnx::import_state state{(*file).data(), from, tenon::onnx::budget(tenon::onnx::budget::of_file((*file).size()))};
  any_tensor v;
  if (!tenon::onnx::read_value((*file).look(), type, state, path, v)) return std::unexpected(std::move(state.stop));
  if (!state.found.none()) return std::unexpected(state.found.all());
  return v;
}

/// input_0.pb, input_1.pb, ... as far as there are any. Tensors may be of any dtype, since it is the model that is
/// tried; what else a value is only the model says.
template <class Port>
result<std::vector<any_tensor>> read_values(const std::string& folder, const char* role, int ports, Port&& port, tenon::memory* from) {
  std::vector<any_tensor> all;
  for (;;) {
    const std::string path = tenon::join({folder, "/", role, "_", all.size(), ".pb"});
    if (!exists(path)) return all;
    const int i = static_cast<int>(all.size());
    const tenon::dtype type = i < ports ? port(i).type : tenon::dtype::none;
    auto v = read_value(path, is_container(type) ? type : tenon::dtype::none, from);
    if (!v.has_value()) return std::unexpected(std::move(v.error()));
    all.push_back(std::move(*v));
  }
}

/// {"rtol": 0.001, "atol": 1e-07}; what is not said is as by default.
result<tolerance> read_tolerance(const std::string& path) {
  tolerance t;
  if (!exists(path)) return t;
  const auto file = tenon::read_file(path);
  if (!file.has_value()) return std::unexpected(file.error());
  const std::string text(tenon::as_text((*file).look()));
  const auto number = [&](std::string_view key, double& to) {
    const auto at = text.find(key);
    const auto colon = at == text.npos ? text.npos : text.find(':', at);
    if (colon != text.npos) to = std::strtod(text.c_str() + colon + 1, nullptr);
  };
  number("\"rtol\"", t.rtol);
  number("\"atol\"", t.atol);
  return t;
}

/// One set of data of a case.
class trial {
 public:
  trial(const tenon::model& m, tenon::session& s, tolerance t) : model_(m), session_(s), tolerance_(t) {}

  status read(const std::string& folder, tenon::memory* from) {
    auto in = read_values(folder, "input", model_.inputs(), [&](int i) { return model_.input(i); }, from);
    if (!in.has_value()) return std::unexpected(in.error());
    inputs_ = std::move(*in);
    auto out = read_values(folder, "output", model_.outputs(), [&](int i) { return model_.output(i); }, from);
    if (!out.has_value()) return std::unexpected(out.error());
    wanted_ = std::move(*out);
    return {};
  }
  status run() {
    const std::vector<any_view> in = views();
    const auto out = session_.try_run(in);
    if (!out.has_value()) return std::unexpected(out.error());
    if ((*out).size() != wanted_.size())
      return tenon::fail(tenon::code::invalid, {"the model has ", (*out).size(), " outputs, not ", wanted_.size()});
    for (std::size_t i = 0; i < (*out).size(); ++i)
      if (status same = compare((*out)[i], wanted_[i], tolerance_); !same.has_value())
        return wrap(same.error(), {"output ", tenon::in_quotes(model_.output(static_cast<int>(i)).name), " "});
    return {};
  }
  /// Hands in each input wrongly: such a run must fail with a sentence, and a right one then pass.
  status abuse() {
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      std::vector<any_view> in = views();
      in.erase(in.begin() + static_cast<std::ptrdiff_t>(i));
      if (status s = refuses("one input less", in); !s.has_value()) return s;
      in = views();
      in.insert(in.begin() + static_cast<std::ptrdiff_t>(i), in[i]);
      if (status s = refuses("one input more", in); !s.has_value()) return s;
      if (status s = abuse(static_cast<int>(i)); !s.has_value()) return s;
    }
    return {};
  }

 private:
  std::vector<any_view> views() const { return {inputs_.begin(), inputs_.end()}; }

  status abuse(int i) {
    const tenon::port p = model_.input(i);
    const any_tensor& given = inputs_[static_cast<unsigned>(i)];
    const std::string name = tenon::join({"input ", tenon::in_quotes(p.name)});
    const auto with = [&](const char* how, const any_view& bad, bool allowed = false) -> status {
      std::vector<any_view> in = views();
      in[static_cast<unsigned>(i)] = bad;
      return refuses(tenon::join({name, how}), in, name, allowed);
    };
    if (status s = with(" missing", {}); !s.has_value()) return s;
    const tenon::dtype other = element_of(given.type()) == tenon::dtype::f32 ? tenon::dtype::i64 : tenon::dtype::f32;
    if (status s = with(" of another dtype", any_tensor(other, given.dims())); !s.has_value()) return s;
    tenon::shape longer = given.dims(), none = given.dims();
    const bool ranked = model_.nodes().at(model_.nodes().inputs[static_cast<unsigned>(i)]).ranked;
    bool open = true;  // to any sizes
    for (const i64 n : p.dims) open = open && n <= 0;
    longer.insert(0, 1);
    if (status s = with(" of another rank", any_tensor(given.type(), longer), !ranked); !s.has_value()) return s;
    for (i64& n : none) n = 0;
    if (none.empty()) return {};
    return with(" empty", any_tensor(given.type(), none), open || none == given.dims());
  }

  /// Some wrong inputs are allowed where the model leaves open what it takes; they may still fail.
  status refuses(const std::string& what, std::span<const any_view> in, std::string_view named = "the model takes",
                 bool allowed = false) {
    const auto out = session_.try_run(in);
    if (out.has_value() && !allowed) return tenon::fail(tenon::code::invalid, {what, " is not refused"});
    if (!out.has_value() && !allowed && !out.error().message.starts_with(named))
      return tenon::fail(tenon::code::invalid, {what, " is refused with '", out.error().message, "'"});
    if (status again = run(); !again.has_value()) return wrap(again.error(), {"after ", what, ": "});
    return {};
  }

  const tenon::model& model_;
  tenon::session& session_;
  const tolerance tolerance_;
  std::vector<any_tensor> inputs_, wanted_;
};

status run_case(const std::string& folder, const options& o) {
  const auto t = read_tolerance(folder + "/tolerance.json");
  if (!t.has_value()) return std::unexpected(t.error());
  tenon::limited_memory memory(o.max_memory);
  const auto file = tenon::read_file(folder + "/model.onnx", &memory);
  if (!file.has_value()) return std::unexpected(file.error());
  files_beside files(folder + "/model.onnx");
  images pictures;
  const auto m = tenon::onnx::try_load((*file).look(), all_operators(), {.from = &memory, .files = &files, .images = &pictures});
  if (!m.has_value()) return std::unexpected(m.error());
  const auto sets = folders_in(folder, "test_data_set_");
  if (sets.empty()) return tenon::fail(tenon::code::not_found, {"there is no test_data_set_0"});
  tenon::session s(*m, {.from = &memory, .max_memory = o.max_memory});
  for (const std::string& set : sets) {
    trial one(*m, s, *t);
    status done = one.read(set, &memory);
    if (done.has_value()) done = one.run();
    if (done.has_value() && o.abuse) done = one.abuse();
    if (!done.has_value())
      return sets.size() == 1 ? done : wrap(done.error(), {std::string_view(set).substr(folder.size() + 1), ": "});
  }
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
    const status done = run_case(folder, o);
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
