// What runner.py looks at: arguments, files, variables and exit codes on their way through a runner.
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
  const char* folder = std::getenv("TENON_SCRATCH");
  std::printf("%d arguments, scratch %s\n", argc - 1, folder ? folder : "none");
  for (int i = 1; i < argc; ++i) std::printf("[%s]\n", argv[i]);
  if (argc < 3) return 2;
  if (std::strcmp(argv[1], "trap") == 0) __builtin_trap();
  if (std::FILE* file = std::fopen(argv[2], "w")) {
    std::fputs("written\n", file);
    std::fclose(file);
  } else {
    std::fprintf(stderr, "cannot write %s\n", argv[2]);
    return 1;
  }
  return std::atoi(argv[1]);
}
