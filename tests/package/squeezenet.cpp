// SqueezeNet as a user has it whose model is part of the program: squeezenet INPUT.npy OUTPUT.npy.
#include <tenon/core/npy.hpp>

#include "light_squeezenet.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto input = tenon::load_npy(argv[1]);
  light_squeezenet::model model;
  const auto said = [](const tenon::error& e) {
    std::fprintf(stderr, "squeezenet: %s\n", e.message.c_str());
    return 1;
  };
  if (!input.has_value()) return said(input.error());
  const auto output = model.try_run(*input);
  if (!output.has_value()) return said(output.error());
  const auto saved = tenon::save_npy(argv[2], *output);
  return saved.has_value() ? 0 : said(saved.error());
}
