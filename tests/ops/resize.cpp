// Resize and Upsample: cases against ONNX's formulas, one element at a time, what they say about wrong
// inputs, older opsets.
#include "tenon/ops/resize.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

using tenon::ops::Resize;
using tenon::ops::Upsample;

struct axis_case {
  i64 in, out;
  double scale, begin = 0, end = 1;
};

double origin(const Resize& o, const axis_case& a, i64 x) {
  const std::string& mode = o.coordinate_transformation_mode;
  const double in = static_cast<double>(a.in), out = a.scale * in, at = static_cast<double>(x);
  if (mode == "align_corners") return out == 1 ? 0 : at * (in - 1) / (out - 1);
  if (mode == "asymmetric") return at / a.scale;
  if (mode == "tf_crop_and_resize")
    return a.begin * (in - 1) + (out == 1 ? (a.end - a.begin) * (in - 1) / 2 : at * (a.end - a.begin) * (in - 1) / (out - 1));
  if (mode == "half_pixel_symmetric") return in / 2 * (1 - static_cast<double>(a.out) / out) + (at + 0.5) / a.scale - 0.5;
  if (mode == "pytorch_half_pixel" && out == 1) return -0.5;
  return (at + 0.5) / a.scale - (mode == "tf_half_pixel_for_nn" ? 0 : 0.5);
}

double kernel(const Resize& o, double x) {
  x = std::abs(x);
  if (o.mode == "linear") return std::max(0.0, 1 - x);
  const double a = static_cast<double>(o.cubic_coeff_a);
  if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  return x < 2 ? a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a : 0;
}

/// One axis of a list of doubles.
std::vector<double> along(const Resize& o, const axis_case& a, const std::vector<double>& x) {
  std::vector<double> y;
  const auto at = [&](i64 i) { return x[static_cast<std::size_t>(std::min(std::max<i64>(i, 0), a.in - 1))]; };
  for (i64 j = 0; j < a.out; ++j) {
    const double p = origin(o, a, j);
    if (o.coordinate_transformation_mode == "tf_crop_and_resize" && (p < 0 || p > static_cast<double>(a.in - 1))) {
      y.push_back(static_cast<double>(o.extrapolation_value));
    } else if (o.mode == "nearest") {
      const std::string& r = o.nearest_mode;
      y.push_back(at(static_cast<i64>(r == "floor" ? std::floor(p) : r == "ceil" ? std::ceil(p) : r == "round_prefer_ceil" ? std::floor(p + 0.5) : std::ceil(p - 0.5))));
    } else {
      const double narrow = o.antialias ? std::min(a.scale, 1.0) : 1;
      double sum = 0, weights = 0;
      const i64 reach = static_cast<i64>(std::ceil(2 / narrow)) + 1;
      for (i64 i = static_cast<i64>(std::floor(p)) - reach; i <= static_cast<i64>(std::floor(p)) + reach; ++i) {
        if (o.exclude_outside && (i < 0 || i >= a.in)) continue;
        const double w = kernel(o, (static_cast<double>(i) - p) * narrow);
        sum += w * at(i), weights += w;
      }
      y.push_back(o.antialias || o.exclude_outside ? sum / weights : sum);
    }
  }
  return y;
}

table resized(const Resize& o, table& x, const std::vector<axis_case>& axes) {
  reference::array<double> now(x.dims, layout::contiguous);
  each(x.dims, [&](const shape& i) { now[i] = static_cast<double>(x[i]); });  // patterns are small, too
  shape dims = x.dims;
  for (int d = 0; d < dims.rank(); ++d) {
    const axis_case& a = axes[static_cast<std::size_t>(d)];
    if (a.in == a.out && a.scale == 1 && a.begin == 0 && a.end == 1) continue;
    shape next = dims, lines = dims;
    next[d] = a.out, lines[d] = 1;
    reference::array<double> to(next, layout::contiguous);
    each(lines, [&](shape i) {
      std::vector<double> line;
      for (i[d] = 0; i[d] < a.in; ++i[d]) line.push_back(now[i]);
      const auto made = along(o, a, line);
      for (i[d] = 0; i[d] < a.out; ++i[d]) to[i] = made[static_cast<std::size_t>(i[d])];
    });
    now = to, dims = next;
  }
  table y(x.type, dims);
  y.bits = x.bits;
  each(dims, [&](const shape& i) { y[i] = y.kind().whole ? number::of(static_cast<reference::wide>(std::nearbyint(now[i]))) : number(now[i]); });
  return y;
}

