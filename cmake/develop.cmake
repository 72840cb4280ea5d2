# What tenon's own programs are built and run with. Users of tenon::tenon get none of it.
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-fno-exceptions -fno-rtti
  -Wall -Wextra -Wconversion -Wshadow -Werror
  -Wno-psabi) # wide vectors cross no library boundary: everything is compiled together
if(CMAKE_SYSTEM_NAME STREQUAL "WASI")
  # Kernels are vectorised and unrolled by hand where it pays; what the compiler makes of other loops is a tenth
  # of a module.
  add_compile_options(-fno-vectorize -fno-slp-vectorize "SHELL:-mllvm -unroll-runtime=false")
  set(native OFF)
  enable_language(C) # for guests that are linked with WASI-NN
  set(runtimes wasmtime wasmedge wazero node)
else()
  set(native ON)
  if(CMAKE_CXX_FLAGS MATCHES "-fsanitize=address")
    set(sanitized ON)
  endif()
  set(runtimes native)
  include(CheckCXXSourceRuns)
  check_cxx_source_runs("int main() { return !__builtin_cpu_supports(\"x86-64-v3\"); }" TENON_X86_64_V3)
  if(TENON_X86_64_V3)
    add_compile_options(-march=x86-64-v3)
  endif()
endif()
set(TENON_RUNTIMES ${runtimes} CACHE STRING "What runs the tests: RUNTIME or RUNTIME-KIND, for its names")
set(TENON_LAYERS all CACHE STRING "Folders of tests/ to build, and single tests as LAYER/HEADER")

find_program(TENON_PYTHON python3 REQUIRED)

# Header-only packages of the system, one folder each: with all of /usr/include on its path a guest
# could pick up native headers.
set(borrowed ${PROJECT_BINARY_DIR}/borrowed)
file(MAKE_DIRECTORY ${borrowed})
foreach(header doctest/doctest.h stb/stb_image.h)
  cmake_path(GET header PARENT_PATH package)
  find_path(TENON_INCLUDE_${package} ${header} PATHS /usr/include /usr/local/include
    NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  file(CREATE_LINK ${TENON_INCLUDE_${package}}/${package} ${borrowed}/${package} SYMBOLIC)
endforeach()
include_directories(SYSTEM ${borrowed})

enable_testing()
include(${CMAKE_CURRENT_LIST_DIR}/programs.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/operators.cmake)
add_subdirectory(toolchains/compile_model EXCLUDE_FROM_ALL)
add_subdirectory(toolchains/nn_link EXCLUDE_FROM_ALL)
add_subdirectory(examples)
add_subdirectory(tests)
if(TENON_BENCH)
  add_subdirectory(bench)
endif()
