# Every operator's row, compiled once per build and linked into all programs that want them. Users of the
# headers include tenon/ops/all.hpp instead and need none of this.
#   #include "operators.hpp"   // tenon::op_list all_operators();
if(NOT TENON_INCLUDE)
  set(TENON_INCLUDE ${PROJECT_SOURCE_DIR}/include)
endif()
if(NOT TARGET tenon::tenon) # in a project of a tool alone
  add_library(tenon INTERFACE)
  add_library(tenon::tenon ALIAS tenon)
  target_include_directories(tenon INTERFACE ${TENON_INCLUDE})
  target_compile_features(tenon INTERFACE cxx_std_23)
  add_compile_options(-fno-exceptions -fno-rtti -Wno-psabi)
endif()
set(TENON_FAMILIES all CACHE STRING "Headers of include/tenon/ops whose operators programs and tests get")
set(TENON_BATCH 16 CACHE STRING "Files that the compiler reads at a time, which halves its work; 1 where single ones change often")
set(folder ${PROJECT_BINARY_DIR}/operators)
file(GLOB headers CONFIGURE_DEPENDS ${TENON_INCLUDE}/tenon/ops/*.hpp)
set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${headers}) # a list may come or go
set(sources "")
set(declared "")
set(joined "")
set(listed "")
foreach(header IN LISTS headers)
  cmake_path(GET header STEM family)
  if(NOT TENON_FAMILIES STREQUAL "all" AND NOT family IN_LIST TENON_FAMILIES)
    continue()
  endif()
  file(STRINGS ${header} lists REGEX "^using [a-z0-9_]+ = list<")
  foreach(line IN LISTS lists)
    string(REGEX REPLACE "^using ([a-z0-9_]+) = .*" "\\1" name "${line}")
    string(REGEX MATCHALL "[A-Z][A-Za-z0-9]*" operators "${line}")
    set(single "")
    foreach(operator IN LISTS operators)
      string(APPEND single "const tenon::op_info& ${operator}() { return tenon::info_of<tenon::ops::${operator}>; }\n")
    endforeach()
    file(CONFIGURE OUTPUT ${folder}/${name}.cpp @ONLY CONTENT [[
#include <tenon/ops/@family@.hpp>
namespace operators {
tenon::op_list of_@name@() { return tenon::ops::@name@{}; }
namespace single {
@single@}
}
]])
    list(APPEND sources ${folder}/${name}.cpp)
    string(APPEND declared "tenon::op_list of_${name}();\n")
    string(APPEND joined "    add(of_${name}());\n")
    string(APPEND listed "    {\"${family}.hpp\", of_${name}()},\n")
  endforeach()
endforeach()
file(CONFIGURE OUTPUT ${folder}/all.cpp @ONLY CONTENT [[
#include "operators.hpp"
namespace operators {
@declared@}
tenon::op_list all_operators() {
  using namespace operators;
  static const std::vector<const tenon::op_info*> rows = [] {
    std::vector<const tenon::op_info*> all;
    const auto add = [&](tenon::op_list some) { all.insert(all.end(), some.rows.begin(), some.rows.end()); };
@joined@    return all;
  }();
  return {rows};
}
std::span<const operator_family> operator_families() {
  using namespace operators;
  static const operator_family all[] = {
@listed@  };
  return all;
}
]])
file(CONFIGURE OUTPUT ${folder}/operators.hpp @ONLY CONTENT [[
// Every operator of the headers in include/tenon/ops.
#pragma once
#include <tenon/ops/contract.hpp>
tenon::op_list all_operators();
namespace operators {
tenon::op_list differentiable();
}
/// The same by the header that defines them.
struct operator_family {
  std::string_view header;
  tenon::op_list operators;
};
std::span<const operator_family> operator_families();
]])
add_library(operators OBJECT ${folder}/all.cpp ${sources})
set_source_files_properties(${folder}/all.cpp PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
set(operators_alone $<FILTER:$<TARGET_OBJECTS:operators>,EXCLUDE,/all\\.cpp>) # for programs with an all_operators() of their own
if(TENON_BATCH GREATER 1)
  set_target_properties(operators PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${TENON_BATCH})
endif()
# All of them and Gradient, which has them differentiated; and how each is.
#   std::span<const tenon::row_and_rule> operator_rules();
if(TENON_FAMILIES STREQUAL "all")
  file(CONFIGURE OUTPUT ${folder}/differentiable.cpp @ONLY CONTENT [[
#include <tenon/autodiff/gradient.hpp>
#include <tenon/ops/all.hpp>
#include "operators.hpp"
tenon::op_list operators::differentiable() { return tenon::differentiable<tenon::ops::all>(); }
std::span<const tenon::row_and_rule> operator_rules() { return tenon::gradient_rules<tenon::ops::all::type>::all; }
]])
  file(CONFIGURE OUTPUT ${folder}/all_differentiable.cpp CONTENT [[
#include "operators.hpp"
tenon::op_list all_operators() { return operators::differentiable(); }
]])
  add_library(differentiable OBJECT EXCLUDE_FROM_ALL ${folder}/differentiable.cpp ${folder}/all_differentiable.cpp)
endif()
# What families share is read once.
file(WRITE ${folder}/precompiled.cpp "")
add_library(operators_shared OBJECT ${folder}/precompiled.cpp)
target_precompile_headers(operators_shared PRIVATE ${TENON_INCLUDE}/tenon/ops/eager.hpp)
target_precompile_headers(operators REUSE_FROM operators_shared)
# What refers to them, where $<TARGET_OBJECTS:operators> is linked first; `operators` is both at once.
add_library(operators_declared INTERFACE)
target_include_directories(operators_declared INTERFACE ${folder})
target_compile_definitions(operators_declared INTERFACE TENON_ROWS=0)
target_compile_options(operators_declared INTERFACE -Wno-undefined-var-template) # they are defined elsewhere
target_link_libraries(operators_declared INTERFACE tenon::tenon)
if(TARGET differentiable) # its functions run once per model or step; kernels come from the operators
  target_link_libraries(differentiable PRIVATE operators_declared)
  target_compile_options(differentiable PRIVATE -Oz)
  if(sanitized)
    target_compile_options(differentiable PRIVATE -O0)
  endif()
endif()
target_include_directories(operators PRIVATE ${folder})
target_link_libraries(operators INTERFACE operators_declared)
foreach(target operators operators_shared)
  # A twentieth of their size, and no difference in time.
  target_compile_options(${target} PRIVATE "SHELL:-mllvm -inline-threshold=50")
  target_compile_definitions(${target} PRIVATE TENON_ROWS=1) # see ops/row.hpp
  target_link_libraries(${target} PRIVATE tenon::tenon)
endforeach()

# Gives TARGET an all_operators() of the operators that a file names, and links what these need, instead of `operators`.
function(tenon_choose_operators target names)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${names})
  file(STRINGS ${names} names)
  set(declared "")
  set(rows "")
  foreach(name IN LISTS names)
    string(APPEND declared "const tenon::op_info& ${name}();\n")
    string(APPEND rows "    &operators::single::${name}(),\n")
  endforeach()
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${target}.operators.cpp)
  file(CONFIGURE OUTPUT ${source} @ONLY CONTENT [[
#include "operators.hpp"
namespace operators::single {
@declared@}
tenon::op_list all_operators() {
  static const tenon::op_info* const rows[] = {
@rows@  };
  return {rows};
}
]])
  target_sources(${target} PRIVATE ${operators_alone} ${source})
  target_link_libraries(${target} PRIVATE operators_declared)
endfunction()
