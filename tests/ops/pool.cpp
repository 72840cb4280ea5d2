// MaxPool, AveragePool and GlobalAveragePool: cases against windows walked tap by tap, and what they
// say about wrong inputs.
#include "tenon/ops/pool.hpp"

#include "../reference/pool.hpp"
#include "../reference/reduce.hpp"
#include "trial.hpp"

namespace tests::ops {

namespace {

using tenon::ops::AveragePool;
using tenon::ops::GlobalAveragePool;
using tenon::ops::MaxPool;

struct five_window {
  i64 kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pad_begin[3] = {}, pad_end[3] = {};
};
struct pooling {
  shape dims;
  ints kernel{}, strides{}, pads{}, dilations{};
  bool ceil_mode = false;
};

five_window window_of(const pooling& p) {
  five_window w;
  const std::size_t n = p.kernel.size(), first = 3 - n;
  for (std::size_t i = 0; i < n; ++i) {
    w.kernel[first + i] = p.kernel[i];
    if (!p.strides.empty()) w.stride[first + i] = p.strides[i];
    if (!p.dilations.empty()) w.dilation[first + i] = p.dilations[i];
    if (!p.pads.empty()) w.pad_begin[first + i] = p.pads[i], w.pad_end[first + i] = p.pads[n + i];
  }
  return w;
}

/// The spatial size of the output: windows that start inside, the last one maybe cut by ceil_mode.
shape pooled_dims(const pooling& p, const five_window& w) {
  shape out{p.dims[0], p.dims[1]};
  const int n = static_cast<int>(p.kernel.size());
  for (int i = 0; i < n; ++i) {
    const int s = 3 - n + i;
    const i64 in = p.dims[i + 2], reach = (w.kernel[s] - 1) * w.dilation[s] + 1, padded = in + w.pad_begin[s] + w.pad_end[s];
    i64 size = 0;
    for (i64 at = 0; at + reach <= padded; at += w.stride[s]) ++size;
    if (p.ceil_mode && (size - 1) * w.stride[s] + reach < padded && size * w.stride[s] < in + w.pad_begin[s]) ++size;
    out.push_back(size);
  }
  return out;
}

shape as_five(const shape& s) {
  shape r{s[0], s[1]};
  for (int i = s.rank(); i < 5; ++i) r.push_back(1);
  for (int i = 2; i < s.rank(); ++i) r.push_back(s[i]);
  return r;
}

const pooling poolings[] = {
    {{1, 3, 9}, {3}},
    {{2, 2, 9}, {2}, {3}, {1, 0}, {2}},
    {{2, 3, 6, 7}, {2, 3}, {2, 1}},
    {{1, 5, 6, 7}, {3, 3}, {2, 2}, {1, 1, 1, 1}},
    {{1, 17, 5, 5}, {3, 3}, {}, {1, 0, 0, 1}, {2, 1}},
    {{1, 2, 6, 7}, {3, 3}, {2, 2}, {}, {}, true},
    {{1, 2, 5, 8}, {2, 3}, {3, 3}, {1, 1, 0, 0}, {}, true},
    {{1, 2, 3, 4, 5}, {2, 2, 2}, {1, 2, 2}, {0, 1, 1, 1, 0, 1}},
    {{2, 1, 4, 4, 4}, {2, 3, 2}, {2, 1, 1}, {}, {1, 1, 2}, true},
    {{1, 2, 4, 4}, {1, 1}},
    {{0, 2, 4, 4}, {2, 2}},
    {{2, 0, 4, 4}, {2, 2}},
};

reference::array<double> reals(table& x, const shape& dims) {
  reference::array<double> r(dims, layout::contiguous);
  for (i64 i = 0; i < count(dims); ++i) r.data()[i] = static_cast<double>(x.data()[i]);
  return r;
}

void walk(trial& t, const pooling& p, auto&& expect) {
  table x = t.draw(p.dims, -9, 9);
  const five_window w = window_of(p);
  const shape out = pooled_dims(p, w), in = as_five(p.dims), places = as_five(out);
  auto from = reals(x, in);
  table y(t.type, out), indices(dtype::i64, out), columns(dtype::i64, out);
  std::size_t at = 8;
  std::vector<reference::pooled> all;
  each(places, [&](const shape& o) {
    const auto r = reference::pool(from, o, w);
    const i64 plane = (o[0] * in[1] + o[1]) * in[2] * in[3] * in[4];
    indices.all[at] = number::of(plane + (r.at[0] * in[3] + r.at[1]) * in[4] + r.at[2]);
    columns.all[at] = number::of(plane + (r.at[2] * in[3] + r.at[1]) * in[2] + r.at[0]);
    all.push_back(r);
    ++at;
  });
  expect(x, y, indices, columns, all);
}

}  // namespace

void max_pool_cases(trial& t) {
  for (const pooling& p : poolings)
    walk(t, p, [&](table& x, table& y, table& indices, table& columns, const std::vector<reference::pooled>& all) {
      for (std::size_t i = 0; i < all.size(); ++i) y.all[8 + i] = y.kind().like(all[i].greatest), y.all[8 + i].real = all[i].greatest;
      MaxPool o{.ceil_mode = p.ceil_mode, .dilations = p.dilations, .kernel_shape = p.kernel, .pads = p.pads, .strides = p.strides};
      t.expect(&o, {&x}, {&y, &indices});
      t.expect(&o, {&x}, {&y});
      o.storage_order = true;
      // For matrices only: of volumes ONNX does not say what column-major means.
      if (p.dims.rank() == 4) t.expect(&o, {&x}, {&y, &columns}, 0, "column-major indices");
    });
}
const by_reference max_pool_reference(cases{"MaxPool", max_pool_cases});

void average_pool_cases(trial& t) {
  for (const pooling& p : poolings)
    for (bool padded : {false, true})
      walk(t, p, [&](table& x, table& y, table&, table&, const std::vector<reference::pooled>& all) {
        for (std::size_t i = 0; i < all.size(); ++i)
          y.all[8 + i] = number(all[i].sum / static_cast<double>(padded ? all[i].padded : all[i].inside));
        const AveragePool o{.ceil_mode = p.ceil_mode, .count_include_pad = padded, .dilations = p.dilations,
                            .kernel_shape = p.kernel, .pads = p.pads, .strides = p.strides};
        t.expect(&o, {&x}, {&y}, 1);
      });
}
const by_reference average_pool_reference(cases{"AveragePool", average_pool_cases});

void global_average_pool_cases(trial& t) {
  const i64 n = 64 / size_of(t.type);
  for (const shape& dims : {shape{2, 3, 4, 5}, {1, 17, 3}, {2, 3}, {2, 2, 2, 3, 2}, {0, 2, 3}, {1, 2, n - 1}, {1, 2, n, 1}, {2, 1, n + 1}, {1, 3 * n + 1, 2, 2}, {1, 2, 0, 3}}) {
    table x = t.draw(dims);
    shape out{dims[0], dims[1]};
    for (int i = 2; i < dims.rank(); ++i) out.push_back(1);
    table y(t.type, out);
    std::size_t at = 8;
    reference::groups(x, ((u32{1} << dims.rank()) - 1) & ~u32{3}, [&](const shape&, const std::vector<number>& all) {
      double sum = 0;
      for (const number& v : all) sum += v.real;
      y.all[at++] = sum / static_cast<double>(all.size());
    });
    const GlobalAveragePool o;
    t.expect(&o, {&x}, {&y}, 1);
  }
}
const by_reference global_average_pool_reference(cases{"GlobalAveragePool", global_average_pool_cases});

TEST_CASE("pools with auto_pad have the sizes that ONNX gives them") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 5, 6});
  const auto size = [&](const char* pad, const ints& kernel, const ints& strides) {
    const MaxPool o{.auto_pad = pad, .kernel_shape = kernel, .strides = strides};
    const any_view in[] = {x};
    const auto r = try_apply(row("MaxPool"), &o, in);
    return r.has_value() ? join({(*r)[0].dims()}) : r.error().message;
  };
  CHECK(size("SAME_UPPER", {3, 3}, {2, 2}) == "[1,1,3,3]");
  CHECK(size("SAME_LOWER", {2, 2}, {1, 4}) == "[1,1,5,2]");
  CHECK(size("VALID", {3, 3}, {2, 2}) == "[1,1,2,2]");
  CHECK(size("NOTSET", {3, 3}, {}) == "[1,1,3,4]");
}

