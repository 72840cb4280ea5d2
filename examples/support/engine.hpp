// The model that a program carries, loaded and ready to run. What loads and runs is compiled once for all such
// programs; each links the operators that its operators.txt names.
#pragma once

#include <memory>
#include <span>

#include <tenon/core/value.hpp>

/// The ONNX file that the program was built with.
std::span<const std::byte> embedded_model();

class engine {
 public:
  /// The model's bytes must outlive the engine: weights stay in them.
  static tenon::result<engine> make(std::span<const std::byte> model = embedded_model());
  engine(engine&&) noexcept;
  ~engine();

  /// One tensor per input, in the model's order; the outputs hold until the next run.
  tenon::result<std::span<const tenon::any_view>> run(std::initializer_list<tenon::any_view> inputs);

 private:
  struct parts;
  explicit engine(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};
