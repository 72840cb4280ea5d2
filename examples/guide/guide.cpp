// The guide: trains a small network on MNIST, stops and goes on, and reads digits with it.
#include "commands.hpp"

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o.has_value()) return refuse(program, o.error().message);
  if ((*o).help) return std::fputs(usage, stdout) < 0;
  return finish(program, (*o).train ? train(*o) : infer(*o));
}
