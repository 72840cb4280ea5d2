# tenon_add_wasi_nn(TARGET [MODELS NAME=FILE.onnx...]): the guest TARGET calls functions that its header declares as imports
# of wasi_ephemeral_nn, and gets them from tenon: no import is left, or the build fails. Models are found by load_by_name.
function(tenon_add_wasi_nn target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "MODELS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "tenon_add_wasi_nn takes TARGET [MODELS NAME=FILE.onnx...], not ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT CMAKE_SYSTEM_NAME STREQUAL "WASI")
    message(FATAL_ERROR "tenon_add_wasi_nn is for guests: wasm32-wasip1")
  endif()
  set(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..)
  set(source ${root}/toolchains/nn_link)
  if(NOT TARGET operators)
    set(TENON_INCLUDE ${root}/include) # of a checkout, else of what is installed
    if(NOT EXISTS ${TENON_INCLUDE}/tenon)
      set(TENON_INCLUDE ${root}/../../../include)
    endif()
    include(${root}/cmake/operators.cmake)
  endif()
  if(NOT TARGET tenon_wasi_nn)
    file(GLOB names ${source}/names_*.cpp)
    add_library(tenon_wasi_nn STATIC EXCLUDE_FROM_ALL ${source}/direct.cpp ${source}/no_models.cpp ${names})
    target_include_directories(tenon_wasi_nn INTERFACE ${source})
    target_link_libraries(tenon_wasi_nn PUBLIC tenon::tenon PRIVATE operators)
    target_compile_options(tenon_wasi_nn PRIVATE -Oz) # kernels come from the operators
    # Else a function that is declared in another way than it is defined would be replaced by a trap.
    target_link_options(tenon_wasi_nn INTERFACE -Wl,--fatal-warnings)
  endif()
  target_link_libraries(${target} PRIVATE tenon_wasi_nn)
  set(models "")
  set(bytes "")
  foreach(model IN LISTS arg_MODELS)
    if(NOT model MATCHES "^([^=]+)=(.+)$")
      message(FATAL_ERROR "tenon_add_wasi_nn: MODELS are NAME=FILE.onnx, not ${model}")
    endif()
    set(name ${CMAKE_MATCH_1})
    cmake_path(ABSOLUTE_PATH CMAKE_MATCH_2 BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} OUTPUT_VARIABLE file)
    list(LENGTH models i)
    list(APPEND models "    {\"${name}\", model_${i}, model_${i} + sizeof model_${i}},\n")
    string(APPEND bytes "constexpr unsigned char model_${i}[] = {\n#embed \"${file}\"\n};\n")
    list(APPEND files ${file})
  endforeach()
  if(models)
    list(JOIN models "" models)
    set(made ${CMAKE_CURRENT_BINARY_DIR}/${target}.models.cpp)
    file(CONFIGURE OUTPUT ${made} @ONLY CONTENT [[
#include "direct.hpp"
#pragma clang diagnostic ignored "-Wc23-extensions"
namespace {
@bytes@}
const tenon_nn_model tenon_nn_models[] = {
@models@    {nullptr, nullptr, nullptr}};
]])
    set_source_files_properties(${made} PROPERTIES OBJECT_DEPENDS "${files}")
    target_sources(${target} PRIVATE ${made})
  endif()
  add_custom_command(TARGET ${target} POST_BUILD VERBATIM
    COMMAND ${CMAKE_COMMAND} -DMODULE=$<TARGET_FILE:${target}> -P ${source}/no_import.cmake)
endfunction()
