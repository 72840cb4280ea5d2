// The guide: trains a small network on MNIST, stops and goes on, and reads digits with it.
#include "commands.hpp"

int main(int argc, char** argv) {
  return run_program(program, usage, parse(argc, argv), [](const options& o) { return o.train ? train(o) : infer(o); });
}
