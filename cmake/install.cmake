# Installs the headers and the files that find_package(tenon CONFIG) reads. Nothing in them depends
# on the processor, so one installed tree serves native programs and guests.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
include(${CMAKE_CURRENT_LIST_DIR}/models.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/wasi_nn.cmake)
set(package_folder ${CMAKE_INSTALL_DATADIR}/cmake/tenon)
install(TARGETS tenon EXPORT tenon FILE_SET HEADERS)
install(EXPORT tenon NAMESPACE tenon:: FILE tenonTargets.cmake DESTINATION ${package_folder})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/tenonConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/tenonConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/tenonConfigVersion.cmake
  DESTINATION ${package_folder})
# compile-model and nn-link come as source, for that reason, and in the folders of a checkout.
install(FILES ${CMAKE_CURRENT_LIST_DIR}/models.cmake ${CMAKE_CURRENT_LIST_DIR}/operators.cmake ${CMAKE_CURRENT_LIST_DIR}/wasi_nn.cmake
  DESTINATION ${package_folder}/cmake)
install(PROGRAMS toolchains/compile-model toolchains/nn-link DESTINATION ${package_folder}/toolchains)
install(FILES toolchains/wasm32-wasip1.cmake DESTINATION ${package_folder}/toolchains)
install(DIRECTORY toolchains/Platform toolchains/compile_model toolchains/nn_link DESTINATION ${package_folder}/toolchains
  PATTERN __pycache__ EXCLUDE)