TEST_CASE("pools say what does not fit") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 4, 4}), flat = zeros(dtype::f32, {4, 4}), deep = zeros(dtype::f32, shape::filled(6, 1)),
                   wrong = zeros(dtype::i32, {1, 1, 4, 4});
  for (const char* name : {"MaxPool", "AveragePool"}) {
    const bool most = name[0] == 'M';
    const auto says = [&](const any_view& in, const ints& kernel, const ints& strides = {}, const ints& pads = {}, const char* pad = "NOTSET") {
      const MaxPool a{.auto_pad = pad, .kernel_shape = kernel, .pads = pads, .strides = strides};
      const AveragePool b{.auto_pad = pad, .kernel_shape = kernel, .pads = pads, .strides = strides};
      const std::string all = complaint(name, most ? static_cast<const void*>(&a) : &b, {in});
      CHECK((all.empty() || all.starts_with(join({name, ": "}))));
      return all.empty() ? all : all.substr(std::string_view(name).size() + 2);
    };
    CHECK(says(x, {2, 2}) == "");
    CHECK(says(flat, {2}) == "input [4,4] has no one to three spatial dimensions");
    CHECK(says(deep, {1, 1, 1, 1}) == "input [1,1,1,1,1,1] has no one to three spatial dimensions");
    CHECK(says(wrong, {2, 2}) == "input X cannot be int32");
    CHECK(says(x, {2}) == "a kernel of [2] does not fit 2 spatial dimensions");
    CHECK(says(x, {}) == "a kernel of [] does not fit 2 spatial dimensions");
    CHECK(says(x, {5, 2}) == "a window of 5 is larger than the padded input of 4");
    CHECK(says(x, {2, 2}, {1}) == "strides [1] need 2 entries");
    CHECK(says(x, {2, 2}, {}, {1, 1, 1}) == "pads [1,1,1] need 4 entries");
    CHECK(says(x, {2, 2}, {}, {}, "SAME") == "auto_pad 'SAME' is unknown");
    CHECK(says(x, {INT64_MAX, 2}) == "kernel [9223372036854775807,2], strides [], dilations [], pads []: an entry is out of range");
    CHECK(says(x, {2, 2}, {INT64_MIN, 1}) == "kernel [2,2], strides [?,1], dilations [], pads []: an entry is out of range");
    const i64 most_pad = i64{1} << 31;
    CHECK(says(x, {1, 1}, {}, {most_pad, most_pad, most_pad, most_pad}) ==
          "output 0 would have shape [1,1,4294967300,4294967300], more elements than 64 bits count");
    for (dtype d : {dtype::f16, dtype::bf16, dtype::f32, dtype::f64}) {
      const any_tensor one = zeros(d, {1, 1, 1, 1});
      CHECK(says(one, {1, 1}, {}, {most_pad / 2, most_pad / 2, most_pad / 2, most_pad / 2}) != "");
    }
    const any_tensor none = zeros(dtype::f32, {0, 1, INT64_MAX, 2});
    CHECK(says(none, {1, 1}, {}, {1, 1, 1, 1}) == "an input of [9223372036854775807,2] is too large");
  }
  const GlobalAveragePool global;
  const any_tensor line = zeros(dtype::f32, {3});
  CHECK(complaint("GlobalAveragePool", &global, {line}) == "GlobalAveragePool: input [3] has no channels");
  CHECK(complaint("GlobalAveragePool", &global, {wrong}) == "GlobalAveragePool: input X cannot be int32");
}