/// Elements that nothing is calculated of.
table small_patterns(trial& t, const shape& dims) {
  table x(t.type, dims);
  x.bits = t.type != dtype::string;
  return t.fill(x, [&] { return number::of(t.random.between(0, t.type == dtype::boolean ? 1 : 9)); });
}

/// By scales where there are any, else to sizes.
void resize(trial& t, const shape& dims, const Resize& o, const std::vector<double>& scales, const ints& sizes, const std::vector<double>& roi = {}) {
  const bool numbers = dtypes::numeric.has(t.type);
  if (o.mode != "nearest" && !numbers) return;
  table x = numbers ? t.draw(dims, o.mode == "nearest" ? -9 : 4, 9) : small_patterns(t, dims);
  table s(dtype::f32, {static_cast<i64>(scales.size())}), r(dtype::f32, {static_cast<i64>(roi.size())});
  for (std::size_t i = 0; i < scales.size(); ++i) s.data()[i] = scales[i];
  for (std::size_t i = 0; i < roi.size(); ++i) r.data()[i] = roi[i];
  const table n({static_cast<i64>(sizes.size())}, sizes);
  std::vector<axis_case> axes;
  for (int d = 0; d < dims.rank(); ++d) {
    const auto u = static_cast<std::size_t>(d);
    axis_case a{dims[d], dims[d], 1};
    if (!scales.empty()) a.scale = static_cast<double>(static_cast<float>(scales[u])), a.out = static_cast<i64>(std::floor(static_cast<double>(a.in) * a.scale));
    else a.out = sizes[u], a.scale = static_cast<double>(a.out) / static_cast<double>(a.in);
    if (!roi.empty()) a.begin = roi[u], a.end = roi[u + static_cast<std::size_t>(dims.rank())];
    axes.push_back(a);
  }
  const table y = resized(o, x, axes);
  const table* const region = roi.empty() ? nullptr : &r;
  // Weights and sums are rounded; no result is near 0.
  const int ulps = o.mode == "nearest" ? 0 : t.type == dtype::f32 || t.type == dtype::f64 ? 64 : 2;
  if (!scales.empty()) t.expect(&o, {&x, region, &s}, {&y}, ulps, o.mode + " " + o.coordinate_transformation_mode);
  else t.expect(&o, {&x, region, nullptr, &n}, {&y}, ulps, o.mode + " " + o.coordinate_transformation_mode);
}

}  // namespace

