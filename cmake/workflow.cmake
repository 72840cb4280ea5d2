# The workflows `test`, `demo`, `web`, `train` and `bench`. A CMake workflow has one configure preset, so this project
# builds the others, one after the other, and includes their tests in one ctest run.
include(ExternalProject)
find_program(TENON_PYTHON python3 REQUIRED)
set(root ${CMAKE_SOURCE_DIR})
set(ENV{PYTHONDONTWRITEBYTECODE} 1)

# Builds preset NAME, or only the targets given.
function(build_preset name)
  set(targets "")
  if(ARGN)
    set(targets --target ${ARGN})
  endif()
  set(before "")
  if(TARGET models) # some programs have them inside
    set(before DEPENDS models)
  endif()
  ExternalProject_Add(${name} ${before} PREFIX ${name} SOURCE_DIR ${root} BINARY_DIR ${root}/build/${name}
    CONFIGURE_COMMAND ${CMAKE_COMMAND} -S ${root} --preset ${name}
    BUILD_COMMAND ${CMAKE_COMMAND} -E chdir ${root} ${CMAKE_COMMAND} --build --preset ${name} ${targets}
    INSTALL_COMMAND "" BUILD_ALWAYS ON USES_TERMINAL_CONFIGURE ON USES_TERMINAL_BUILD ON)
  ExternalProject_Add_StepDependencies(${name} configure ${root}/CMakePresets.json)
endfunction()

if(TENON_WORKFLOW STREQUAL "bench")
  build_preset(bench-native)
  build_preset(bench-wasm)
  add_custom_target(bench ALL ${TENON_PYTHON} ${root}/bench/run.py
    WORKING_DIRECTORY ${root} DEPENDS bench-native bench-wasm USES_TERMINAL
    COMMENT "Timing, natively and under two runtimes, some five minutes")
  return()
endif()

if(TENON_WORKFLOW STREQUAL "web")
  build_preset(wasm page)
  add_custom_target(web ALL ${CMAKE_COMMAND} -E echo "build/wasm/page is the page; toolchains/serve serves it"
    DEPENDS wasm VERBATIM USES_TERMINAL COMMENT "")
  return()
endif()

set(models demo)
if(TENON_WORKFLOW STREQUAL "test")
  set(models all)
  add_custom_target(suite ALL ${TENON_PYTHON} ${root}/toolchains/get-suite ${root}/build/suite
    COMMENT "Cases of the ONNX backend suite, into build/suite" USES_TERMINAL)
endif()
if(TENON_WORKFLOW STREQUAL "train")
  set(models mnist diabetes)
endif()
add_custom_target(models ALL ${TENON_PYTHON} ${root}/toolchains/get-models ${root}/build/models ${models}
  COMMENT "Models, labels and pictures, into build/models" USES_TERMINAL)

if(TENON_WORKFLOW STREQUAL "train")
  build_preset(wasm regression guide characters)
  set(before models wasm)
  macro(train name) # NAME ARGUMENT...: one after the other, as each writes to the terminal
    add_custom_target(${name} ALL ${root}/toolchains/run wasmtime build/wasm/bin/${name}.wasm ${ARGN}
      WORKING_DIRECTORY ${root} DEPENDS ${before} USES_TERMINAL COMMENT "${name}.wasm, under wasmtime")
    set(before ${name})
  endmacro()
  train(regression build/models/diabetes.data.npy build/models/diabetes.target.npy)
  train(guide train --data build/models --artifacts build/guide)
  train(characters examples/characters/sonnets.txt)
  return()
endif()

if(TENON_WORKFLOW STREQUAL "demo")
  build_preset(wasm classify)
  set(pictures chelsea.png coffee.png rocket.jpg china.jpg flower.jpg)
  list(TRANSFORM pictures PREPEND build/models/)
  add_custom_target(demo ALL
    ${root}/toolchains/run wasmtime build/wasm/bin/classify.wasm
    build/models/efficientnet_lite0.onnx build/models/imagenet_labels.txt ${pictures}
    WORKING_DIRECTORY ${root} DEPENDS models wasm USES_TERMINAL
    COMMENT "classify.wasm, under wasmtime")
  return()
endif()

set(presets asan wasm wasm-relaxed wasm-scalar)
foreach(preset IN LISTS presets)
  build_preset(${preset})
endforeach()
add_custom_target(slowest ALL ${TENON_PYTHON} ${root}/tests/house/slowest.py ${root}/build ${presets}
  DEPENDS ${presets} USES_TERMINAL COMMENT "The ten slowest translation units, in seconds")

enable_testing()
list(TRANSFORM presets REPLACE "(.+)" "subdirs(\"${root}/build/\\1\")\n" OUTPUT_VARIABLE lines)
list(JOIN lines "" lines)
file(WRITE ${CMAKE_BINARY_DIR}/presets.cmake "${lines}")
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${CMAKE_BINARY_DIR}/presets.cmake)
add_test(NAME house:same-tests COMMAND ${TENON_PYTHON} ${root}/tests/house/same_tests.py ${CMAKE_CTEST_COMMAND} ${CMAKE_BINARY_DIR})
add_test(NAME house:same-bits COMMAND ${TENON_PYTHON} ${root}/tests/house/same_bits.py ${root}/build)
set(runtimes native wasmtime wasmedge wazero node wasmtime-scalar)
list(TRANSFORM runtimes APPEND ":ops/conformance")
set_tests_properties(house:same-bits PROPERTIES DEPENDS "${runtimes}")
