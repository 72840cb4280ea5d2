# Every operator's row, compiled once per build and linked into all programs that want them: one
# object per family, so that a change to one family compiles that one alone. Users of the headers
# include tenon/ops/all.hpp instead and need none of this.
#   #include "operators.hpp"   // tenon::op_list all_operators();
if(NOT TENON_INCLUDE)
  set(TENON_INCLUDE ${PROJECT_SOURCE_DIR}/include)
endif()
set(TENON_FAMILIES all CACHE STRING "Headers of include/tenon/ops whose operators programs and tests get")
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
    file(CONFIGURE OUTPUT ${folder}/${name}.cpp @ONLY CONTENT [[
#include <tenon/ops/@family@.hpp>
namespace operators {
tenon::op_list of_@name@() { return tenon::ops::@name@{}; }
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
/// The same by the header that defines them.
struct operator_family {
  std::string_view header;
  tenon::op_list operators;
};
std::span<const operator_family> operator_families();
]])
add_library(operators OBJECT ${folder}/all.cpp ${sources})
target_include_directories(operators PUBLIC ${folder})
target_link_libraries(operators PUBLIC tenon::tenon)
