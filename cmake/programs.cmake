# Programs that run natively or as guests, and the ctest entries that run them: one entry per test
# and runtime, called RUNTIME:TEST, so that `ctest -R ^wazero:` is what it looks like.
file(RELATIVE_PATH scratch_folder ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/scratch)
if(scratch_folder MATCHES "^\\.\\.")
  message(FATAL_ERROR "guests see the source folder only, so the build folder must be inside it")
endif()

# Entries find the tools that the build was configured with, also outside of with-tools.
set(tool_folders "")
if(NOT native)
  foreach(runtime IN LISTS TENON_RUNTIMES)
    string(REGEX REPLACE "-.*" "" tool ${runtime})
    find_program(TENON_TOOL_${tool} ${tool} REQUIRED)
    cmake_path(GET TENON_TOOL_${tool} PARENT_PATH folder)
    list(APPEND tool_folders ${folder})
    list(APPEND tool_files ${TENON_TOOL_${tool}})
  endforeach()
  list(REMOVE_DUPLICATES tool_folders)
endif()
list(TRANSFORM tool_folders PREPEND "PATH=path_list_prepend:" OUTPUT_VARIABLE tool_path)
set(sanitizer_options "")
if(sanitized) # what is freed is kept for a moment only, and who asked for it not at all: programs that do so much are twice as fast
  set(sanitizer_options ASAN_OPTIONS=quarantine_size_mb=4:thread_local_quarantine_size_kb=64:malloc_context_size=1)
endif()

# Compiles a guest ahead of time for every runtime of this build that can; WasmEdge without its optimiser, which would take
# longer than the tests.
function(tenon_compile_ahead target)
  if(native)
    return()
  endif()
  set_property(GLOBAL APPEND PROPERTY tenon_guests ${target})
  set(run ${PROJECT_SOURCE_DIR}/toolchains/run)
  set(stamps "")
  foreach(runtime IN LISTS TENON_RUNTIMES)
    string(REGEX REPLACE "-.*" "" tool ${runtime})
    if(NOT tool STREQUAL "node") # compiles as it loads
      set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${target}.${tool}.stamp)
      add_custom_command(OUTPUT ${stamp}
        COMMAND ${run} --compile --quick ${tool} $<TARGET_FILE:${target}>
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${target} ${run} ${TENON_TOOL_${tool}}
        COMMENT "Compiling ${target}.wasm for ${tool}")
      list(APPEND stamps ${stamp})
    endif()
  endforeach()
  add_custom_target(${target}-ahead ALL DEPENDS ${stamps})
endfunction()

# Adds one entry per runtime: COMMAND, where the list item RUN stands for what runs TARGET. The
# working folder is the source folder, which guests see as "."; TENON_SCRATCH is a folder below it
# for this entry alone.
function(tenon_add_entries name target)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "COMMAND")
  foreach(runtime IN LISTS TENON_RUNTIMES)
    set(run $<TARGET_FILE:${target}>)
    if(NOT native)
      string(REGEX REPLACE "-.*" "" tool ${runtime})
      list(PREPEND run ${PROJECT_SOURCE_DIR}/toolchains/run ${tool})
    endif()
    list(TRANSFORM arg_COMMAND REPLACE "^RUN$" "${run}" OUTPUT_VARIABLE command)
    add_test(NAME ${runtime}:${name} COMMAND ${command} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set(scratch ${scratch_folder}/${runtime}/${name})
    file(MAKE_DIRECTORY ${PROJECT_SOURCE_DIR}/${scratch})
    set_tests_properties(${runtime}:${name} PROPERTIES TIMEOUT 600
      ENVIRONMENT "TENON_SCRATCH=${scratch};PYTHONDONTWRITEBYTECODE=1;${sanitizer_options}" ENVIRONMENT_MODIFICATION "${tool_path}")
    if(name MATCHES "^(ops/conformance|kernels|examples/onnx/(models|suite))$") # the longest first, so that none is left at the end
      set_tests_properties(${runtime}:${name} PROPERTIES COST 50)
    endif()
  endforeach()
endfunction()

# Files of SET, as toolchains/get-models provides them: fetched when something that is built needs them and
# they are not there.
set(fetched ${PROJECT_SOURCE_DIR}/build/models)
function(tenon_get_models set)
  list(TRANSFORM ARGN PREPEND ${fetched}/ OUTPUT_VARIABLE files)
  list(JOIN ARGN ", " named)
  add_custom_command(OUTPUT ${files} COMMAND ${TENON_PYTHON} -B toolchains/get-models build/models ${set}
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} COMMENT "Fetching ${named}" VERBATIM)
endfunction()
