// Mutates models and runs what still loads: everything must end in a result or an error, within 10 seconds, 50 million
// multiply-adds and 64 MB. Meant for a build with sanitizers.
//   fuzz FOLDER [FROM..]END SECONDS [SEED]
// FOLDER has models as the ONNX backend suite lays them out, FOLDER/CASE/model.onnx or one level deeper; those in
// FOLDER/real, nine large networks, are left out. Times are the processor's: other programs do not make a mutation
// slow. A mutation is known by its number, up to END and without it: with the same seed it can be had again, alone, as
//   fuzz FOLDER NUMBER..NUMBER+1 SECONDS [SEED]
#include <dirent.h>
#if __has_feature(address_sanitizer)
#include <sanitizer/allocator_interface.h>
#endif
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <tenon/core/file.hpp>
#include <tenon/core/random.hpp>
#include <tenon/onnx/load.hpp>

#include "operators.hpp"
#include "support/mutation.hpp"

namespace {

using tenon::i64;

using tests::mutated;
using tests::seeded;

constexpr i64 most_memory = i64{64} << 20, most_macs = 50'000'000;
constexpr int most_seconds = 10;

// All that is allocated, also where nothing asks the limited memory: the sanitizer tells.
i64 held = 0, most_held = 0;
void count_memory() {
#if __has_feature(address_sanitizer)
  __sanitizer_install_malloc_and_free_hooks(
      [](const volatile void*, std::size_t size) { most_held = std::max(most_held, held += static_cast<i64>(size)); },
      [](const volatile void* p) {
        if (p != nullptr) held -= static_cast<i64>(__sanitizer_get_allocated_size(p));
      });
#endif
}

/// Something for every input of the model, of the dtype and shape that it declares or of another one.
std::vector<tenon::any_tensor> some_inputs(const tenon::model& m, seeded& random, tenon::memory& from) {
  std::vector<tenon::any_tensor> all;
  for (int i = 0; i < m.inputs(); ++i) {
    const tenon::port p = m.input(i);
    tenon::shape dims;
    for (i64 d : p.dims) dims.push_back(d >= 0 && d < 64 ? d : static_cast<i64>(random(4)));
    if (random(16) == 0) dims.push_back(2);
    const tenon::dtype type = random(32) == 0 || p.type == tenon::dtype::none ? tenon::dtype::i64 : p.type;
    if (is_container(type)) {  // as many empty handles, which must be refused, or none at all
      all.push_back(tenon::any_tensor(type, tenon::shape{static_cast<i64>(random(3))}));
      continue;
    }
    auto t = tenon::any_tensor::try_make(type, dims, &from);
    if (!t.has_value()) t = tenon::any_tensor(type, tenon::shape{});
    if (type != tenon::dtype::string && type != tenon::dtype::boolean) {
      const auto n = static_cast<std::size_t>((*t).look().byte_size());
      // Small integers, or any bits.
      const bool wild = random(4) == 0;
      for (std::size_t b = 0; b < n; ++b)
        if (wild || b % static_cast<std::size_t>(tenon::size_of(type)) == 0)
          (*t).data()[b] = static_cast<std::byte>(random(wild ? 256 : 4));
    }
    all.push_back(std::move(*t));
  }
  return all;
}

struct outcome {
  bool loaded = false, ran = false;
};
outcome run(const std::string& bytes, seeded& random) {
  outcome o;
  tenon::limited_memory memory(most_memory);
  auto m = tenon::onnx::try_load(std::as_bytes(std::span(bytes)), all_operators(), {.from = &memory, .max_macs = most_macs});
  if (!m.has_value()) return o;
  o.loaded = true;
  tenon::session s(*m, {.from = &memory, .max_memory = most_memory, .max_nodes = 10'000, .max_macs = most_macs});
  for (int twice = 0; twice < 2; ++twice) {
    const auto inputs = some_inputs(*m, random, memory);
    const std::vector<tenon::any_view> views(inputs.begin(), inputs.end());
    o.ran |= s.try_run(views).has_value();
  }
  return o;
}

std::vector<std::string> models_in(const std::string& folder, int depth = 0) {
  std::vector<std::string> names, all;
  if (DIR* const d = opendir(folder.c_str())) {
    while (const dirent* e = readdir(d))
      if (e->d_name[0] != '.') names.push_back(e->d_name);
    closedir(d);
  }
  std::ranges::sort(names);
  for (const std::string& n : names) {
    const std::string inside = folder + "/" + n;
    const auto file = tenon::read_file(inside + "/model.onnx");
    if (file.has_value() && (*file).size() > 0) all.emplace_back(tenon::as_text((*file).look()));
    if (!file.has_value() && depth == 0 && n != "real") std::ranges::move(models_in(inside, 1), std::back_inserter(all));
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](const char* text, std::uint64_t& to) {
    return std::from_chars(text, text + std::strlen(text), to).ec == std::errc{};
  };
  std::uint64_t first = 0, end = 0, seconds = 0, seed = 1;
  char* const dots = argc > 2 ? std::strstr(argv[2], "..") : nullptr;
  if (dots != nullptr) *dots = 0;
  if (argc < 4 || (dots != nullptr && !number(argv[2], first)) || !number(dots != nullptr ? dots + 2 : argv[2], end) ||
      !number(argv[3], seconds) || (argc > 4 && !number(argv[4], seed))) {
    std::fputs("usage: fuzz FOLDER [FROM..]END SECONDS [SEED]\n", stderr);
    return 2;
  }
  const std::vector<std::string> models = models_in(argv[1]);
  if (models.empty()) {
    std::fprintf(stderr, "fuzz: no models in %s\n", argv[1]);
    return 1;
  }
  const char* const scratch = std::getenv("TENON_SCRATCH");
  const auto since = [](std::clock_t t) { return static_cast<double>(std::clock() - t) / CLOCKS_PER_SEC; };
  const std::clock_t start = std::clock();
  std::uint64_t done = 0, loaded = 0, ran = 0;
  double slowest = 0;
  i64 largest = 0;
  std::signal(SIGPROF, [](int) {
    constexpr char text[] = "fuzz: a mutation takes more than 10 seconds\n";
    _exit(write(2, text, sizeof text - 1) > 0 ? 1 : 3);
  });
  count_memory();
  for (std::uint64_t i = first; i < end && since(start) < static_cast<double>(seconds); ++i) {
    seeded random{seed * 1'000'003 + i};
    random(2), random(2);
    const std::string bytes = mutated(models[random(models.size())], random);
    // Told before it runs: what crashes says nothing afterwards.
    if (std::FILE* f = scratch == nullptr ? nullptr : std::fopen(tenon::join({scratch, "/fuzz.last"}).c_str(), "w")) {
      std::fprintf(f, "fuzz %s %llu..%llu %llu %llu\n", argv[1], static_cast<unsigned long long>(i),
                   static_cast<unsigned long long>(i + 1), static_cast<unsigned long long>(seconds), static_cast<unsigned long long>(seed));
      std::fclose(f);
    }
    const std::clock_t begin = std::clock();
    const itimerval limit{{}, {most_seconds, 0}};
    setitimer(ITIMER_PROF, &limit, nullptr);
    const i64 before = most_held = held;
    const outcome o = run(bytes, random);
    ++done, loaded += o.loaded, ran += o.ran;
    slowest = std::max(slowest, since(begin));
    largest = std::max(largest, most_held - before);
    // The inputs' memory is the tensors'; beside them there are the graph and the plan.
    if (most_held - before > most_memory + (i64{16} << 20)) {
      std::printf("fuzz: mutation %llu holds %lld bytes\n", static_cast<unsigned long long>(i), static_cast<long long>(most_held - before));
      return 1;
    }
  }
  std::printf("%llu mutations of %zu models: %llu loaded, %llu ran; the slowest took %.2f s, the largest %.1f MB\n",
              static_cast<unsigned long long>(done), models.size(), static_cast<unsigned long long>(loaded),
              static_cast<unsigned long long>(ran), slowest, static_cast<double>(largest) / 0x1p20);
  return 0;
}
