#include "profile.hpp"

#include <algorithm>

#include "../support/text.hpp"

void profiler::after(const tenon::node* what, std::span<const tenon::any_view> in, std::span<const tenon::any_view> out) {
  if (!on) return;
  const double time = milliseconds_since(start_);
  const std::string_view op = what == nullptr ? "(order of elements)" : what->op.info().name;
  auto at = std::ranges::find(rows_, op, &row::op);
  if (at == rows_.end()) at = rows_.insert(at, {op});
  ++at->calls;
  at->time += time;
  std::vector<tenon::known> from, to;
  for (const auto& v : in) from.push_back({v.type, v.dims, {}}), at->bytes += static_cast<double>(v.byte_size());
  for (const auto& v : out) to.push_back({v.type, v.dims, {}}), at->bytes += static_cast<double>(v.byte_size());
  if (what != nullptr && what->op.info().macs != nullptr) at->macs += what->op.info().macs(what->op.get(), from, to);
}

void profiler::print(tenon::i64 runs) {
  double all = 0;
  for (const row& r : rows_) all += r.time;
  std::ranges::sort(rows_, std::ranges::greater{}, &row::time);
  std::printf("\n%-26s %7s %11s %7s %18s %13s\n", "operator", "calls", "time", "share", "multiply-adds", "bytes");
  for (const row& r : rows_) {
    const double seconds = std::max(r.time / 1e3, 1e-9);
    const std::string rate = r.macs == 0 ? "" : in_units(r.macs / seconds, {"/s", " K/s", " M/s", " G/s"});
    std::printf("%s %7.0f %8.3f ms %5.1f %% %18s %13s\n", fit(r.op, 26).c_str(), r.calls / static_cast<double>(runs),
                r.time / static_cast<double>(runs), all > 0 ? 100 * r.time / all : 0, rate.c_str(),
                in_units(r.bytes / seconds, {" B/s", " KB/s", " MB/s", " GB/s"}).c_str());
  }
}
