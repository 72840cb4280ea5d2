// NonMaxSuppression, RoiAlign, MaxRoiPool: what detectors end with.
#pragma once

#include "body.hpp"
#include "produce.hpp"

TENON_COLD_BEGIN
namespace tenon::inline TENON_BUILD {

namespace ops {

/// Boxes of each picture and class in the order of their scores, without those that overlap a better one.
struct NonMaxSuppression {
  using kind = kinds::general;
  static constexpr int since = 11;
  static constexpr dtype_set dtypes{dtype::f32};
  static constexpr auto inputs = "boxes:T scores:T max_output_boxes_per_class?:I iou_threshold?:T score_threshold?:T";
  static constexpr auto outputs = "selected_indices:I";

  bool center_point_box = false;

  status produce(produce_context& c) const {
    const shape &b = c.input(0).dims, &s = c.input(1).dims;
    if (b.rank() != 3 || s.rank() != 3 || b[2] != 4 || b[0] != s[0] || b[1] != s[2])
      return c.invalid({"boxes of shape ", b, " and scores of ", s, " do not fit"});
    for (int i = 2; i < c.inputs(); ++i)
      if (c.has(i) && c.input(i).size() != 1) return c.invalid({"input ", i, " of shape ", c.input(i).dims, " is no scalar"});
    std::vector<any_tensor> own(static_cast<std::size_t>(c.inputs()));
    std::vector<any_view> in;
    for (int i = 0; i < c.inputs(); ++i) {
      const auto v = dense(c, c.input(i), own[static_cast<unsigned>(i)]);
      if (!v.has_value()) return std::unexpected(v.error());
      in.push_back(*v);
    }
    any_tensor order;
    if (status made = make(c, dtype::i64, {b[1]}, order); !made.has_value()) return made;
    i64 found = 0;
    if (status counted = select_boxes(c, in, order.as<i64>(), nullptr, found); !counted.has_value()) return counted;
    if (status made = make(c, dtype::i64, {found, 3}, c.output(0)); !made.has_value()) return made;
    return select_boxes(c, in, order.as<i64>(), c.output(0).as<i64>(), found);
  }

 private:
  struct box {
    double top, left, bottom, right;
    double area() const { return (bottom - top) * (right - left); }
  };
  box box_at(const float* p) const {
    const double a = static_cast<double>(p[0]), b = static_cast<double>(p[1]), c = static_cast<double>(p[2]), d = static_cast<double>(p[3]);
    if (center_point_box) return {b - d / 2, a - c / 2, b + d / 2, a + c / 2};
    return {std::min(a, c), std::min(b, d), std::max(a, c), std::max(b, d)};
  }
  static bool overlap(const box& a, const box& b, double most) {
    const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top), width = std::min(a.right, b.right) - std::max(a.left, b.left);
    if (!(height > 0) || !(width > 0)) return false;
    const double both = height * width, all = a.area() + b.area() - both;
    // Compared as floats: a ratio that is the threshold but for its last digits is not above it.
    return all > 0 && static_cast<float>(both / all) > static_cast<float>(most);
  }
  /// Writes (picture, class, box) triples unless `to` is null: then it says how many there are. `order` has
  /// room for all boxes of a picture.
  status select_boxes(produce_context& c, std::span<const any_view> in, i64* order, i64* to, i64& found) const {
    const auto given = [&](std::size_t i) { return i < in.size() && in[i]; };
    const shape &b = in[0].dims, &s = in[1].dims;
    const i64 most = given(2) ? in[2].as<i64>()[0] : 0;
    const double overlapping = given(3) ? static_cast<double>(in[3].as<float>()[0]) : 0;
    const bool limited = given(4);
    const float least = limited ? in[4].as<float>()[0] : 0;
    found = 0;
    for (i64 n = 0; n < s[0]; ++n)
      for (i64 k = 0; k < s[1]; ++k) {
        const float* const scores = in[1].as<float>() + (n * s[1] + k) * s[2];
        const float* const boxes = in[0].as<float>() + n * b[1] * 4;
        i64 left = 0, kept = 0;
        for (i64 i = 0; i < s[2]; ++i)
          if (limited ? scores[i] > least : scores[i] == scores[i]) order[left++] = i;
        std::sort(order, order + left, [&](i64 x, i64 y) { return scores[x] > scores[y] || (scores[x] == scores[y] && x < y); });
        if (status may = c.spend(static_cast<double>(left) * static_cast<double>(std::clamp<i64>(most, 1, left + 1))); !may.has_value()) return may;
        // The chosen ones are at the front of the list, which they were taken from.
        for (i64 i = 0; i < left && kept < most; ++i) {
          const box next = box_at(boxes + order[i] * 4);
          bool free = true;
          for (i64 j = 0; j < kept && free; ++j) free = !overlap(box_at(boxes + order[j] * 4), next, overlapping);
          if (!free) continue;
          order[kept++] = order[i];
          if (to) to[0] = n, to[1] = k, to[2] = order[i], to += 3;
        }
        found += kept;
      }
    return {};
  }
};

/// Regions of pictures resampled to one size: the mean or the greatest of bilinear samples in each bin.
struct RoiAlign {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T rois:T batch_indices:I", outputs = "Y:T";
  static constexpr bool widen = true;

