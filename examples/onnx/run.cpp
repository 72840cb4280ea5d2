#include "run.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>

#include <tenon/core/npy.hpp>
#include <tenon/onnx/load.hpp>

#include "../support/machine.hpp"
#include "../support/sha256.hpp"
#include "../support/text.hpp"
#include "beside.hpp"
#include "dimensions.hpp"
#include "images.hpp"
#include "operators.hpp"
#include "profile.hpp"

namespace {

using tenon::any_tensor, tenon::any_view, tenon::i64;
using views = std::span<const any_view>;

/// What cannot be done: the sentence, and whether it is the command line that asks for it.
struct trouble {
  std::string sentence;
  bool request = false;
};
using outcome = std::expected<void, trouble>;

std::unexpected<trouble> bad_request(std::initializer_list<tenon::piece> why) {
  return std::unexpected(trouble{tenon::join(why), true});
}

class runner {
 public:
  runner(const options& o, const tenon::model& m, tenon::memory* from)
      : options_(o), model_(m), memory_(from), inputs_(static_cast<std::size_t>(m.inputs())),
        session_(m, {.from = from, .max_memory = o.max_memory, .watch = o.profile ? &profiler_ : nullptr, .max_macs = o.max_macs}) {}

  outcome run() {
    if (outcome o = read_inputs(); !o.has_value()) return o;
    profiler_.on = options_.repeat == 0;
    std::vector<any_view> in(inputs_.begin(), inputs_.end());
    auto out = session_.try_run(in);
    if (!out.has_value()) return failed(out.error());
    if (outcome o = write(*out); !o.has_value()) return o;
    profiler_.on = true;
    std::vector<double> times;
    const i64 before = peak_memory();
    for (i64 i = 0; i < options_.repeat; ++i) {
      const auto start = stopwatch::now();
      out = session_.try_run(in);
      if (!out.has_value()) return failed(out.error());
      times.push_back(milliseconds_since(start));
    }
    print(*out, times, before);
    return {};
  }

 private:
  std::unexpected<trouble> failed(const tenon::error& e) {
    return std::unexpected(trouble{tenon::join({options_.model, ": ", within(options_.max_memory, e).message})});
  }

  /// The input that NAME=FILE is for, or -1.
  int input_of(std::string_view argument) const {
    int found = -1;
    std::size_t longest = 0;
    for (int i = 0; i < model_.inputs(); ++i) {
      const auto name = model_.input(i).name;
      if (!argument.starts_with(name) || argument.size() <= name.size() || argument[name.size()] != '=') continue;
      if (name.size() + 1 > longest) found = i, longest = name.size() + 1;
    }
    return found;
  }

  outcome read_inputs() {
    if (tenon::status s = check_names(model_, options_); !s.has_value())
      return bad_request({options_.model, ": ", s.error().message});
    for (const std::string_view argument : options_.inputs) {
      const int i = input_of(argument);
      if (i < 0)
        return bad_request({options_.model, ": there is no input ", tenon::in_quotes(argument.substr(0, argument.rfind('='))),
                            "; the model takes ", all_inputs(model_)});
      any_tensor& input = inputs_[static_cast<unsigned>(i)];
      const tenon::port p = model_.input(i);
      if (input) return bad_request({"input ", tenon::in_quotes(p.name), " is given twice"});
      if (is_container(p.type))
        return bad_request({options_.model, ": input ", tenon::in_quotes(p.name), " is ", full_name(p.type), ", which no .npy file can hold"});
      const std::string file(argument.substr(p.name.size() + 1));
      auto t = tenon::load_npy(file, memory_, p.type);
      if (!t.has_value()) return std::unexpected(trouble{within(options_.max_memory, t.error()).message});
      input = std::move(*t);
      for (int axis = 0; axis < p.dims.rank() && input.rank() == p.dims.rank(); ++axis)
        if (const i64 n = size_of(model_, i, axis, options_); n >= 0 && n != input.dims()[axis])
          return std::unexpected(trouble{tenon::join({file, ": input ", tenon::in_quotes(p.name), ", ", described(model_, i), ", is ",
                                                      input.dims(), " where --set says ", n})});
    }
    std::string missing;
    for (int i = 0; i < model_.inputs(); ++i)
      if (!inputs_[static_cast<unsigned>(i)])
        missing += tenon::join({missing.empty() ? "" : ", ", tenon::in_quotes(model_.input(i).name), " ", described(model_, i)});
    if (!missing.empty()) return bad_request({options_.model, ": --input is missing for ", missing});
    return {};
  }