TEST_CASE("pools keep the order in which their input is stored") {
  trial t(row("MaxPool"), dtype::f16, layout::contiguous, 3);
  const MaxPool o{.kernel_shape = ints{2, 2}};
  table x = t.draw({1, 3, 3, 4});
  const laid_out plain(x, layout::contiguous);
  const shape in = channels_last_strides(x.dims), out_dims{1, 3, 2, 3}, out = channels_last_strides(out_dims);
  std::vector<f16> stored(static_cast<std::size_t>(count(x.dims))), to(18);
  each(x.dims, [&](const shape& i) { stored[static_cast<std::size_t>(reference::offset(i, in))] = f16(x[i].real); });
  const any_view from(dtype::f16, x.dims, in, reinterpret_cast<const std::byte*>(stored.data()));
  const mutable_any_view view(dtype::f16, out_dims, out, reinterpret_cast<std::byte*>(to.data()));
  const known k[] = {{dtype::f16, x.dims, {}}}, y[] = {{dtype::f16, out_dims, {}}};
  auto scratch = buffer::make(scratch_bytes(row("MaxPool"), &o, k, y, false));
  const auto expected = try_apply(row("MaxPool"), &o, std::span(&plain.view, 1));
  REQUIRE((scratch.has_value() && expected.has_value()));
  if (!scratch.has_value() || !expected.has_value()) return;
  run_context c(std::span(&from, 1), std::span(&view, 1), (*scratch).data());
  CHECK(run_node(row("MaxPool"), &o, c).has_value());
  i64 at = 0;
  each(out_dims, [&](const shape& i) {
    CHECK(to[static_cast<std::size_t>(reference::offset(i, out))].bits == (*expected)[0].as<f16>()[at++].bits);
  });
}

}  // namespace tests::ops