  std::string coordinate_transformation_mode = "half_pixel";
  std::string mode = "avg";
  i64 output_height = 1, output_width = 1;
  i64 sampling_ratio = 0;
  float spatial_scale = 1;

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &rois = c.dims(1), &indices = c.dims(2);
    if (x.rank() != 4 || rois.rank() != 2 || rois[1] != 4 || indices != shape{rois[0]})
      return c.invalid({"input ", x, ", regions ", rois, " and batch_indices ", indices, " do not fit"});
    if (mode != "avg" && mode != "max") return c.invalid({"mode '", mode, "' is unknown"});
    if (coordinate_transformation_mode != "half_pixel" && coordinate_transformation_mode != "output_half_pixel")
      return c.invalid({"coordinate_transformation_mode '", coordinate_transformation_mode, "' is unknown"});
    if (output_height < 1 || output_width < 1 || sampling_ratio < 0 || sampling_ratio > most_samples)
      return c.invalid({"an output of ", output_height, " x ", output_width, " with sampling_ratio ", sampling_ratio, " is out of range"});
    return c.output(0, {rois[0], x[1], output_height, output_width});
  }
  /// Four for each sample. Where their number is the region's, they are at most two by two for each pixel.
  double macs(std::span<const known> in, std::span<const known> out) const {
    const double bins = static_cast<double>(count(out[0].dims)), along = static_cast<double>(sampling_ratio);
    const shape& x = in[0].dims;
    return 4 * (sampling_ratio > 0 ? bins * along * along
                                   : bins + 4 * static_cast<double>(out[0].dims[0]) * static_cast<double>(count(x.from(1))));
  }
  status run(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const i64 regions = y.dims[0];
    for (i64 r = 0; r < regions; ++r)
      if (const i64 n = c.input(2).as<i64>()[r]; n < 0 || n >= x.dims[0])
        return fail(code::invalid, {"batch index ", n, " of region ", r, " is out of range for ", x.dims});
    status s;
    dispatch<dtype_set{dtype::f32, dtype::f64}>(x.type, [&]<class T>() {
      const i64 plane = x.dims[2] * x.dims[3], out = output_height * output_width;
      for (i64 r = 0; r < regions && s.has_value(); ++r) {
        const T* const picture = x.as<T>() + c.input(2).as<i64>()[r] * x.dims[1] * plane;
        s = align<T>(c.input(1).as<T>() + 4 * r, picture, x.dims, y.as<T>() + r * x.dims[1] * out);
      }
    });
    return s;
  }
  /// Before opset 16 coordinates were not moved by half a pixel.
  status upgrade(old_node& n) {
    if (n.opset() < 16) coordinate_transformation_mode = "output_half_pixel";
    return {};
  }

 private:
  static constexpr i64 most_samples = 1 << 15;  // along one side of a bin

