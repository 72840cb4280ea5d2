#include "data.hpp"

#include <tenon/autodiff/elementwise.hpp>
#include <tenon/core/npy.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/shape.hpp>

using tenon::dtype, tenon::i64;

/// MNIST's mean and deviation, of pixels from 0 to 1.
tenon::variable normalized(const tenon::variable& pictures) {
  const tenon::variable x = tenon::cast(pictures.value(), dtype::f32);
  return (reshape(x, {x.dims()[0], 1, 28, 28}) / 255 - 0.1307) / 0.3081;
}

tenon::result<Mnist> Mnist::load(const std::string& folder) {
  const std::string files[] = {folder + "/mnist.images.npy", folder + "/mnist.labels.npy"};
  auto pictures = tenon::load_npy(files[0]), digits = tenon::load_npy(files[1]);
  if (!pictures.has_value()) return std::unexpected(pictures.error());
  if (!digits.has_value()) return std::unexpected(digits.error());
  const tenon::any_tensor &p = *pictures, &d = *digits;
  const i64 n = p.rank() == 3 ? p.dims()[0] : 0;
  if (p.type() != dtype::u8 || p.dims() != tenon::shape{n, 28, 28})
    return tenon::fail(tenon::code::invalid, {files[0], ": is ", name(p.type()), " ", p.dims(), ", not uint8 [n,28,28]"});
  if (d.type() != dtype::i64 || d.dims() != tenon::shape{n})
    return tenon::fail(tenon::code::invalid, {files[1], ": is ", name(d.type()), " ", d.dims(), ", not int64 [", n, "]"});
  for (i64 i = 0; i < n; ++i)
    if (const i64 digit = d.as<i64>()[i]; digit < 0 || digit > 9)
      return tenon::fail(tenon::code::invalid, {files[1], ": label ", i, " is ", digit, ", not a digit"});
  return Mnist{std::move(*pictures), std::move(*digits)};
}

tenon::result<tenon::data::split> Mnist::split(const tenon::random& r) const {
  const std::span classes(labels.value().as<i64>(), static_cast<std::size_t>(size()));
  auto parts = tenon::data::stratified_split(classes, size() / 10, r);
  if (!parts.has_value()) return parts;
  if (tenon::status s = tenon::data::check_disjoint(*parts, images.value()); !s.has_value()) return std::unexpected(s.error());
  return parts;
}