  /// Says what came out, and writes it where it was asked for.
  outcome write(views out) {
    if (options_.output_dir != nullptr) mkdir(options_.output_dir, 0777);  // writing says what is wrong with it
    std::vector<std::string> written;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::string_view name = model_.output(static_cast<int>(i)).name;
      std::printf("output     %s %s\n", tenon::shown(name).c_str(), tenon::join({full_name(out[i].type), " ", out[i].dims}).c_str());
      if (options_.output_dir == nullptr) continue;
      std::string file(name);
      for (auto at = file.find('/'); at != file.npos; at = file.find('/', at)) file.replace(at, 1, "__");
      file = std::string(options_.output_dir) + "/" + file + ".npy";
      if (std::ranges::find(written, file) != written.end())
        return std::unexpected(trouble{tenon::join({file, ": two outputs would be written to it"})});
      if (tenon::status s = save_npy(file, out[i]); !s.has_value()) return std::unexpected(trouble{s.error().message});
      written.push_back(std::move(file));
    }
    return {};
  }

  static void add(sha256& digest, const any_view& v) {
    if (is_container(v.type))
      for (i64 i = 0; i < v.size(); ++i) add(digest, tenon::item(v, i));
    else if (v.type != tenon::dtype::string)
      digest.add({v.bytes, static_cast<std::size_t>(v.byte_size())});
    else  // each with the zero at its end
      for (i64 i = 0; i < v.size(); ++i) {
        const std::string& s = v.as<std::string>()[i];
        digest.add(std::as_bytes(std::span(s.c_str(), s.size() + 1)));
      }
  }
  static std::string digest_of(views out) {
    sha256 digest;
    for (const any_view& v : out) add(digest, v);
    return digest.finish();
  }

  void print(views out, std::vector<double>& times, i64 memory_before) {
    if (!times.empty()) {
      std::ranges::sort(times);
      std::printf("time       %.3f ms at least, %.3f ms median, of %zu runs\n", times[0], times[times.size() / 2], times.size());
    }
    std::printf("memory     %s%s", in_bytes(static_cast<double>(peak_memory())).c_str(), memory_kind);
    if (!times.empty()) std::printf(", %s more than after the first run", in_bytes(static_cast<double>(peak_memory() - memory_before)).c_str());
    std::puts("");
    if (options_.digest) std::printf("digest     %s\n", digest_of(out).c_str());
    if (options_.profile) profiler_.print(std::max<i64>(options_.repeat, 1));
  }

  const options& options_;
  const tenon::model& model_;
  tenon::memory* const memory_;
  std::vector<any_tensor> inputs_;
  profiler profiler_;
  tenon::session session_;
};

}  // namespace

int run(const options& o) {
  tenon::limited_memory memory(o.max_memory);
  auto file = tenon::read_file(o.model, &memory, o.max_memory);
  if (!file.has_value()) return complain(program, within(o.max_memory, file.error()).message);
  const auto start = stopwatch::now();
  files_beside files(o.model);
  images pictures;
  const auto m = tenon::onnx::try_load(std::move(*file), all_operators(), {.from = &memory, .files = &files, .images = &pictures,
                                                                            .max_macs = std::min(o.max_macs, tenon::folding().macs)});
  if (!m.has_value()) return complain(program, tenon::join({o.model, ": ", within(o.max_memory, m.error()).message}));
  std::printf("load       %.1f ms\n", milliseconds_since(start));
  const outcome done = runner(o, *m, &memory).run();
  if (done.has_value()) return 0;
  return done.error().request ? refuse(program, done.error().sentence) : complain(program, done.error().sentence);
}