  struct sample {
    i64 at[4];
    double weight[4];
  };
  /// The samples of one bin along one side.
  struct side {
    double start, bin, size;
    i64 samples;
    double at(i64 k) const { return start + (bin + (static_cast<double>(k) + 0.5) / static_cast<double>(samples)) * size; }
    /// From the first one that is not outside by more than a pixel to behind the last, found by halving: there may be many more.
    std::array<i64, 2> inside(i64 pixels) const {
      if (size < 0) return {0, samples};  // they run backwards, and are as many as sampling_ratio says
      const auto first = [&](auto beyond) {
        i64 low = 0, high = samples;
        while (low < high) {
          const i64 middle = low + (high - low) / 2;
          if (beyond(at(middle))) high = middle;
          else low = middle + 1;
        }
        return low;
      };
      const i64 begin = first([](double v) { return v >= -1; });
      return {begin, std::max(begin, first([&](double v) { return v > static_cast<double>(pixels); }))};
    }
  };
  /// Outside by more than a pixel a sample is 0.
  static sample sample_at(double y, double x, i64 height, i64 width) {
    const double h = static_cast<double>(height), w = static_cast<double>(width);
    if (!(y >= -1 && y <= h && x >= -1 && x <= w)) return {};
    const auto along = [](double at, i64 size, i64& low, i64& high) {
      at = std::max(at, 0.0);
      low = static_cast<i64>(at);
      high = low + 1;
      if (low < size - 1) return at - static_cast<double>(low);
      low = high = size - 1;
      return 0.0;
    };
    i64 top = 0, bottom = 0, left = 0, right = 0;
    const double down = along(y, height, top, bottom), across = along(x, width, left, right);
    return {{top * width + left, top * width + right, bottom * width + left, bottom * width + right},
            {(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across}};
  }
  template <class T>
  status align(const T* roi, const T* picture, const shape& dims, T* to) const {
    const bool half = coordinate_transformation_mode == "half_pixel", mean = mode == "avg";
    const double scale = static_cast<double>(spatial_scale), offset = half ? 0.5 : 0;
    const double left = static_cast<double>(roi[0]) * scale - offset, top = static_cast<double>(roi[1]) * scale - offset;
    double width = static_cast<double>(roi[2]) * scale - offset - left, height = static_cast<double>(roi[3]) * scale - offset - top;
    if (!half) width = std::max(width, 1.0), height = std::max(height, 1.0);
    const double bin_h = height / static_cast<double>(output_height), bin_w = width / static_cast<double>(output_width);
    constexpr double most = most_samples;
    if (!(bin_h <= most && bin_w <= most && bin_h >= -most && bin_w >= -most && abs(left) < 1e15 && abs(top) < 1e15))
      return fail(code::invalid, {"a region of ", height, " x ", width, " at ", top, ", ", left, " is out of range"});
    const i64 grid_h = sampling_ratio > 0 ? sampling_ratio : std::max<i64>(0, static_cast<i64>(simd::ceil(bin_h)));
    const i64 grid_w = sampling_ratio > 0 ? sampling_ratio : std::max<i64>(0, static_cast<i64>(simd::ceil(bin_w)));
    const i64 plane = dims[2] * dims[3], out = output_height * output_width;
    for (i64 i = 0; i < out; ++i) {
      const side down{top, static_cast<double>(i / output_width), bin_h, grid_h}, across{left, static_cast<double>(i % output_width), bin_w, grid_w};
      const auto [y0, y1] = down.inside(dims[2]);
      const auto [x0, x1] = across.inside(dims[3]);
      const bool all = y1 - y0 == grid_h && x1 - x0 == grid_w && plane > 0;  // those outside are 0
      for (i64 c = 0; c < dims[1]; ++c) {
        double sum = 0, most_value = 0;
        bool any = !all;
        for (i64 k = y0; k < y1 && plane > 0; ++k)
          for (i64 l = x0; l < x1; ++l) {
            const sample s = sample_at(down.at(k), across.at(l), dims[2], dims[3]);
            for (int j = 0; j < 4; ++j) {
              const double v = s.weight[j] * static_cast<double>(picture[c * plane + s.at[j]]);
              sum += v;
              most_value = any ? std::max(most_value, v) : v;
              any = true;
            }
          }
        to[c * out + i] = static_cast<T>(mean ? sum / static_cast<double>(std::max<i64>(grid_h * grid_w, 1)) : most_value);
      }
    }
    return {};
  }
};

/// The greatest elements of the bins of regions, whose corners are whole pixels (Girshick's "Fast R-CNN",
/// 2015). A region is a row of rois: its picture, and left, top, right, bottom.
struct MaxRoiPool {
  using kind = kinds::general;
  static constexpr int since = 22;
  static constexpr dtype_set dtypes = dtypes::floating;
  static constexpr auto inputs = "X:T rois:T", outputs = "Y:T";
  static constexpr bool widen = true;

