// NonMaxSuppression against a list that is searched again for every box, RoiAlign on planes, whose means
// are known; what they say about wrong inputs.
#include "tenon/ops/detection.hpp"

#include "old_node.hpp"

namespace tests::ops {

namespace {

using tenon::ops::MaxRoiPool;
using tenon::ops::NonMaxSuppression;
using tenon::ops::RoiAlign;

}  // namespace

void non_max_suppression_cases(trial& t) {
  for (const i64 most : {0, 2, 100})
    for (const bool centers : {false, true}) {
      const i64 n = 12;
      table boxes(dtype::f32, {2, n, 4}), scores(dtype::f32, {2, 3, n}), limit = table({}, std::vector<i64>{most}), overlap(dtype::f32, {}, {0.25}), least(dtype::f32, {}, {0.125});
      // Squares with sides of 4 on a coarse grid; in the form with corners some are given upside down.
      each({2, n}, [&](const shape& i) {
        const double y = static_cast<double>(t.random.between(0, 8)), x = static_cast<double>(t.random.between(0, 8));
        const bool turned = t.random.between(0, 1) == 1;
        const double corners[] = {turned ? y + 4 : y, x, turned ? y : y + 4, x + 4}, middle[] = {x + 2, y + 2, 4, 4};
        for (i64 k = 0; k < 4; ++k) boxes[{i[0], i[1], k}] = centers ? middle[k] : corners[k];
      });
      each(scores.dims, [&](const shape& i) { scores[i] = static_cast<double>(t.random.between(0, 64)) / 64; });
      const auto at = [&](i64 b, i64 k, i64 d) { return centers ? boxes[{b, k, 1 - d}].real - 2 : std::min(boxes[{b, k, d}].real, boxes[{b, k, d + 2}].real); };
      std::vector<i64> found;
      for (i64 b = 0; b < 2; ++b)
        for (i64 c = 0; c < 3; ++c) {
          std::vector<i64> chosen;
          std::vector<bool> gone(static_cast<std::size_t>(n));
          while (static_cast<i64>(chosen.size()) < most) {
            i64 best = -1;
            for (i64 k = 0; k < n; ++k)
              if (!gone[static_cast<std::size_t>(k)] && scores[{b, c, k}].real > 0.125 && (best < 0 || scores[{b, c, k}].real > scores[{b, c, best}].real)) best = k;
            if (best < 0) break;
            gone[static_cast<std::size_t>(best)] = true;
            bool free = true;
            for (i64 other : chosen) {
              const double both = std::max(0.0, 4 - std::abs(at(b, best, 0) - at(b, other, 0))) * std::max(0.0, 4 - std::abs(at(b, best, 1) - at(b, other, 1)));
              free &= both / (32 - both) <= 0.25;
            }
            if (!free) continue;
            chosen.push_back(best);
            found.insert(found.end(), {b, c, best});
          }
        }
      const NonMaxSuppression o{.center_point_box = centers};
      const table y({static_cast<i64>(found.size()) / 3, 3}, found);
      t.expect(&o, {&boxes, &scores, &limit, &overlap, &least}, {&y});
    }
}
TEST_CASE("NonMaxSuppression finds what a search for each box finds, however its inputs lie") {
  for (const layout how : reference::layouts) {
    trial t(row("NonMaxSuppression"), dtype::f32, how, static_cast<u64>(how));
    non_max_suppression_cases(t);
    CHECK(t.runs == 6);
    CHECK(t.faults == 0);
  }
}

void roi_align_cases(trial& t) {
  // Bilinear samples of a plane are exact, and their mean is its value in the middle of a bin.
  table x(t.type, {2, 3, 8, 8}), rois(t.type, {3, 4}), y(t.type, {3, 3, 2, 4});
  const auto plane = [](i64 n, i64 c, double row, double column) { return static_cast<double>(n + 1) * 64 + row * static_cast<double>(c + 1) + column; };
  each(x.dims, [&](const shape& i) { x[i] = plane(i[0], i[1], static_cast<double>(i[2]), static_cast<double>(i[3])); });
  const double regions[3][4] = {{1, 1, 5, 3}, {2, 0.5, 6, 6.5}, {1, 1, 3, 7}};
  each(rois.dims, [&](const shape& i) { rois[i] = regions[i[0]][i[1]]; });
  const table indices = list_of({0, 1, 1});
  for (const i64 samples : {0, 2})
    for (const bool half : {true, false}) {
      const RoiAlign o{.coordinate_transformation_mode = half ? "half_pixel" : "output_half_pixel", .output_height = 2, .output_width = 4, .sampling_ratio = samples};
      each(y.dims, [&](const shape& i) {
        const double* r = regions[i[0]];
        const double row = r[1] + (r[3] - r[1]) * (static_cast<double>(i[2]) + 0.5) / 2, column = r[0] + (r[2] - r[0]) * (static_cast<double>(i[3]) + 0.5) / 4;
        y[i] = plane(i[0] > 0, i[1], row - (half ? 0.5 : 0), column - (half ? 0.5 : 0));
      });
      t.expect(&o, {&x, &rois, &indices}, {&y}, 2);
    }
}
const by_reference roi_align_reference(cases{"RoiAlign", roi_align_cases});

const by_reference max_roi_reference(cases{"MaxRoiPool", [](trial& t) {
  // left, top, right, bottom: inside; over the edges; outside; one pixel, less than a bin each.
  table x = t.draw({2, 3, 7, 9}), rois(t.type, {4, 5}, {0, 1, 1, 6, 5, 1, -3, 2, 20, 9, 1, 30, 30, 40, 40, 0, 4, 3, 4, 3}), y(t.type, {4, 3, 2, 4});
  for (const double scale : {1.0, 0.5}) {
    each(y.dims, [&](const shape& i) {
      double corner[4];
      for (i64 k = 0; k < 4; ++k) corner[k] = std::round(rois[{i[0], k + 1}].real * scale);
      const auto bins = [&](double low, double high, i64 at, i64 n, i64 size) {
        const double bin = std::max(high - low + 1, 1.0) / static_cast<double>(n), edge = static_cast<double>(size);
        return std::pair(static_cast<i64>(std::clamp(std::floor(static_cast<double>(at) * bin) + low, 0.0, edge)),
                         static_cast<i64>(std::clamp(std::ceil(static_cast<double>(at + 1) * bin) + low, 0.0, edge)));
      };
      const auto [y0, y1] = bins(corner[1], corner[3], i[2], 2, 7);
      const auto [x0, x1] = bins(corner[0], corner[2], i[3], 4, 9);
      number most = 0.0;
      bool any = false;
      for (i64 v = y0; v < y1; ++v)
        for (i64 u = x0; u < x1; ++u) {
          const number at = x[{static_cast<i64>(rois[{i[0], 0}].real), i[1], v, u}];
          if (!any || most < at) most = at;
          any = true;
        }
      y[i] = most;
    });
    const MaxRoiPool o{.pooled_shape = ints{2, 4}, .spatial_scale = static_cast<float>(scale)};
    t.expect(&o, {&x, &rois}, {&y});
  }
}});

TEST_CASE("MaxRoiPool says what does not fit") {
  const any_tensor x = zeros(dtype::f32, {2, 3, 4, 4});
  const MaxRoiPool o{.pooled_shape = ints{2, 2}}, one{.pooled_shape = ints{2}};
  CHECK(complaint("MaxRoiPool", &one, {x, zeros(dtype::f32, {1, 5})}) == "MaxRoiPool: pooled_shape [2] is not a height and a width");
  CHECK(complaint("MaxRoiPool", &o, {x, zeros(dtype::f32, {1, 4})}) == "MaxRoiPool: input [2,3,4,4] and regions [1,4] do not fit");
  CHECK(complaint("MaxRoiPool", &o, {x, tensor<float>({1, 5}, {2, 0, 0, 1, 1})}) == "MaxRoiPool: picture 2 of region 0 is out of range for [2,3,4,4]");
  CHECK(complaint("MaxRoiPool", &o, {x, tensor<float>({1, 5}, {0, 0, 0, __builtin_nanf(""), 1})}) == "MaxRoiPool: region 0 is out of range");
}

TEST_CASE("regions and boxes of any number take as long as what they cover") {
  const any_tensor x = tensor<float>(shape{1, 1, 2, 2}, {1, 2, 3, 4}), first = zeros(dtype::i64, {1});
  // A bin of 30,000 pixels a side: those outside of the picture count as zeros.
  const any_tensor roi = tensor<float>(shape{1, 4}, {-10000, -10000, 20000, 20000});
  const any_view in[] = {x, roi, first};
  for (const bool mean : {true, false}) {
    const RoiAlign o{.mode = mean ? "avg" : "max"};
    const auto r = try_apply(row("RoiAlign"), &o, in);
    REQUIRE(r.has_value());
    const float y = (*r)[0].as<float>()[0];
    CHECK((mean ? y > 0 && y < 1e-7f : y > 0.9f && y <= 4));
  }
  // Every box may be compared with every other.
  const any_tensor boxes = zeros(dtype::f32, {1, 100, 4}), scores = zeros(dtype::f32, {1, 1, 100}), all = tensor<i64>(shape{1}, {100});
  const any_view of[] = {boxes, scores, all};
  const NonMaxSuppression n;
  i64 few = 10'000, enough = 11'000;
  const auto refused = try_apply(row("NonMaxSuppression"), &n, of, {.macs = &few});
  REQUIRE(!refused.has_value());
  CHECK(refused.error().message == "NonMaxSuppression: takes 10000 multiply-adds, more than the 9499 that are left");
  CHECK(try_apply(row("NonMaxSuppression"), &n, of, {.macs = &enough}).has_value() == false);  // twice: to count them, and to write them
  enough = 21'000;
  CHECK(try_apply(row("NonMaxSuppression"), &n, of, {.macs = &enough}).has_value());
}

TEST_CASE("RoiAlign takes the greatest weighted pixel") {
  const any_tensor x = tensor<float>(shape{1, 1, 2, 2}, {1, 2, 3, 8}), roi = tensor<float>(shape{1, 4}, {0, 0, 1, 1}), first = tensor<i64>(shape{1}, {0});
  const RoiAlign o{.coordinate_transformation_mode = "output_half_pixel", .mode = "max", .sampling_ratio = 1};
  const any_view in[] = {x, roi, first};
  const auto r = try_apply(row("RoiAlign"), &o, in);
  REQUIRE(r.has_value());
  if (r.has_value()) CHECK((*r)[0].as<float>()[0] == 2.0f);
  RoiAlign old;
  fake_node ten(10, 3);
  CHECK((row("RoiAlign").upgrade(&old, ten).has_value() && old.coordinate_transformation_mode == "output_half_pixel"));
}

TEST_CASE("what detectors end with says what does not fit") {
  const any_tensor boxes = zeros(dtype::f32, {1, 3, 4}), scores = zeros(dtype::f32, {1, 2, 3}), few = zeros(dtype::f32, {1, 2, 2}), two = zeros(dtype::i64, {2});
  CHECK(complaint("NonMaxSuppression", nullptr, {boxes, scores}) == "");
  CHECK(complaint("NonMaxSuppression", nullptr, {boxes, few}) == "NonMaxSuppression: boxes of shape [1,3,4] and scores of [1,2,2] do not fit");
  CHECK(complaint("NonMaxSuppression", nullptr, {boxes, scores, two}) == "NonMaxSuppression: input 2 of shape [2] is no scalar");
  const any_tensor x = zeros(dtype::f32, {1, 1, 4, 4}), roi = zeros(dtype::f32, {1, 4}), first = zeros(dtype::i64, {1}), second = tensor<i64>(shape{1}, {1}),
                   wide = tensor<float>(shape{1, 4}, {0, 0, 1e20f, 1}), nan = tensor<float>(shape{1, 4}, {0, __builtin_nanf(""), 1, 1});
  const RoiAlign o, median{.mode = "median"}, none{.output_height = 0};
  CHECK(complaint("RoiAlign", &o, {x, roi, first}) == "");
  CHECK(complaint("RoiAlign", &o, {x, roi, two}) == "RoiAlign: input [1,1,4,4], regions [1,4] and batch_indices [2] do not fit");
  CHECK(complaint("RoiAlign", &o, {x, roi, second}) == "RoiAlign: batch index 1 of region 0 is out of range for [1,1,4,4]");
  CHECK(complaint("RoiAlign", &o, {x, wide, first}).ends_with("is out of range"));
  CHECK(complaint("RoiAlign", &o, {x, nan, first}).ends_with("is out of range"));
  CHECK(complaint("RoiAlign", &median, {x, roi, first}) == "RoiAlign: mode 'median' is unknown");
  CHECK(complaint("RoiAlign", &none, {x, roi, first}) == "RoiAlign: an output of 0 x 1 with sampling_ratio 0 is out of range");
}

}  // namespace tests::ops
