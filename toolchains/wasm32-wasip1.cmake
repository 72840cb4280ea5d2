# CMake toolchain for WASI guests: the WASI SDK at WASI_SDK_PATH (cache or environment), else Debian's
# clang-22 with its wasm32 packages. TENON_SIMD chooses the instructions: strict (SIMD128), relaxed or
# scalar; a module validates or it does not, so the choice is made here and not at run time.
set(CMAKE_SYSTEM_NAME WASI)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
list(APPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}") # Platform/WASI.cmake
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WASI_SDK_PATH TENON_SIMD)

if(NOT WASI_SDK_PATH AND DEFINED ENV{WASI_SDK_PATH})
  set(WASI_SDK_PATH "$ENV{WASI_SDK_PATH}" CACHE PATH "root of a WASI SDK")
endif()
if(WASI_SDK_PATH)
  set(CMAKE_C_COMPILER "${WASI_SDK_PATH}/bin/clang")
  set(CMAKE_CXX_COMPILER "${WASI_SDK_PATH}/bin/clang++")
  set(CMAKE_AR "${WASI_SDK_PATH}/bin/llvm-ar" CACHE FILEPATH "")
  set(CMAKE_RANLIB "${WASI_SDK_PATH}/bin/llvm-ranlib" CACHE FILEPATH "")
  set(CMAKE_SYSROOT "${WASI_SDK_PATH}/share/wasi-sysroot")
else()
  find_program(TENON_CLANG clang-22 REQUIRED)
  find_program(TENON_CLANGXX clang++-22 REQUIRED)
  find_program(TENON_AR llvm-ar-22 REQUIRED)
  find_program(TENON_RANLIB llvm-ranlib-22 REQUIRED)
  mark_as_advanced(TENON_CLANG TENON_CLANGXX TENON_AR TENON_RANLIB)
  set(CMAKE_C_COMPILER "${TENON_CLANG}")
  set(CMAKE_CXX_COMPILER "${TENON_CLANGXX}")
  set(CMAKE_AR "${TENON_AR}" CACHE FILEPATH "")
  set(CMAKE_RANLIB "${TENON_RANLIB}" CACHE FILEPATH "")
  if(NOT EXISTS /usr/include/wasm32-wasi/c++/v1/expected)
    message(FATAL_ERROR "clang-22 has no C++ library for wasm32: run this through toolchains/with-tools, "
                        "or set WASI_SDK_PATH")
  endif()
endif()
set(CMAKE_C_COMPILER_TARGET wasm32-wasip1)
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasip1)

set(TENON_SIMD strict CACHE STRING "SIMD instructions of guests: strict, relaxed or scalar")
set(tenon_simd_strict -msimd128)
set(tenon_simd_relaxed "-msimd128 -mrelaxed-simd")
set(tenon_simd_scalar "")
if(NOT DEFINED tenon_simd_${TENON_SIMD})
  message(FATAL_ERROR "TENON_SIMD is ${TENON_SIMD}, not strict, relaxed or scalar")
endif()
set(CMAKE_C_FLAGS_INIT "${tenon_simd_${TENON_SIMD}}")
set(CMAKE_CXX_FLAGS_INIT "${tenon_simd_${TENON_SIMD}} -fno-exceptions -fno-rtti")
# A stack at the bottom of memory traps when it overflows, instead of writing over data. clang would
# run any wasm-opt it finds on the path, and then the module depends on the machine.
set(CMAKE_EXE_LINKER_FLAGS_INIT "--no-wasm-opt -Wl,-z,stack-size=1048576 -Wl,--stack-first")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE BOTH) # header-only packages live outside the sysroot

find_program(WASMTIME wasmtime)
if(WASMTIME AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  set(CMAKE_CROSSCOMPILING_EMULATOR "${WASMTIME};run;--dir=.;--" CACHE STRING "")
endif()