  required<ints> pooled_shape{};
  float spatial_scale = 1;

  status infer(infer_context& c) const {
    const shape &x = c.dims(0), &rois = c.dims(1);
    const ints& bins = pooled_shape;
    if (x.rank() != 4 || rois.rank() != 2 || rois[1] != 5) return c.invalid({"input ", x, " and regions ", rois, " do not fit"});
    if (bins.size() != 2 || bins[0] < 1 || bins[1] < 1) return c.invalid({"pooled_shape ", bins, " is not a height and a width"});
    return c.output(0, {rois[0], x[1], bins[0], bins[1]});
  }
  /// Bins overlap by a pixel on each side.
  double work(std::span<const known> in, std::span<const known> out) const {
    return 9 * static_cast<double>(count(out[0].dims)) + 4 * static_cast<double>(out[0].dims[0]) * static_cast<double>(count(in[0].dims.from(1)));
  }
  status run(run_context& c) const {
    status s;
    dispatch<dtype_set{dtype::f32, dtype::f64}>(c.input(0).type, [&]<class T>() { s = pool<T>(c); });
    return s;
  }

 private:
  /// Along one side: where a region begins, and the size of a bin.
  template <class T>
  struct side {
    T start, bin;
    /// Pixels of bin i, those of the picture.
    std::array<i64, 2> span(i64 i, i64 size) const {
      const auto cut = [&](T at) { return static_cast<i64>(clamp(at + start, T(0), static_cast<T>(size))); };
      return {cut(floor(static_cast<T>(i) * bin)), cut(ceil(static_cast<T>(i + 1) * bin))};
    }
  };
  template <class T>
  status pool(run_context& c) const {
    const any_view& x = c.input(0);
    const mutable_any_view& y = c.output(0);
    const i64 height = x.dims[2], width = x.dims[3], channels = x.dims[1], rows = y.dims[2], columns = y.dims[3];
    const auto pixel = [&](T at) {  // halves away from zero
      const T scaled = at * T(spatial_scale);
      return trunc(scaled + copysign(T(0.5), scaled));
    };
    for (i64 r = 0; r < y.dims[0] && y.size() > 0; ++r) {
      const T* const roi = c.input(1).as<T>() + 5 * r;
      if (!(roi[0] >= 0 && roi[0] < static_cast<T>(x.dims[0])))
        return fail(code::invalid, {"picture ", static_cast<double>(roi[0]), " of region ", r, " is out of range for ", x.dims});
      const T left = pixel(roi[1]), top = pixel(roi[2]), right = pixel(roi[3]), bottom = pixel(roi[4]);
      if (!(abs(left) < T(1e9) && abs(top) < T(1e9) && abs(right) < T(1e9) && abs(bottom) < T(1e9)))
        return fail(code::invalid, {"region ", r, " is out of range"});
      const side<T> down{top, max(bottom - top + 1, T(1)) / static_cast<T>(rows)};
      const side<T> across{left, max(right - left + 1, T(1)) / static_cast<T>(columns)};
      const T* const picture = x.as<T>() + static_cast<i64>(roi[0]) * channels * height * width;
      T* to = y.as<T>() + r * channels * rows * columns;
      for (i64 k = 0; k < channels; ++k)
        for (i64 i = 0; i < rows; ++i)
          for (i64 j = 0; j < columns; ++j) {
            const auto [y0, y1] = down.span(i, height);
            const auto [x0, x1] = across.span(j, width);
            const bool empty = y0 >= y1 || x0 >= x1;
            T most = empty ? T(0) : -std::numeric_limits<T>::infinity();
            for (i64 v = y0; v < y1 && !empty; ++v)
              for (i64 u = x0; u < x1; ++u) most = max(most, picture[(k * height + v) * width + u]);
            *to++ = most;
          }
    }
    return {};
  }
};

using detection = list<NonMaxSuppression, RoiAlign, MaxRoiPool>;

}  // namespace ops

}  // namespace tenon
TENON_COLD_END
