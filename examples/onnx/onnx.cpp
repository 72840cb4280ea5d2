// Looks into ONNX models, runs them, and tests operators on cases of the ONNX backend suite.
#include "inspect.hpp"
#include "run.hpp"
#include "test.hpp"

int main(int argc, char** argv) {
  const auto o = parse(argc, argv);
  if (!o.has_value()) return refuse(program, o.error().message);
  switch ((*o).what) {
    case options::help: return std::fputs(usage, stdout) < 0;
    case options::inspect: return finish(program, inspect(*o));
    case options::run: return finish(program, run(*o));
    case options::test: return finish(program, test(*o));
  }
}