void resize_cases(trial& t) {
  const bool reals = !table(t.type, {}).kind().whole;
  for (const char* rounding : {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"})
    for (const char* coordinates : {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric", "tf_half_pixel_for_nn"}) {
      const Resize o{.coordinate_transformation_mode = coordinates, .nearest_mode = rounding};
      resize(t, {1, 2, 4, 5}, o, {1, 1, 2, 2.5}, {});
      resize(t, {1, 2, 4, 5}, o, {}, {1, 2, 7, 3});
    }
  const Resize plain;
  resize(t, {2, 3, 4, 9}, plain, {1, 1, 2, 2}, {}), resize(t, {2, 3}, plain, {2, 1}, {}), resize(t, {7}, plain, {0.5}, {}), resize(t, {2, 3}, plain, {1, 1}, {});
  resize(t, {1, 2, 2, 2, 3}, plain, {1, 2, 3, 1, 2}, {}), resize(t, {0, 2, 3}, plain, {1, 1, 2}, {}), resize(t, {2, 3}, plain, {}, {2, 0});
  resize(t, {3, 4}, {.coordinate_transformation_mode = "tf_crop_and_resize", .extrapolation_value = reals ? 0.5f : t.type == dtype::string ? -1.0f : 0.0f}, {}, {4, 5}, {0.25, -0.5, 1.0, 0.75});
  // Of integers half of the results lie between two: the rounding would be a matter of the last bit.
  if (!reals) return;
  for (const char* mode : {"linear", "cubic"})
    for (const char* coordinates : {"half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel", "half_pixel_symmetric"}) {
      Resize o{.coordinate_transformation_mode = coordinates, .mode = mode};
      resize(t, {1, 2, 4, 5}, o, {1, 1, 2, 2.5}, {}), resize(t, {1, 9, 4, 5}, o, {}, {1, 9, 7, 3}), resize(t, {2, 8}, o, {}, {1, 1});
      o.exclude_outside = true;
      resize(t, {1, 2, 4, 5}, o, {1, 1, 0.75, 2}, {});
      o.antialias = true;
      resize(t, {1, 2, 9, 5}, o, {1, 1, 0.25, 0.6}, {});
      o.exclude_outside = false;
      resize(t, {1, 2, 9, 5}, o, {1, 1, 0.25, 0.6}, {}), resize(t, {3, 17}, o, {}, {2, 1});
    }
  resize(t, {3, 4}, {.coordinate_transformation_mode = "tf_crop_and_resize", .extrapolation_value = 10, .mode = "linear"}, {}, {4, 5}, {0.25, -0.5, 1.0, 0.75});
  resize(t, {5, 5}, {.cubic_coeff_a = -0.5f, .mode = "cubic"}, {1.5, 2}, {});
}
const by_reference resize_reference(cases{"Resize", resize_cases});

void upsample_cases(trial& t) {
  for (const char* mode : {"nearest", "linear"}) {
    if (mode[0] == 'l' && table(t.type, {}).kind().whole) continue;
    const Upsample o{.mode = mode};
    const Resize same{.coordinate_transformation_mode = "asymmetric", .mode = mode, .nearest_mode = "floor"};
    table x = dtypes::numeric.has(t.type) ? t.draw({1, 3, 2, 5}, 4, 9) : small_patterns(t, {1, 3, 2, 5}), s(dtype::f32, {4}, {1, 1, 2, 3});
    const table y = resized(same, x, {{1, 1, 1}, {3, 3, 1}, {2, 4, 2}, {5, 15, 3}});
    t.expect(&o, {&x, &s}, {&y}, mode[0] == 'n' ? 0 : 4);
  }
}
const by_reference upsample_reference(cases{"Upsample", upsample_cases});

TEST_CASE("Resize keeps pictures stored channels last") {
  const shape dims{2, 5, 3, 4}, out{2, 5, 6, 8}, last = channels_last_strides(dims), last_out = channels_last_strides(out);
  trial t(row("Resize"), dtype::f32, layout::contiguous, 3);
  table x = t.draw(dims);
  const laid_out plain(x, layout::contiguous);
  const any_tensor scales = tensor<float>(shape{4}, {1, 1, 2, 2});
  std::vector<float> turned(static_cast<std::size_t>(count(dims))), to(static_cast<std::size_t>(count(out)));
  each(dims, [&](const shape& i) { turned[static_cast<std::size_t>(reference::offset(i, last))] = static_cast<float>(x[i].real); });
  for (const char* mode : {"nearest", "linear", "cubic"}) {
    const Resize o{.mode = mode};
    const any_view in[] = {plain.view, {}, scales}, in_last[] = {any_view(dtype::f32, dims, last, reinterpret_cast<const std::byte*>(turned.data())), {}, scales};
    const auto first = try_apply(row("Resize"), &o, in);
    std::vector<known> k, y{{dtype::f32, out, {}}};
    for (const any_view& v : in_last) k.push_back({v.type, v.dims, v});
    auto scratch = buffer::make(scratch_bytes(row("Resize"), &o, k, y, false));
    const mutable_any_view view(dtype::f32, out, last_out, reinterpret_cast<std::byte*>(to.data()));
    REQUIRE((first.has_value() && scratch.has_value()));
    if (!first.has_value() || !scratch.has_value()) return;
    run_context c(in_last, std::span(&view, 1), (*scratch).data());
    CHECK(run_node(row("Resize"), &o, c).has_value());
    each(out, [&](const shape& i) {
      CHECK(to[static_cast<std::size_t>(reference::offset(i, last_out))] == (*first)[0].as<float>()[reference::offset(i, contiguous_strides(out))]);
    });
  }
}

TEST_CASE("Resize rounds integers to the nearest even and saturates") {
  const Resize linear{.coordinate_transformation_mode = "align_corners", .mode = "linear"}, cubic{.mode = "cubic"};
  const any_tensor x = tensor<u8>(shape{2}, {u8{0}, u8{5}}), edge = tensor<i8>(shape{4}, {i8{-128}, i8{-128}, i8{127}, i8{127}}),
                   three = tensor<i64>(shape{1}, {3}), nine = tensor<i64>(shape{1}, {9});
  const any_view a[] = {x, {}, {}, three}, b[] = {edge, {}, {}, nine};
  const auto r = try_apply(row("Resize"), &linear, a), s = try_apply(row("Resize"), &cubic, b);
  REQUIRE((r.has_value() && s.has_value()));
  if (!r.has_value() || !s.has_value()) return;
  CHECK(((*r)[0].as<u8>()[0] == 0 && (*r)[0].as<u8>()[1] == 2 && (*r)[0].as<u8>()[2] == 5));
  for (i64 i = 0; i < 3; ++i) CHECK(((*s)[0].as<i8>()[i] == -128 && (*s)[0].as<i8>()[8 - i] == 127));
}

TEST_CASE("Resize keeps the ratio of sides when asked to") {
  const any_tensor x = zeros(dtype::f32, {1, 1, 2, 4}), sizes = tensor<i64>(shape{2}, {7, 8});
  const auto dims = [&](const char* policy) {
    const Resize o{.axes = {2, 3}, .keep_aspect_ratio_policy = policy};
    const any_view in[] = {x, {}, {}, sizes};
    const auto r = try_apply(row("Resize"), &o, in);
    return r.has_value() ? join({(*r)[0].dims()}) : r.error().message;
  };
  CHECK(dims("stretch") == "[1,1,7,8]");
  CHECK(dims("not_larger") == "[1,1,4,8]");
  CHECK(dims("not_smaller") == "[1,1,7,14]");
}

TEST_CASE("Resize says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3}), none = zeros(dtype::f32, {0, 3}), yes = zeros(dtype::boolean, {2, 3});
  const auto scaled = [](const any_view& in, std::initializer_list<float> s, const Resize& o = {}) {
    const any_tensor scales = tensor<float>(shape{static_cast<i64>(s.size())}, s);
    return complaint("Resize", &o, {in, {}, scales});
  };
  const auto sized = [](const any_view& in, std::initializer_list<i64> s, const Resize& o = {}) {
    const any_tensor sizes = tensor<i64>(shape{static_cast<i64>(s.size())}, s);
    return complaint("Resize", &o, {in, {}, {}, sizes});
  };
  CHECK(scaled(x, {2, 2}) == "");
  CHECK(scaled(x, {2}) == "Resize: scales of shape [1] for 2 axes");
  CHECK(scaled(x, {2, 0}) == "Resize: scale 0 of axis 1 is not positive");
  CHECK(scaled(x, {2, __builtin_nanf("")}) == "Resize: scale nan of axis 1 is not positive");
  CHECK(scaled(x, {1, 3e38f}).starts_with("Resize: axis 1 of [2,3] cannot become "));
  CHECK(scaled(x, {1e9f, 1e9f}).starts_with("Resize: "));
  CHECK(sized(x, {4, -1}) == "Resize: size -1 of axis 1 is negative");
  CHECK(sized(none, {4, 3}) == "Resize: axis 0 of [0,3] has nothing to make 4 elements of");
  CHECK(sized(none, {0, 5}) == "");
  CHECK(sized(x, {4}, {.axes = {2}}) == "Resize: axes [2] are not different ones of [2,3]");
  CHECK(sized(x, {4, 4}, {.axes = {1, -1}}) == "Resize: axes [1,?] are not different ones of [2,3]");
  CHECK(scaled(x, {2, 2}, {.mode = "lanczos"}) == "Resize: mode 'lanczos' is unknown");
  CHECK(scaled(x, {2, 2}, {.coordinate_transformation_mode = "corner"}) == "Resize: coordinate_transformation_mode 'corner' is unknown");
  CHECK(scaled(x, {2, 2}, {.nearest_mode = "up"}) == "Resize: nearest_mode 'up' is unknown");
  CHECK(scaled(x, {2, 2}, {.keep_aspect_ratio_policy = "loose"}) == "Resize: keep_aspect_ratio_policy 'loose' is unknown");
  CHECK(scaled(yes, {2, 2}, {.mode = "linear"}) == "Resize: mode linear of bool is not supported");
  CHECK(scaled(zeros(dtype::string, {2, 3}), {2, 2}, {.mode = "cubic"}) == "Resize: mode cubic of string is not supported");
  const Resize o, crop{.coordinate_transformation_mode = "tf_crop_and_resize"};
  const any_tensor two = tensor<float>(shape{2}, {2.0f, 2.0f}), four = tensor<i64>(shape{2}, {4, 4}),
                   wild = tensor<float>(shape{4}, {__builtin_nanf(""), -1e30f, 1e30f, __builtin_inff()});
  CHECK(complaint("Resize", &o, {x}) == "Resize: neither scales nor sizes are given");
  CHECK(complaint("Resize", &o, {x, {}, two, four}) == "Resize: scales and sizes are both given");
  CHECK(complaint("Resize", &crop, {x, two, two}) == "Resize: roi of shape [2] for 2 axes");
  CHECK(complaint("Resize", &crop, {x, wild, two}) == "");
}

TEST_CASE("Resize of opset 10 and Upsample of older ones") {
  Resize ten;
  fake_node n10(10, 2), n11(11, 4);
  CHECK((row("Resize").upgrade(&ten, n10).has_value() && ten.two_inputs.value));
  const any_tensor x = tensor<float>(shape{2}, {1.0f, 2.0f}), two = tensor<float>(shape{1}, {2.5f});
  const any_view in[] = {x, two};
  const auto r = try_apply(row("Resize"), &ten, in);
  REQUIRE(r.has_value());
  if (!r.has_value()) return;
  CHECK((*r)[0].size() == 5);
  CHECK(((*r)[0].as<float>()[2] == 1.0f && (*r)[0].as<float>()[3] == 2.0f));
  Resize eleven;
  CHECK((row("Resize").upgrade(&eleven, n11).has_value() && !eleven.two_inputs.value));
  Upsample seven, one;
  fake_node n7(7), n1(1);
  n7.attributes["scales"] = floats{1, 2};
  n1.attributes["height_scale"] = 2.0f, n1.attributes["width_scale"] = 3.0f;
  CHECK((row("Upsample").upgrade(&seven, n7).has_value() && row("Upsample").upgrade(&one, n1).has_value()));
  CHECK(set_input(n7, 1) == "float32 1 2 [2]");
  CHECK(set_input(n1, 1) == "float32 1 1 2 3 [4]");
}

}  // namespace tests::ops
