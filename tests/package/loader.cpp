// The same with a loader for whatever model comes: loader MODEL.onnx INPUT.npy OUTPUT.npy, for one input and output.
#include <tenon/core/file.hpp>
#include <tenon/core/npy.hpp>
#include <tenon/graph/session.hpp>
#include <tenon/onnx/load.hpp>

#include "operators.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const auto said = [](const tenon::error& e) {
    std::fprintf(stderr, "loader: %s\n", e.message.c_str());
    return 1;
  };
  auto file = tenon::read_file(argv[1]);
  if (!file.has_value()) return said(file.error());
  const auto model = tenon::onnx::try_load(std::span<const std::byte>((*file).data(), (*file).size()), all_operators());
  if (!model.has_value()) return said(model.error());
  const auto input = tenon::load_npy(argv[2]);
  if (!input.has_value()) return said(input.error());
  tenon::session session(*model);
  const tenon::any_view in[] = {(*input).look()};
  const auto output = session.try_run(in);
  if (!output.has_value()) return said(output.error());
  const auto saved = tenon::save_npy(argv[3], (*output)[0]);
  return saved.has_value() ? 0 : said(saved.error());
}
